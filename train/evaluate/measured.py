"""A figure that keeps the segments of 5 s that it was computed from, and the bootstrap interval over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SEGMENT_S = 5.0
RESAMPLES = 1000


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


def interval(clips: Sequence[Measured], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % percentile interval of the mean over recordings.

    It is a cluster bootstrap (Davison and Hinkley 1997, § 3.8). Each of ``RESAMPLES`` draws takes as many recordings
    with replacement, then as many segments of each with replacement, and computes the figure of these. With two
    recordings the interval is wide and says little.
    """
    rng = np.random.default_rng(seed)
    return _percentiles(
        mean([clips[i].redrawn(rng) for i in rng.integers(len(clips), size=len(clips))])
        for _ in range(RESAMPLES)
    )  # fmt: skip


def pool(clips: Sequence[Measured], seed: int = 0) -> dict[str, Any]:
    """Compute one figure over the notes of several recordings together.

    The interval is that of ``interval``, but the rows of the recordings that are drawn are joined first.

    Returns
    -------
    pooled : ``figure``, ``interval`` (its 95 % ends) and ``notes`` (their number)
    """
    rng = np.random.default_rng(seed)
    every = np.concatenate([rows for clip in clips for rows in clip.segments])
    ends = _percentiles(
        clips[0].combine(np.concatenate([clips[i].resample(rng) for i in rng.integers(len(clips), size=len(clips))]))
        for _ in range(RESAMPLES)
    )
    return {"figure": clips[0].combine(every), "interval": ends, "notes": len(every)}


def _percentiles(figures: Iterable[float]) -> tuple[float, float]:
    """The 2.5 and the 97.5 % percentile of the figures that are not NaN; NaN where all are."""
    known = np.array([figure for figure in figures if np.isfinite(figure)])
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)
