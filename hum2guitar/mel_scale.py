"""Slaney's mel scale in numpy, so that a Config can be checked without importing librosa (which takes a second)."""

from __future__ import annotations

import numpy as np

LINEAR_TO_HZ, HZ_PER_MEL = 1000.0, 200 / 3
LOG_STEP = np.log(6.4) / 27  # 27 mels from 1 kHz to 6.4 kHz


def hz_to_mel(frequency_hz: float) -> float:
    """Convert Hz to mel: linear to 1 kHz, logarithmic above (M. Slaney, Auditory Toolbox, 1998; librosa's default)."""
    if frequency_hz < LINEAR_TO_HZ:
        return frequency_hz / HZ_PER_MEL
    return float((LINEAR_TO_HZ / HZ_PER_MEL) + np.log(frequency_hz / LINEAR_TO_HZ) / LOG_STEP)


def mel_to_hz(mel: np.ndarray) -> np.ndarray:
    """Invert ``hz_to_mel``."""
    corner = LINEAR_TO_HZ / HZ_PER_MEL
    return np.where(mel < corner, mel * HZ_PER_MEL, LINEAR_TO_HZ * np.exp(LOG_STEP * (mel - corner)))


def n_empty_triangles(sample_rate: int, n_fft: int, n_mels: int, fmin_hz: float, fmax_hz: float) -> int:
    """Count the mel triangles between whose ends no STFT bin lies: such a mel bin would always be empty."""
    ends_hz = mel_to_hz(np.linspace(hz_to_mel(fmin_hz), hz_to_mel(fmax_hz), n_mels + 2))
    ends = ends_hz * n_fft / sample_rate  # in STFT bins
    return int((np.floor(ends[:-2]) + 1 >= ends[2:]).sum())
