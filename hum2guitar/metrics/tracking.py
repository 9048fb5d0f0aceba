"""The pitch and the onsets that the measures hear in a sound: (T,) float32, mono, at ``metrics.SAMPLE_RATE``."""

from __future__ import annotations

import librosa
import numpy as np

from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.analysis.trackers.tracker import Track
from hum2guitar.metrics import SAMPLE_RATE


def track(waveform: np.ndarray) -> Track:
    """Return times (N,) s, F0 (N,) Hz and confidence (N,) of swift-f0, which hears a copy whose peak is 1."""
    peak = waveform / (np.abs(waveform).max() + 1e-9)
    return load_tracker("swift").detect(peak, SAMPLE_RATE, 46.875, 2093.75)


def detect_onsets(waveform: np.ndarray) -> np.ndarray:
    """Return the times (K,) s of the peaks of the spectral flux (librosa; Böck, Krebs and Schedl, ISMIR 2012)."""
    found: np.ndarray = librosa.onset.onset_detect(
        y=waveform, sr=SAMPLE_RATE, hop_length=128, units="time", backtrack=False, delta=0.05
    )
    return found
