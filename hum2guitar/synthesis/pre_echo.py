"""The silence before a pluck, which an inversion fills.

A frame of the mel spectrogram does not say when in its window a string was plucked. So an inversion spreads some of the
pluck over the half window before it: a pre-echo, as audio coders know it. They lower the gain of the signal there, down
to the level that it had before (Painter and Spanias, "Perceptual coding of digital audio", Proceedings of the IEEE
88(4), 2000, section III.B). Here it is known from the notes where to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from hum2guitar.config import Config
from hum2guitar.note import Note

STEPS_PER_S = 1000
SMOOTH_STEPS = 5
LEVEL_S = 0.010  # the level before the echo is measured over this time
RISE_S = 0.002  # a string needs as long to rise; it is left as it is
SEARCH_S = 0.05  # a pluck is looked for within this time of its note's onset
BLOCK, BLOCK_STEPS = 2**20, 2**14  # samples and steps at a time: in float64, ten minutes would take 0.2 GB
BEGUN = 0.15  # the share of its peak power at which a pluck has begun


def soften(waveform: np.ndarray, notes: Sequence[Note], config: Config) -> np.ndarray:
    """Lower what sounds in the half window before each pluck to the level from before that.

    What still rings from earlier notes keeps its level, because it is part of that level. A pluck begins near the
    onset of its note, where the power first is ``BEGUN`` of its peak. Slid notes are left as they are.

    Parameters
    ----------
    waveform : (T,) float32 — at ``config.sample_rate``
    notes : those that are played, in order of onset

    Returns
    -------
    (T,) float32
    """
    step = config.sample_rate / STEPS_PER_S
    edges = np.arange(0, len(waveform), step).astype(int)
    if not len(edges):
        return waveform
    power = _energies(waveform, edges) / step
    power = np.convolve(power, np.full(SMOOTH_STEPS, 1 / SMOOTH_STEPS), mode="same") + 1e-20
    gain = np.ones(len(power))
    reach, level, rise = (round(s * STEPS_PER_S) for s in (config.n_fft / 2 / config.sample_rate, LEVEL_S, RISE_S))
    for pluck in _plucks(power, notes):
        start, stop = pluck - reach, pluck - rise
        if start >= level:
            before = power[start - level : start].mean()
            gain[start:stop] = np.minimum(gain[start:stop], np.sqrt(np.minimum(1, before / power[start:stop])))
    middles = (np.arange(len(gain)) + 0.5) * step
    softened = np.empty_like(waveform, dtype=np.float32)
    for start in range(0, len(waveform), BLOCK):
        block = slice(start, start + BLOCK)
        samples = np.arange(start, start + len(waveform[block]))
        softened[block] = waveform[block] * np.interp(samples, middles, gain)
    return softened


def _energies(waveform: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sum the squares of a waveform (T,) from each edge (K,) to the next: (K,) float64."""
    energies = []
    for first in range(0, len(edges), BLOCK_STEPS):
        some = edges[first : first + BLOCK_STEPS]
        stop = edges[first + BLOCK_STEPS] if first + BLOCK_STEPS < len(edges) else len(waveform)
        energies.append(np.add.reduceat(waveform[some[0] : stop].astype(np.float64) ** 2, some - some[0]))
    return np.concatenate(energies)


def _plucks(power: np.ndarray, notes: Sequence[Note]) -> list[int]:
    """Return the step at which each plucked note begins: near its onset, and ``BEGUN`` of the peak is reached."""
    onsets = [round(note.onset_s * STEPS_PER_S) for note in notes if note.plucked]
    search = round(SEARCH_S * STEPS_PER_S)
    plucks = []
    bounds = [-search, *((a + b) // 2 for a, b in pairwise(onsets)), len(power) + search]
    for onset, (low, high) in zip(onsets, pairwise(bounds), strict=False):
        start, stop = max(low, onset - search, 0), min(high, onset + search, len(power))
        if stop > start:
            peak = start + int(np.argmax(power[start:stop]))
            quietest = start + int(np.argmin(power[start : peak + 1]))
            plucks.append(quietest + int(np.argmax(power[quietest : peak + 1] >= power[peak] * BEGUN)))
    return plucks
