"""The compiled loop of ``pghi.integrate``."""

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
    """Set the phase of every audible bin from frame ``n_known`` on, in place.

    The heap holds the bins on the border between known and unknown phases. The loudest of them is removed, and its
    neighbours get their phases from it, until the heap is empty. Then the loudest unknown bin starts a new region. It
    is a local maximum, because its neighbours are unknown too or inaudible.

    Parameters
    ----------
    phase : (F, N) float64 — radians; the first ``n_known`` frames are known
    magnitude : (F, N) float32
    audible : (F, N) bool
    along_time : (F, N - 1) float64 — radians, from each bin to the next frame
    along_frequency : (F - 1, N) float64 — radians, from each bin to the next higher bin
    n_known : number of frames with known phases
    """
    n_bins, n_frames = magnitude.shape
    unknown = audible.copy()
    unknown[:, :n_known] = False
    border = [(np.float32(0.0), 0)]  # numba infers the type of the list from this element
    border.pop()
    if n_known > 0:
        for m in range(n_bins):
            if audible[m, n_known - 1]:
                heapq.heappush(border, (-magnitude[m, n_known - 1], m * n_frames + n_known - 1))
    for start in _peaks(magnitude, audible):
        m, n = divmod(start, n_frames)
        if unknown[m, n] and len(border) == 0:
            unknown[m, n] = False
            phase[m, n] = 0.0
            heapq.heappush(border, (-magnitude[m, n], start))
        while len(border) > 0:
            _, loudest = heapq.heappop(border)
            _spread_to_neighbours(border, phase, magnitude, unknown, along_time, along_frequency, loudest)


@njit(cache=True)
def _peaks(magnitude: np.ndarray, audible: np.ndarray) -> np.ndarray:
    """Return the flat indices of the audible bins that have no louder neighbour, the loudest first."""
    n_bins, n_frames = magnitude.shape
    peaks = []
    for m in range(n_bins):
        for n in range(n_frames):
            level = magnitude[m, n]
            if (
                audible[m, n]
                and (n == 0 or magnitude[m, n - 1] <= level)
                and (n + 1 == n_frames or magnitude[m, n + 1] <= level)
                and (m == 0 or magnitude[m - 1, n] <= level)
                and (m + 1 == n_bins or magnitude[m + 1, n] <= level)
            ):
                peaks.append(m * n_frames + n)
    flat = np.array(peaks, dtype=np.int64)
    return flat[np.argsort(-magnitude.ravel()[flat])]


@njit(cache=True)
def _spread_to_neighbours(
    border: list[tuple[np.float32, int]],
    phase: np.ndarray,
    magnitude: np.ndarray,
    unknown: np.ndarray,
    along_time: np.ndarray,
    along_frequency: np.ndarray,
    index: int,
) -> None:
    """Set the unknown phases of the neighbours of a bin, given by its flat index."""
    n_bins, n_frames = magnitude.shape
    m, n = divmod(index, n_frames)
    if n + 1 < n_frames and unknown[m, n + 1]:
        _set_phase(border, phase, magnitude, unknown, m, n + 1, phase[m, n] + along_time[m, n])
    if n > 0 and unknown[m, n - 1]:
        _set_phase(border, phase, magnitude, unknown, m, n - 1, phase[m, n] - along_time[m, n - 1])
    if m + 1 < n_bins and unknown[m + 1, n]:
        _set_phase(border, phase, magnitude, unknown, m + 1, n, phase[m, n] + along_frequency[m, n])
    if m > 0 and unknown[m - 1, n]:
        _set_phase(border, phase, magnitude, unknown, m - 1, n, phase[m, n] - along_frequency[m - 1, n])


@njit(cache=True)
def _set_phase(
    border: list[tuple[np.float32, int]],
    phase: np.ndarray,
    magnitude: np.ndarray,
    unknown: np.ndarray,
    m: int,
    n: int,
    radians: float,
) -> None:
    """Set the phase of one bin and add it to the border."""
    unknown[m, n] = False
    phase[m, n] = radians
    heapq.heappush(border, (-magnitude[m, n], m * magnitude.shape[1] + n))
