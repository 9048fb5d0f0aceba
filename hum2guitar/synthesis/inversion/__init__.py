"""Mel → waveform: one module for each way, one entry each in ``INVERSIONS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.synthesis.inversion import griffin_lim, pghi, vocoder


class Invert(Protocol):
    """The one function that an inversion is."""

    def __call__(
        self,
        mel_db: np.ndarray,
        f0_hz: np.ndarray,
        n_samples: int,
        config: Config,
        *,
        iterations: int | None = None,
        seed: int = 0,
    ) -> np.ndarray:
        """Turn a mel into a waveform.

        Parameters
        ----------
        mel_db : (M, N) — dB
        f0_hz : (N,) — Hz, NaN where nothing sounds
        n_samples : length of the waveform
        config : the settings of the mel
        iterations : of Griffin-Lim, where the inversion has them; None for its own number
        seed : of everything that is random

        Returns
        -------
        waveform : (n_samples,) float32 — at ``config.sample_rate``
        """
        ...


@dataclass(frozen=True)
class Inversion:
    """One way to turn a mel into a waveform.

    Attributes
    ----------
    invert : the function
    unfit : gives the reason why the inversion cannot take the mels of a Config, or None where it can
    """

    invert: Invert
    unfit: Callable[[Config], str | None] = lambda config: None


INVERSIONS: dict[str, Inversion] = {
    "griffin-lim": Inversion(griffin_lim.invert),
    "pghi": Inversion(pghi.invert),
    "vocoder": Inversion(vocoder.invert, vocoder.unfit),
}


def find(name: str, config: Config) -> Inversion:
    """Find the inversion of that name. Raises UserError where there is none, or where it cannot take these mels."""
    if name not in INVERSIONS:
        raise UserError(f"there is no inversion {name!r}; choose one of {', '.join(INVERSIONS)}")
    reason = INVERSIONS[name].unfit(config)
    if reason is not None:
        raise UserError(f"{reason}; choose another inversion")
    return INVERSIONS[name]


def most_natural(config: Config) -> str:
    """Name the inversion that measures best on generated mels (docs/evaluation.md) of those that fit the Config."""
    return "vocoder" if INVERSIONS["vocoder"].unfit(config) is None else "pghi"
