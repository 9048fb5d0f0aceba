"""The compiled loop of ``pghi.integrate``."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def spread(
    phase: np.ndarray,
    softness: np.ndarray,
    audible: np.ndarray,
    along_time: np.ndarray,
    along_frequency: np.ndarray,
    n_known: int,
) -> None:
    """Set the phase of every audible bin from frame ``n_known`` on, in place.

    A queue holds the bins on the border between known and unknown phases. One of the loudest of them is removed, and
    its neighbours get their phases from it, until the queue is empty. Then the loudest unknown bin starts a new region.
    It is a local maximum, because its neighbours are unknown too or inaudible.

    The queue is a list of bins for each softness (a bucket queue: Dial, CACM 12(11), 1969). A heap is several times
    slower.

    Parameters
    ----------
    phase : (F, N) float64 — radians; the first ``n_known`` frames are known
    softness : (F, N) int32 — steps below the loudest bin
    audible : (F, N) bool
    along_time : (F, N - 1) float64 — radians, from each bin to the next frame
    along_frequency : (F - 1, N) float64 — radians, from each bin to the next higher bin
    n_known : number of frames with known phases
    """
    n_bins, n_frames = softness.shape
    unknown = audible.copy()
    unknown[:, :n_known] = False
    newest = np.full(softness.max() + 1, -1)  # the flat index of the bin that was queued last, for each softness
    before = np.empty(softness.size, np.int32)  # the bin that was queued before each bin
    if n_known > 0:
        for m in range(n_bins):
            if audible[m, n_known - 1]:
                _queue(newest, before, softness, m, n_known - 1)
    loudest = 0  # nothing louder is queued
    for start in _peaks(softness, audible):
        m, n = divmod(start, n_frames)
        if loudest == len(newest) and unknown[m, n]:
            unknown[m, n] = False
            phase[m, n] = 0.0
            loudest = _queue(newest, before, softness, m, n)
        while loudest < len(newest):
            index = newest[loudest]
            if index < 0:
                loudest += 1
                continue
            newest[loudest] = before[index]
            m, n = divmod(index, n_frames)
            if n + 1 < n_frames and unknown[m, n + 1]:
                unknown[m, n + 1] = False
                phase[m, n + 1] = phase[m, n] + along_time[m, n]
                loudest = min(loudest, _queue(newest, before, softness, m, n + 1))
            if n > 0 and unknown[m, n - 1]:
                unknown[m, n - 1] = False
                phase[m, n - 1] = phase[m, n] - along_time[m, n - 1]
                loudest = min(loudest, _queue(newest, before, softness, m, n - 1))
            if m + 1 < n_bins and unknown[m + 1, n]:
                unknown[m + 1, n] = False
                phase[m + 1, n] = phase[m, n] + along_frequency[m, n]
                loudest = min(loudest, _queue(newest, before, softness, m + 1, n))
            if m > 0 and unknown[m - 1, n]:
                unknown[m - 1, n] = False
                phase[m - 1, n] = phase[m, n] - along_frequency[m - 1, n]
                loudest = min(loudest, _queue(newest, before, softness, m - 1, n))


@njit(cache=True)
def _queue(newest: np.ndarray, before: np.ndarray, softness: np.ndarray, m: int, n: int) -> int:
    """Queue a bin. Returns its softness."""
    index = m * softness.shape[1] + n
    before[index] = newest[softness[m, n]]
    newest[softness[m, n]] = index
    return softness[m, n]


@njit(cache=True)
def _peaks(softness: np.ndarray, audible: np.ndarray) -> np.ndarray:
    """Return the flat indices of the audible bins that have no louder neighbour, the loudest first."""
    n_bins, n_frames = softness.shape
    peaks = []
    for m in range(n_bins):
        for n in range(n_frames):
            level = softness[m, n]
            if (
                audible[m, n]
                and (n == 0 or softness[m, n - 1] >= level)
                and (n + 1 == n_frames or softness[m, n + 1] >= level)
                and (m == 0 or softness[m - 1, n] >= level)
                and (m + 1 == n_bins or softness[m + 1, n] >= level)
            ):
                peaks.append(m * n_frames + n)
    flat = np.array(peaks, dtype=np.int64)
    return flat[np.argsort(softness.ravel()[flat])]
