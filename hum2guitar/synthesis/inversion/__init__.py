"""Mel spectrogram → waveform: one module and one entry in ``INVERSIONS`` for each method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.stages import Report, no_report

WARM_UP_FRAMES = 8


class Invert(Protocol):
    """The interface of an inversion: a function."""

    def __call__(
        self,
        mel_db: np.ndarray,
        f0_hz: np.ndarray,
        n_samples: int,
        config: Config,
        *,
        iterations: int | None = None,
        seed: int = 0,
        report: Report = no_report,
    ) -> np.ndarray:
        """Invert a mel spectrogram.

        Parameters
        ----------
        mel_db : (M, N) — dB
        f0_hz : (N,) — Hz, NaN where nothing sounds
        n_samples : length of the waveform
        config : the settings of the mel spectrogram
        iterations : of Griffin-Lim; None for the default of the inversion
        seed : of all random numbers
        report : called with the completed share, 0 to 1, every few seconds

        Returns
        -------
        waveform : (n_samples,) float32 — at ``config.sample_rate``
        """
        ...


@dataclass(frozen=True)
class Inversion:
    """One method of inversion.

    Attributes
    ----------
    invert : the function
    incompatibility : says why the inversion cannot use the mel spectrograms of a Config; None if it can
    """

    invert: Invert
    incompatibility: Callable[[Config], str | None] = lambda config: None


def _later(module: str, function: str) -> Callable[..., Any]:
    """Stand for a function of a module of this package, which is imported at the first call: torch takes a second."""

    def call(*arguments: Any, **named: Any) -> Any:
        return getattr(import_module(f"{__name__}.{module}"), function)(*arguments, **named)

    return call


INVERSIONS: dict[str, Inversion] = {
    "pghi": Inversion(_later("pghi", "invert")),
    "griffin-lim": Inversion(_later("griffin_lim", "invert")),
    "vocoder": Inversion(_later("vocoder", "invert"), _later("vocoder", "incompatibility")),
}


def find(name: str, config: Config) -> Inversion:
    """Find an inversion by its name.

    Raises
    ------
    UserError
        If the name is unknown, or if the inversion cannot use the mel spectrograms of ``config``.
    """
    if name not in INVERSIONS:
        raise UserError(f"there is no inversion {name!r}; choose one of {', '.join(INVERSIONS)}")
    reason = INVERSIONS[name].incompatibility(config)
    if reason is not None:
        raise UserError(f"{reason}; choose another inversion")
    return INVERSIONS[name]


def fitting(config: Config) -> list[str]:
    """List the inversions that can take the mels of a Config."""
    return [name for name, inversion in INVERSIONS.items() if inversion.incompatibility(config) is None]


def warm_up(config: Config) -> None:
    """Invert a few frames in each way that fits, so that what is loaded or compiled once takes no time later."""
    mel_db = np.zeros((config.n_mels, WARM_UP_FRAMES), dtype=np.float32)
    f0_hz = np.full(WARM_UP_FRAMES, 220.0, dtype=np.float32)
    for name in fitting(config):
        INVERSIONS[name].invert(mel_db, f0_hz, (WARM_UP_FRAMES - 1) * config.hop_length, config)
