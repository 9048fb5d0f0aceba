"""Whether the sound of an inversion has the mel that it was given, by third of an octave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from hum2guitar import Config, mel
from hum2guitar.metrics.likeness import FLOOR_DB

CENTRES_HZ = 1000 * 2 ** (np.arange(-14, 14) / 3)  # IEC 61260-1: 39 Hz to 20 kHz
MIN_CELLS = 100  # a third with fewer audible cells says nothing about the inversion


@dataclass(frozen=True)
class Errors:
    """The errors of one or several sounds.

    totals : (K, 2) — of each third of ``CENTRES_HZ``, the sum of the errors in dB and the number of audible cells
    """

    totals: np.ndarray

    def by_third(self) -> dict[str, float]:
        """Return the mean error in dB of each third with at least ``MIN_CELLS`` audible cells, by its centre in Hz."""
        return {
            f"{centre_hz:.0f}": float(error / n)
            for centre_hz, (error, n) in zip(CENTRES_HZ, self.totals, strict=True)
            if n >= MIN_CELLS
        }


def errors(given_db: np.ndarray, waveform: np.ndarray, config: Config) -> Errors:
    """Compare the mel of a sound with the mel from which it was made.

    A cell counts where the given mel is within ``FLOOR_DB`` of its maximum.

    Parameters
    ----------
    given_db : (M, N) — dB
    waveform : (T,) — as the inversion returns it, at the level of the mel
    config : the settings of the mel
    """
    power = mel.power_spectrogram(torch.from_numpy(np.ascontiguousarray(waveform)), config)
    error_db = mel.power_to_mel_db(power, config).numpy() - given_db
    on = given_db > given_db.max() - FLOOR_DB
    by_row = np.stack([np.where(on, error_db, 0).sum(axis=1), on.sum(axis=1)], axis=1)  # (M, 2)
    third = np.rint(3 * np.log2(np.maximum(mel.mel_frequencies(config), 1) / CENTRES_HZ[0])).astype(int)
    totals = np.zeros((len(CENTRES_HZ), 2))
    inside = (third >= 0) & (third < len(CENTRES_HZ))
    np.add.at(totals, third[inside], by_row[inside])
    return Errors(totals)


def join(found: Iterable[Errors]) -> Errors:
    """Join the cells of several sounds."""
    return Errors(np.sum([errors.totals for errors in found], axis=0))


def worst(by_third: Mapping[str, float]) -> tuple[str, float]:
    """Return the centre in Hz and the error in dB of the third with the largest error."""
    return max(by_third.items(), key=lambda item: abs(item[1]))
