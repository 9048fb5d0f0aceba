"""Fingering: a string and a fret for each note, by the cheapest path of a hand along the neck.

A path is a place for each note: string, fret, and the hand, which is the fret of the index finger. Its cost is the sum
of ``place_cost`` and ``move_costs``. Dynamic programming finds the cheapest of all paths, as in S. Sayegh, "Fingering
for string instruments with the optimum path paradigm", Computer Music Journal 13(3), 1989. Costs along the neck and
across it, and the hand as part of the place, follow D. Radicioni, L. Anselma and V. Lombardo, "A segmentation-based
prototype to compute string instruments fingering", CIM 2004. The numbers are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hum2guitar.arrangement.tuning import reference_of
from hum2guitar.note import Note

STRINGS = {  # tuning of the strings → MIDI numbers of the open strings, from string 1, the highest, to string 6
    "standard": (64, 59, 55, 50, 45, 40),
    "drop-d": (64, 59, 55, 50, 45, 38),
    "dadgad": (62, 57, 55, 50, 45, 38),
    "open-g": (62, 59, 55, 50, 43, 38),
}
NECK_FRETS = 20

HAND_FRETS = 4  # one finger a fret
STRETCH_FRETS = 2  # the little finger reaches this much farther
STRETCH = 1.5  # each fret of stretch
HIGH = 0.06  # each fret away from the nut
SHIFT, SHIFT_FRET = 0.5, 0.25  # any shift of the hand; each fret of it
HURRY_S, SHORTEST_S = 0.3, 0.03  # a shift in this time costs twice that of one in plenty of time; the least time
STRING = 0.15  # each string from one note to the next
IMPOSSIBLE = 1000.0  # a bend on an open string; a slide that changes the string, the finger, or begins or ends open


@dataclass(frozen=True)
class Neck:
    """The neck of a guitar.

    Attributes
    ----------
    open_midi : MIDI numbers of the open strings without a capo, from string 1 to the last
    capo : fret of the capo, 0 for none
    n_frets : frets of the neck, from the nut
    """

    open_midi: tuple[int, ...] = STRINGS["standard"]
    capo: int = 0
    n_frets: int = NECK_FRETS

    @property
    def lowest_midi(self) -> int:
        """The lowest pitch, with the capo."""
        return min(self.open_midi) + self.capo

    @property
    def highest_midi(self) -> int:
        """The pitch of the highest fret."""
        return max(self.open_midi) + self.n_frets

    @cached_property
    def hands(self) -> np.ndarray:
        """The frets at which the index finger can be, (H,), counted from the capo."""
        return np.arange(1, max(1, self.n_frets - self.capo - HAND_FRETS + 1) + 1)

    def places(self, midi: int) -> np.ndarray:
        """List the places of a pitch: (S, 3) int — string, fret, hand; none if the neck does not have it."""
        found = []
        for string, open_midi in enumerate(self.open_midi, start=1):
            fret = midi - open_midi - self.capo
            if 0 <= fret <= self.n_frets - self.capo:
                near = self.hands if fret == 0 else self.hands[self._reaches(fret)]
                found += [(string, fret, hand) for hand in near.tolist()]
        return np.array(found, dtype=int).reshape(-1, 3)

    def _reaches(self, fret: int) -> np.ndarray:
        return (self.hands <= fret) & (fret < self.hands + HAND_FRETS + STRETCH_FRETS)


def nearest_semitones(notes: Sequence[Note]) -> np.ndarray:
    """Find the semitone that each note means: (K,) int MIDI numbers.

    It is counted from the player's own reference (``tuning.reference_of``). So a melody that lies 45 cents below
    A = 440 Hz keeps its intervals.
    """
    return np.round(np.array([note.midi for note in notes]) - reference_of(notes)).astype(int)


def apply_fingering(notes: Sequence[Note], bent: np.ndarray, neck: Neck) -> list[Note]:
    """Give each note its string and fret; notes that the neck does not have get none.

    Parameters
    ----------
    notes : as played, in order of onset, at least one
    bent : (K,) bool — from ``expression.find_bends``
    neck : the neck
    """
    fingered = [replace(note, string=None, fret=None) for note in notes]
    kept, path = _path(notes, bent, neck)
    for i, (string, fret, _) in zip(kept, path.tolist(), strict=True):
        fingered[i] = replace(fingered[i], string=string, fret=fret)
    return fingered


def hand_shifts(notes: Sequence[Note], bent: np.ndarray, neck: Neck) -> np.ndarray:
    """Find how far the hand moves from each note to the next on the cheapest path, open strings included.

    Parameters are those of ``apply_fingering``.

    Returns
    -------
    shifts : (K - 1, 2) — s from onset to onset, and frets; K of the notes are on the neck
    """
    kept, path = _path(notes, bent, neck)
    seconds = np.diff([notes[i].onset_s for i in kept])
    return np.stack([seconds, np.abs(np.diff(path[:, 2]))], axis=1)


def _path(notes: Sequence[Note], bent: np.ndarray, neck: Neck) -> tuple[list[int], np.ndarray]:
    """Find the cheapest path of the notes that the neck has: their numbers (K,), and string, fret and hand (K, 3)."""
    places = [neck.places(midi) for midi in nearest_semitones(notes).tolist()]
    kept = [i for i, found in enumerate(places) if len(found)]
    if not kept:
        return kept, np.empty((0, 3), dtype=int)
    return kept, cheapest_path([notes[i] for i in kept], bent[kept], [places[i] for i in kept])


def cheapest_path(notes: Sequence[Note], bent: np.ndarray, places: Sequence[np.ndarray]) -> np.ndarray:
    """Find the cheapest path exactly.

    Parameters
    ----------
    notes : (K,) in order of onset
    bent : (K,) bool
    places : for each note (S, 3), from ``Neck.places``, at least one each

    Returns
    -------
    path : (K, 3) int — string, fret and hand of each note
    """
    total = place_cost(places[0], bool(bent[0]))
    came_from = []
    for i in range(1, len(notes)):
        seconds = notes[i].onset_s - notes[i - 1].onset_s
        moves = total[:, None] + move_costs(places[i - 1], places[i], seconds, slide=not notes[i].plucked)
        came_from.append(moves.argmin(axis=0))
        total = moves.min(axis=0) + place_cost(places[i], bool(bent[i]))
    best = [int(total.argmin())]
    for backwards in reversed(came_from):
        best.append(int(backwards[best[-1]]))
    return np.array([found[i] for found, i in zip(places, reversed(best), strict=True)])


def place_cost(places: np.ndarray, bent: bool) -> np.ndarray:
    """Compute the cost of playing a note at each place: (S, 3) → (S,)."""
    _, fret, hand = places.T
    stretch = np.where(fret > 0, np.maximum(0, fret - hand - (HAND_FRETS - 1)), 0)
    return HIGH * fret + STRETCH * stretch + IMPOSSIBLE * (bent & (fret == 0))


def move_costs(before: np.ndarray, after: np.ndarray, seconds: float, slide: bool) -> np.ndarray:
    """Compute the cost of going from each place to each place of the next note.

    Parameters
    ----------
    before, after : (S, 3) and (R, 3) — places of two notes in a row
    seconds : s, from onset to onset
    slide : the second note is reached by a slide: one finger stays on one string and takes the hand along

    Returns
    -------
    cost : (S, R)
    """
    string, fret, hand = (after[None, :, i] - before[:, None, i] for i in range(3))
    frets = np.abs(hand)
    hurry = 0.0 if slide else HURRY_S / max(seconds, SHORTEST_S)
    cost = STRING * np.abs(string) + np.where(frets > 0, SHIFT + SHIFT_FRET * frets * (1 + hurry), 0.0)
    if slide:
        is_open = (before[:, None, 1] == 0) | (after[None, :, 1] == 0)
        cost += IMPOSSIBLE * ((string != 0) | (fret != hand) | is_open)
    return cost
