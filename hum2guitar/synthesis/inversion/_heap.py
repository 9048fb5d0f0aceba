"""The heap of ``pghi.integrate``, compiled."""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit


@njit(cache=True)
def spread(
    phase: np.ndarray,
    magnitude: np.ndarray,
    audible: np.ndarray,
    along_time: np.ndarray,
    along_frequency: np.ndarray,
    n_known: int,
) -> None:
    """Give every audible cell from frame ``n_known`` on its phase, in place.

    The loudest cell of the border gives its neighbours theirs, until none is left.

    Parameters
    ----------
    phase : (F, N) float64 — radians; the first ``n_known`` frames are known
    magnitude : (F, N) float32
    audible : (F, N) bool
    along_time : (F, N - 1) float64 — radians from a cell to the next frame's
    along_frequency : (F - 1, N) float64 — radians from a cell to the next bin's
    """
    n_bins, n_frames = magnitude.shape
    waiting = audible.copy()
    waiting[:, :n_known] = False
    border = [(np.float32(0.0), 0)]
    border.pop()
    if n_known > 0:
        for m in range(n_bins):
            if audible[m, n_known - 1]:
                heapq.heappush(border, (-magnitude[m, n_known - 1], m * n_frames + n_known - 1))
    for start in np.argsort(-magnitude.ravel()):
        m, n = divmod(start, n_frames)
        if waiting[m, n] and len(border) == 0:
            waiting[m, n] = False
            phase[m, n] = 0.0
            heapq.heappush(border, (-magnitude[m, n], start))
        while len(border) > 0:
            _, cell = heapq.heappop(border)
            m, n = divmod(cell, n_frames)
            if n + 1 < n_frames and waiting[m, n + 1]:
                _reach(border, phase, magnitude, waiting, m, n + 1, phase[m, n] + along_time[m, n])
            if n > 0 and waiting[m, n - 1]:
                _reach(border, phase, magnitude, waiting, m, n - 1, phase[m, n] - along_time[m, n - 1])
            if m + 1 < n_bins and waiting[m + 1, n]:
                _reach(border, phase, magnitude, waiting, m + 1, n, phase[m, n] + along_frequency[m, n])
            if m > 0 and waiting[m - 1, n]:
                _reach(border, phase, magnitude, waiting, m - 1, n, phase[m, n] - along_frequency[m - 1, n])


@njit(cache=True)
def _reach(
    border: list[tuple[np.float32, int]],
    phase: np.ndarray,
    magnitude: np.ndarray,
    waiting: np.ndarray,
    m: int,
    n: int,
    radians: float,
) -> None:
    """Give one cell its phase, and add it to the border."""
    waiting[m, n] = False
    phase[m, n] = radians
    heapq.heappush(border, (-magnitude[m, n], m * magnitude.shape[1] + n))
