"""The compiled loop of ``transform.istft``."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, fastmath=True)
def overlap_add(frames: np.ndarray, window: np.ndarray, first: int, hop_length: int, total: np.ndarray) -> None:
    """Add windowed frames to a waveform, in place; what lies outside of it is left out.

    Parameters
    ----------
    frames : (N, n_fft) float32
    window : (n_fft,) float32
    first : the sample of ``total`` at which the first frame begins; it may be negative
    hop_length : samples from one frame to the next
    total : (T,) float32
    """
    n_frames, n_fft = frames.shape
    for k in range(n_frames):
        start = first + k * hop_length
        for j in range(max(0, -start), min(n_fft, len(total) - start)):
            total[start + j] += frames[k, j] * window[j]
