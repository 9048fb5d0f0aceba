"""The compiled loop of ``pghi.integrate``.

A frame's bins lie side by side in memory, and every array is as small as it can be: the loop visits bins in no order
that a cache could foresee.
"""

from __future__ import annotations

import numpy as np
from numba import njit

KNOWN = -1  # the softness of a bin whose phase is known, or not asked for


@njit(cache=True, nogil=True)
def spread(
    phase: np.ndarray, softness: np.ndarray, to_next_frame: np.ndarray, to_next_bin: np.ndarray, n_known: int
) -> None:
    """Set the phase of every bin from frame ``n_known`` on that has a softness, in place.

    A queue holds the bins on the border between known and unknown phases. One of the loudest of them is removed, and
    its neighbours get their phases from it, until the queue is empty. Then the loudest unknown bin starts a new region
    with phase 0. It is a local maximum, because its neighbours are known, and have been removed, or inaudible.

    The queue is a list of bins for each softness (a bucket queue: Dial, CACM 12(11), 1969). A heap is several times
    slower.

    Parameters
    ----------
    phase : (N, F) float32 — radians; the first ``n_known`` frames are known
    softness : (N, F) int16 — steps below the loudest bin, ``KNOWN`` where inaudible; overwritten
    to_next_frame : (N - 1, F) float32 — radians, from each bin to the next frame
    to_next_bin : (N, F - 1) float32 — radians, from each bin to the next higher bin
    n_known : number of frames with known phases
    """
    n_bins = softness.shape[1]
    newest = np.full(softness.max() + 1, -1, np.int32)  # the flat index of the bin that was queued last, by softness
    before = np.empty(softness.size, np.int32)  # the bin that was queued before each bin
    starts = _peaks(softness)
    if n_known > 0:
        loudest = len(newest)
        for m in range(n_bins):
            if softness[n_known - 1, m] != KNOWN:
                loudest = min(loudest, _queue(newest, before, softness, n_known - 1, m))
        softness[:n_known] = KNOWN
        _follow(newest, before, loudest, phase, softness, to_next_frame, to_next_bin)
    for start in starts:
        n, m = divmod(start, n_bins)
        if softness[n, m] != KNOWN:
            phase[n, m] = 0.0
            loudest = _queue(newest, before, softness, n, m)
            _follow(newest, before, loudest, phase, softness, to_next_frame, to_next_bin)


@njit(cache=True, nogil=True)
def _follow(
    newest: np.ndarray,
    before: np.ndarray,
    loudest: int,
    phase: np.ndarray,
    softness: np.ndarray,
    to_next_frame: np.ndarray,
    to_next_bin: np.ndarray,
) -> None:
    """Empty the queue, in which nothing is louder than ``loudest``; the other parameters are those of ``spread``."""
    n_frames, n_bins = softness.shape
    while loudest < len(newest):
        index = newest[loudest]
        if index < 0:
            loudest += 1
            continue
        newest[loudest] = before[index]
        n, m = divmod(index, n_bins)
        if n + 1 < n_frames and softness[n + 1, m] != KNOWN:
            phase[n + 1, m] = phase[n, m] + to_next_frame[n, m]
            loudest = min(loudest, _queue(newest, before, softness, n + 1, m))
        if n > 0 and softness[n - 1, m] != KNOWN:
            phase[n - 1, m] = phase[n, m] - to_next_frame[n - 1, m]
            loudest = min(loudest, _queue(newest, before, softness, n - 1, m))
        if m + 1 < n_bins and softness[n, m + 1] != KNOWN:
            phase[n, m + 1] = phase[n, m] + to_next_bin[n, m]
            loudest = min(loudest, _queue(newest, before, softness, n, m + 1))
        if m > 0 and softness[n, m - 1] != KNOWN:
            phase[n, m - 1] = phase[n, m] - to_next_bin[n, m - 1]
            loudest = min(loudest, _queue(newest, before, softness, n, m - 1))


@njit(cache=True, nogil=True)
def _queue(newest: np.ndarray, before: np.ndarray, softness: np.ndarray, n: int, m: int) -> int:
    """Queue a bin, and mark it as known. Returns its softness."""
    index, level = n * softness.shape[1] + m, softness[n, m]
    before[index] = newest[level]
    newest[level] = index
    softness[n, m] = KNOWN
    return level


@njit(cache=True, nogil=True)
def _peaks(softness: np.ndarray) -> np.ndarray:
    """Return the flat indices of the audible bins that have no louder neighbour, the loudest first."""
    n_frames, n_bins = softness.shape
    peaks = []
    for n in range(n_frames):
        for m in range(n_bins):
            level = softness[n, m]
            if level != KNOWN and not (
                (m > 0 and KNOWN < softness[n, m - 1] < level)
                or (m + 1 < n_bins and KNOWN < softness[n, m + 1] < level)
                or (n > 0 and KNOWN < softness[n - 1, m] < level)
                or (n + 1 < n_frames and KNOWN < softness[n + 1, m] < level)
            ):
                peaks.append(n * n_bins + m)
    flat = np.array(peaks, dtype=np.int64)
    return flat[np.argsort(softness.ravel()[flat])]
