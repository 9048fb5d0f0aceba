"""What every F0 tracker is."""

from __future__ import annotations

from typing import Protocol

import numpy as np

VOICED_CONFIDENCE = 0.5  # a frame of this confidence is as likely voiced as not
Track = tuple[np.ndarray, np.ndarray, np.ndarray]  # times s, F0 Hz, confidence, each (K,)


class Tracker(Protocol):
    """An F0 tracker. It loads what it needs when it is made, and holds no state between calls."""

    def detect(self, waveform: np.ndarray, sample_rate: int, f0_min_hz: float, f0_max_hz: float) -> Track:
        """Track F0 on the tracker's own grid.

        Parameters
        ----------
        waveform : (T,) float32 — as ``f0.condition`` makes it
        sample_rate : Hz
        f0_min_hz, f0_max_hz : Hz — the range of the search

        Returns
        -------
        times_s, f0_hz, confidence : (K,) each — s, Hz, 0 to 1 (see ``VOICED_CONFIDENCE``)
        """
        ...
