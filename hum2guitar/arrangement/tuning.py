"""Hummed notes → notes in tune: one constant shift a note, so that vibrato and slides stay as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from hum2guitar.note import NAMES, Note

TUNINGS = ("off", "nearest", "key")
FADE_S = 0.08  # over which one note's shift turns into the next one's, at least
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 9, 10, 11),  # melodies raise its sixth and seventh degrees on their way up
}
PROFILES = {  # how much of a melody each semitone above the tonic has: Albrecht and Shanahan 2013, 490 pieces
    "major": (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
    "minor": (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
}


@dataclass(frozen=True)
class Key:
    """A tonic, 0 (C) to 11 (B), and "major" or "minor"."""

    tonic: int
    mode: str

    @property
    def name(self) -> str:
        """As in "F♯ minor"."""
        return f"{NAMES[self.tonic]} {self.mode}"

    @property
    def pitch_classes(self) -> np.ndarray:
        """(K,) the scale's, 0 to 11; a minor one has both forms of its sixth and seventh degree."""
        return (np.array(SCALES[self.mode]) + self.tonic) % 12


@dataclass(frozen=True)
class Tuning:
    """What was heard of a melody's tuning, and what was done about it.

    choice : one of ``TUNINGS``; key : the likeliest, of the notes as they sound
    offset_cents : by how much the singer's A lies above 440 Hz (or 220, …), 0 where there is no telling
    shifts : (K,) semitones by which each note was moved; zeros in "off"
    """

    choice: str
    key: Key
    offset_cents: float
    shifts: np.ndarray


def tune(notes: Sequence[Note], choice: str, strength: float) -> Tuning:
    """Find out how a melody is tuned, and how far each note is to be moved.

    In "nearest" notes go to semitones, in "key" to the notes of the key that was found. Which semitone a note is,
    is counted from the singer's own reference, so that who hums all of it 40 cents flat has the intervals that were
    meant; where it goes to is counted from A = 440 Hz, like any other guitar's.

    notes : as they sound, at least one; strength : 0 (not at all) to 1 (all the way).
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
    """The weighted circular mean of the notes' distances from the semitones of A = 440 Hz; -0.5 to 0.5 semitones.

    0 where the notes agree on no reference: by Rayleigh's test of uniformity at 5 %, n·R² < 3 (Mardia and Jupp,
    Directional Statistics, 2000), n being the effective number of notes under their weights.

    midi, weights : (K,).
    """
    mean = (weights * np.exp(2j * np.pi * midi)).sum() / weights.sum()
    effective = weights.sum() ** 2 / (weights**2).sum()
    return float(np.angle(mean) / (2 * np.pi)) if effective * abs(mean) ** 2 > 3 else 0.0


def find_key(midi: np.ndarray, seconds: np.ndarray) -> Key:
    """The key in which what sounds is likeliest: the largest sum of seconds times the profile's logarithm.

    The likelihood is that of D. Temperley, Music and Probability, 2007, chapter 4; the profiles are of J. Albrecht and
    D. Shanahan, The Use of Large Corpora to Train a New Type of Key-Finding Algorithm, Music Perception 31(1), 2013.
    Of 23 well-known tunes it finds the key of 22, where Krumhansl's correlation (Cognitive Foundations of Musical
    Pitch, 1990) finds 15 and six times a key that lacks notes of the tune, which tuning would spoil.

    midi, seconds : (K,).
    """
    heard = np.bincount(np.round(midi).astype(int) % 12, weights=seconds, minlength=12)
    keys = [Key(tonic, mode) for mode in PROFILES for tonic in range(12)]
    return max(keys, key=lambda key: round(float(np.log(np.roll(PROFILES[key.mode], key.tonic)) @ heard), 9))


def nearest_allowed(midi: np.ndarray, pitch_classes: np.ndarray) -> np.ndarray:
    """(K,) MIDI → (K,) the nearest whole MIDI numbers of those pitch classes; of two as near, the lower."""
    ladder = np.arange(int(midi.min()) - 12, int(midi.max()) + 13)
    ladder = ladder[np.isin(ladder % 12, pitch_classes)]
    return ladder[np.abs(midi[:, None] - ladder).argmin(axis=1)]


def shift_curve(notes: Sequence[Note], shifts: np.ndarray, n_frames: int, frame_s: float) -> np.ndarray:
    """(K,) semitones a note → (N,) semitones a frame: constant in each note, a ramp from one to the next.

    A ramp lasts from one note's end to the next one's beginning, or ``FADE_S`` around the boundary, which is where
    a glide between them lies; of a note it takes a quarter at most.
    """
    times_s, values = [0.0], [shifts[0]]
    for (before, shift_before), (after, shift_after) in pairwise(zip(notes, shifts, strict=True)):
        reach_s = max(0.0, FADE_S - max(0.0, after.onset_s - before.offset_s)) / 2
        into_before, into_after = (min(reach_s, (n.offset_s - n.onset_s) / 4) for n in (before, after))
        times_s += [min(before.offset_s, after.onset_s) - into_before, after.onset_s + into_after]
        values += [shift_before, shift_after]
    return np.interp(np.arange(n_frames) * frame_s, times_s, values)


def tuned(notes: Sequence[Note], tuning: Tuning) -> list[Note]:
    """The notes moved by their shifts."""
    return [replace(note, midi=note.midi + float(by)) for note, by in zip(notes, tuning.shifts, strict=True)]
