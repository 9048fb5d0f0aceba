"""How much the generated mel varies over time, against the mel of the recording, by band."""

from __future__ import annotations

import numpy as np

from hum2guitar import Config, mel
from hum2guitar.metrics.likeness import clipped
from hum2guitar.metrics.measured import Measured, in_segments, ratio

BANDS_HZ = {
    "below 1 kHz": (0.0, 1000.0),
    "1–5 kHz": (1000.0, 5000.0),
    "5–10 kHz": (5000.0, 10000.0),
    "10–20 kHz": (10000.0, 20000.0),
}


def ratios(real_db: np.ndarray, generated_db: np.ndarray, config: Config) -> dict[str, Measured]:
    """Compute the ratio of the variances over time, generated over real, for each band that the mel reaches.

    It is the global variance of speech synthesis (Toda and Tokuda, "A speech parameter generation algorithm considering
    global variance", IEICE Trans. E90-D(5), 2007) of each mel row in dB, summed over the rows of the band. A network
    that generates the average of what could be is below 1. Cells count as in ``mel_l1``, but from the real mel's
    maximum within the band.

    Parameters
    ----------
    real_db, generated_db : (M, N) — dB, of one performance
    config : the settings of both
    """
    centres_hz = mel.mel_frequencies(config)
    found = {}
    for band, (low_hz, high_hz) in BANDS_HZ.items():
        rows = (centres_hz >= low_hz) & (centres_hz < high_hz)
        if high_hz <= 1.1 * config.fmax_hz:  # the mel's last triangle ends there, or a little below
            found[band] = _ratio(real_db[rows], generated_db[rows], config)
    return found


def _ratio(real_db: np.ndarray, generated_db: np.ndarray, config: Config) -> Measured:
    a, b, on = clipped(real_db, generated_db)
    cells = np.stack([on, a * on, a**2 * on, b * on, b**2 * on]).astype(np.float64)  # (5, M, N)
    times_s = np.arange(cells.shape[2]) * config.frame_s
    segments = in_segments(cells.transpose(2, 0, 1), times_s, cells.shape[2] * config.frame_s)
    return Measured(segments, _variance_ratio)


def _variance_ratio(frames: np.ndarray) -> float:
    """(N, 5, M) sums of count, a, a², b, b² → the ratio of the variances of b and a, cells weighted alike."""
    n, a, aa, b, bb = frames.sum(axis=0)
    n = np.maximum(n, 1)
    return ratio((bb - b**2 / n).sum(), (aa - a**2 / n).sum())
