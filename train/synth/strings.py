"""Strings that ring on: which string plays a note, and how long each string then sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from train.synth.melody import Stroke

OPEN_STRINGS = (40, 45, 50, 55, 59, 64)  # MIDI, standard tuning
N_FRETS = 15
OVERLAP_S = 0.05  # a legato note is held until the next one, give or take less than this


def let_ring(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Cut strokes that are held under the next ones to what six strings can do.

    A string sounds until it is played again. Before a rest the hand damps all strings at once, so nothing sounds
    longer than the newest note, which is the only one that a label knows.

    Parameters
    ----------
    strokes : in order of onset, each held for as long as its string may ring
    """
    strings = choose_strings(strokes, rng)
    ends_s = [stroke.onset_s + stroke.held_s for stroke in strokes]
    replayed_s: dict[int, float] = {}  # string → onset of the next stroke on it
    silence_s = next_s = float("inf")
    held: list[Stroke] = []
    for stroke, string, end_s in reversed(list(zip(strokes, strings, ends_s, strict=True))):
        if end_s < next_s:
            silence_s = end_s
        end_s = min(end_s, silence_s, replayed_s.get(string, float("inf")))
        held.append(replace(stroke, held_s=end_s - stroke.onset_s))
        next_s = replayed_s[string] = stroke.onset_s
    return held[::-1]


def overlap(strokes: Sequence[Stroke]) -> bool:
    """Tell whether a stroke is held under the next one."""
    return any(a.onset_s + a.held_s > b.onset_s + OVERLAP_S for a, b in pairwise(strokes))


def choose_strings(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[int]:
    """Choose the string, 0 for the lowest, of each stroke: another one than the stroke before, where one has the note.

    A note that is hammered on, and one that is repeated, is on the string of the note before it. A note that no string
    has is on the nearest one.
    """
    strings: list[int] = []
    for n, stroke in enumerate(strokes):
        if n and (not stroke.plucked or round(stroke.midi) == round(strokes[n - 1].midi)):
            strings.append(strings[-1])
            continue
        frets = round(stroke.midi) - np.array(OPEN_STRINGS)
        playable = np.flatnonzero((frets >= 0) & (frets <= N_FRETS))
        others = [int(string) for string in playable if not (strings and string == strings[-1])]
        if others:
            strings.append(others[int(rng.integers(len(others)))])
        else:
            strings.append(int(np.abs(frets).argmin()))
    return strings
