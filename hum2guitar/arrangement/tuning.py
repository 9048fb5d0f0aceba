"""Tune notes: each note gets one constant shift, so vibrato and slides do not change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from hum2guitar.note import NAMES, Note

TUNINGS = ("off", "nearest", "key")
FADE_S = 0.08  # the shift changes from one note to the next over at least this time
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 9, 10, 11),  # with the raised sixth and seventh of ascending melodies
}
PROFILES = {  # share of each semitone above the tonic in melodies: Albrecht and Shanahan 2013, 490 pieces
    "major": (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
    "minor": (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
}


@dataclass(frozen=True)
class Key:
    """A key.

    Attributes
    ----------
    tonic : 0 (C) to 11 (B)
    mode : "major" or "minor"
    """

    tonic: int
    mode: str

    @property
    def name(self) -> str:
        """The name, such as "F♯ minor"."""
        return f"{NAMES[self.tonic]} {self.mode}"

    @property
    def pitch_classes(self) -> np.ndarray:
        """The pitch classes of the scale, (K,) 0 to 11; in minor with both sixth and both seventh degrees."""
        return (np.array(SCALES[self.mode]) + self.tonic) % 12


@dataclass(frozen=True)
class Tuning:
    """The tuning of a melody, and how far its notes are moved.

    Attributes
    ----------
    choice : one of ``TUNINGS``
    key : the most probable key of the notes as played
    offset_cents : cents by which the singer's A lies above 440 Hz or an octave of it; 0 if the notes do not agree
    shifts : (K,) — semitones by which each note is moved; zeros for "off"
    """

    choice: str
    key: Key
    offset_cents: float
    shifts: np.ndarray


def find_tuning(notes: Sequence[Note], choice: str, strength: float) -> Tuning:
    """Find the tuning of a melody, and how far each note has to be moved.

    "nearest" moves notes to semitones, "key" to notes of the key. The semitone of a note is counted from the reference
    of the singer, so a melody that is hummed 40 cents flat keeps its intervals. The target is a semitone of
    A = 440 Hz.

    Parameters
    ----------
    notes : as played, at least one
    choice : one of ``TUNINGS``
    strength : 0 (not moved) to 1 (moved to the target)
    """
    midi = np.array([note.midi for note in notes])
    seconds = np.array([note.offset_s - note.onset_s for note in notes])
    offset = reference_offset(midi, seconds)
    key = find_key(midi - offset, seconds)
    if choice == "off":
        return Tuning(choice, key, 100 * offset, np.zeros(len(notes)))
    allowed = np.arange(12) if choice == "nearest" else key.pitch_classes
    return Tuning(choice, key, 100 * offset, strength * (nearest_allowed(midi - offset, allowed) - midi))


def reference_offset(midi: np.ndarray, weights: np.ndarray) -> float:
    """Find the reference of a singer: the weighted circular mean of the distances of notes from semitones.

    The reference is used only if Rayleigh's test rejects a uniform distribution at 5 %: n·R² > 3, with the effective
    number n of the weighted notes (Mardia and Jupp, Directional Statistics, 2000).

    Parameters
    ----------
    midi : (K,) — fractional MIDI number
    weights : (K,) — durations in s

    Returns
    -------
    offset : -0.5 to 0.5 semitones above A = 440 Hz; 0 if the test does not reject
    """
    mean = (weights * np.exp(2j * np.pi * midi)).sum() / weights.sum()
    effective = weights.sum() ** 2 / (weights**2).sum()
    return float(np.angle(mean) / (2 * np.pi)) if effective * abs(mean) ** 2 > 3 else 0.0


def reference_of(notes: Sequence[Note]) -> float:
    """Find the reference of those who played these notes, as ``reference_offset`` does; each counts by its length."""
    return reference_offset(np.array([n.midi for n in notes]), np.array([n.offset_s - n.onset_s for n in notes]))


def find_key(midi: np.ndarray, seconds: np.ndarray) -> Key:
    """Find the most probable key: the one with the largest sum of seconds times log profile.

    The likelihood is that of D. Temperley, Music and Probability, 2007, chapter 4. The profiles are those of
    J. Albrecht and D. Shanahan, "The use of large corpora to train a new type of key-finding algorithm", Music
    Perception 31(1), 2013. This finds the key of 22 of 23 well-known tunes. Krumhansl's correlation (Cognitive
    Foundations of Musical Pitch, 1990) finds 15, and six of its wrong keys lack notes of the tune.

    Parameters
    ----------
    midi : (K,) — fractional MIDI number
    seconds : (K,) — s, duration of each note
    """
    seconds_by_class = np.bincount(np.round(midi).astype(int) % 12, weights=seconds, minlength=12)
    keys = [Key(tonic, mode) for mode in PROFILES for tonic in range(12)]
    return max(keys, key=lambda key: round(float(np.log(np.roll(PROFILES[key.mode], key.tonic)) @ seconds_by_class), 9))


def nearest_allowed(midi: np.ndarray, pitch_classes: np.ndarray) -> np.ndarray:
    """Find the nearest whole MIDI numbers of given pitch classes: (K,) → (K,); of two equally near, the lower one."""
    ladder = np.arange(int(midi.min()) - 12, int(midi.max()) + 13)
    ladder = ladder[np.isin(ladder % 12, pitch_classes)]
    return ladder[np.abs(midi[:, None] - ladder).argmin(axis=1)]


def shift_curve(notes: Sequence[Note], shifts: np.ndarray, n_frames: int, frame_s: float) -> np.ndarray:
    """Spread the shifts of notes over frames: constant within each note, a linear ramp between two notes.

    A ramp lasts from the end of a note to the start of the next one, or ``FADE_S`` if that is longer. It covers at most
    a quarter of each note.

    Parameters
    ----------
    notes : (K,) in order of onset
    shifts : (K,) — semitones
    n_frames : N
    frame_s : s, from one frame to the next

    Returns
    -------
    shift : (N,) — semitones
    """
    times_s, values = [0.0], [shifts[0]]
    for (before, shift_before), (after, shift_after) in pairwise(zip(notes, shifts, strict=True)):
        overlap_s = max(0.0, FADE_S - max(0.0, after.onset_s - before.offset_s)) / 2
        into_before, into_after = (min(overlap_s, (n.offset_s - n.onset_s) / 4) for n in (before, after))
        times_s += [min(before.offset_s, after.onset_s) - into_before, after.onset_s + into_after]
        values += [shift_before, shift_after]
    return np.interp(np.arange(n_frames) * frame_s, times_s, values)


def apply_tuning(notes: Sequence[Note], tuning: Tuning) -> list[Note]:
    """Move each note by its shift."""
    return [replace(note, midi=note.midi + float(shift)) for note, shift in zip(notes, tuning.shifts, strict=True)]
