"""The compiled loop of ``fast_griffin_lim.reconstruct``."""

from __future__ import annotations

import numpy as np
from numba import njit

TINY = np.float32(1e-24)  # power; a bin this weak keeps the phase that it has


@njit(cache=True, nogil=True, fastmath=True)
def accelerate(
    consistent: np.ndarray, previous: np.ndarray, target: np.ndarray, momentum: np.float32, estimate: np.ndarray
) -> None:
    """Write the next estimate: the phase goes on beyond the consistent spectrum, the magnitude is the target's.

    Parameters
    ----------
    consistent : (N, F) complex64 — the spectrum of the sound of the last estimate
    previous : (N, F) complex64 — that of the estimate before
    target : (N, F) float32 — the magnitude
    momentum : how much of the last change is added once more
    estimate : (N, F) complex64 — overwritten
    """
    n_frames, n_bins = target.shape
    for i in range(n_frames):
        for j in range(n_bins):
            ahead = consistent[i, j] + momentum * (consistent[i, j] - previous[i, j])
            power = ahead.real * ahead.real + ahead.imag * ahead.imag
            estimate[i, j] = ahead * (target[i, j] / np.sqrt(power + TINY))
