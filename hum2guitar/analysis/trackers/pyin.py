"""Probabilistic YIN, from librosa."""

from __future__ import annotations

import numpy as np

from hum2guitar.analysis.trackers.tracker import VOICED_CONFIDENCE, Track


class PyinTracker:
    """Probabilistic YIN (Mauch and Dixon, "pYIN", ICASSP 2014), from librosa."""

    def detect(self, waveform: np.ndarray, sample_rate: int, f0_min_hz: float, f0_max_hz: float) -> Track:
        """As ``Tracker.detect``."""
        import librosa

        frame_length, hop_length = 2048, 512
        f0_hz, _, probability = librosa.pyin(
            waveform,
            fmin=f0_min_hz,
            fmax=f0_max_hz,
            sr=sample_rate,
            frame_length=frame_length,
            hop_length=hop_length,
            fill_na=np.nan,
        )
        # librosa's probability is the sum of the candidates; its voicing decision is in the NaNs
        confidence = np.where(
            np.isfinite(f0_hz), np.maximum(probability, VOICED_CONFIDENCE), np.minimum(probability, 0.49)
        )
        return np.arange(len(f0_hz)) * hop_length / sample_rate, f0_hz, confidence
