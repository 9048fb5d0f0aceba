"""The 95 % interval of a figure over recordings and their segments, by bootstrap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from hum2guitar.metrics.measured import Measured, mean

RESAMPLES = 1000


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
