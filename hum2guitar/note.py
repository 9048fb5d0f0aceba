"""A note: when it sounds, at what pitch, how loud; its name, and the scales of pitch and velocity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

VELOCITY_SPAN_DB = 24.0  # a note this far under the loudest has velocity 0
NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


@dataclass(frozen=True)
class Note:
    """One note: when it sounds, its pitch as a fractional MIDI number, and how loud it is, 0 to 1.

    ``plucked`` is false for a note that the left hand reaches (a hammer-on, a slide): no string is struck at its onset.
    """

    onset_s: float
    offset_s: float
    midi: float
    velocity: float
    plucked: bool = True

    @property
    def name(self) -> str:
        """The nearest note's name, such as A3 or F♯4."""
        return note_name(self.midi)


def note_name(midi: float) -> str:
    """MIDI number → the name of the nearest equal-tempered note (69 is A4)."""
    nearest = round(midi)
    return f"{NAMES[nearest % 12]}{nearest // 12 - 1}"


def hz_to_midi(hz: np.ndarray | float) -> np.ndarray:
    """Hz → fractional MIDI number, A4 = 440 Hz = 69."""
    return 69 + 12 * np.log2(np.asarray(hz, dtype=np.float64) / 440)


def midi_to_hz(midi: np.ndarray | float) -> np.ndarray:
    """Fractional MIDI number → Hz, the inverse of ``hz_to_midi``."""
    return 440 * 2 ** ((np.asarray(midi, dtype=np.float64) - 69) / 12)


def velocity_of(level_db: np.ndarray | float) -> np.ndarray:
    """Level in dB re the loudest note → velocity, linear from 0 at ``-VELOCITY_SPAN_DB`` to 1."""
    return np.clip(1 + np.asarray(level_db) / VELOCITY_SPAN_DB, 0, 1)


def level_of(velocity: float) -> float:
    """Velocity → level in dB re the loudest note, the inverse of ``velocity_of``."""
    return VELOCITY_SPAN_DB * (velocity - 1)
