"""The interface of an F0 tracker."""

from __future__ import annotations

from typing import Protocol

import numpy as np

VOICED_CONFIDENCE = 0.5  # a frame with at least this confidence is voiced
Track = tuple[np.ndarray, np.ndarray, np.ndarray]  # times s, F0 Hz, confidence, each (K,)


class Tracker(Protocol):
    """An F0 tracker. It loads its network when it is created and keeps no state between calls."""

    def detect(self, waveform: np.ndarray, sample_rate: int, f0_min_hz: float, f0_max_hz: float) -> Track:
        """Track F0 at the frame times of the tracker.

        Parameters
        ----------
        waveform : (T,) float32 — from ``f0.condition``
        sample_rate : Hz
        f0_min_hz, f0_max_hz : Hz — the range of the search

        Returns
        -------
        times_s : (K,) — s
        f0_hz : (K,) — Hz
        confidence : (K,) — 0 to 1 (see ``VOICED_CONFIDENCE``)
        """
        ...
