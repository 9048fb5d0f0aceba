"""A figure that keeps the segments of 5 s that it was computed from, so that a bootstrap can draw from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

SEGMENT_S = 5.0


@dataclass(frozen=True)
class Measured:
    """One measure of one recording, which can be computed from any choice of the recording's segments.

    segments : one array (K, …) for each segment, with a row for each note or frame
    combine : joined rows → the figure; NaN where there are none
    """

    segments: tuple[np.ndarray, ...]
    combine: Callable[[np.ndarray], float]

    def __float__(self) -> float:
        return self.combine(np.concatenate(self.segments))

    def redrawn(self, rng: np.random.Generator) -> float:
        """Compute the figure of as many segments, drawn with replacement."""
        return self.combine(self.resample(rng))

    def resample(self, rng: np.random.Generator) -> np.ndarray:
        """Return the joined rows of as many segments, drawn with replacement."""
        chosen = rng.integers(len(self.segments), size=len(self.segments))
        return np.concatenate([self.segments[i] for i in chosen])


def in_segments(rows: np.ndarray, times_s: np.ndarray, seconds: float) -> tuple[np.ndarray, ...]:
    """Sort rows into the segments of a recording.

    A remainder that is shorter than half a segment belongs to the last whole segment.

    Parameters
    ----------
    rows : (K, …)
    times_s : (K,) — where each row lies
    seconds : length of the recording
    """
    n_segments = max(1, round(seconds / SEGMENT_S))
    index = np.clip(np.asarray(times_s) // SEGMENT_S, 0, n_segments - 1)
    return tuple(rows[index == i] for i in range(n_segments))


def mean(values: Sequence[float] | np.ndarray) -> float:
    """Return the mean of the figures that are not NaN; NaN where all are."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else float("nan")


def median(values: np.ndarray) -> float:
    """Return the median of (K,); NaN where there are none."""
    return float(np.median(values)) if len(values) else float("nan")


def ratio(part: float, whole: float) -> float:
    """Return ``part`` / ``whole``; NaN where ``whole`` is 0."""
    return float(part / whole) if whole else float("nan")
