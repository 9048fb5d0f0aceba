"""Notes, and the scales of pitch and velocity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

VELOCITY_SPAN_DB = 24.0  # a note this far below the loudest note has velocity 0
NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


@dataclass(frozen=True)
class Note:
    """One note.

    Attributes
    ----------
    onset_s, offset_s : s, start and end
    midi : fractional MIDI number
    velocity : 0 to 1, linear in dB (see ``velocity_of``)
    plucked : False for a note that is reached by a slide
    string : 1 (the highest) to 6; None before the fingering, and where no string has the note
    fret : counted from the capo, 0 for the open string; None where ``string`` is
    """

    onset_s: float
    offset_s: float
    midi: float
    velocity: float
    plucked: bool = True
    string: int | None = None
    fret: int | None = None

    @property
    def name(self) -> str:
        """The name of the nearest semitone, such as A3 or F♯4."""
        return note_name(self.midi)


def note_name(midi: float) -> str:
    """Name the semitone nearest to a fractional MIDI number; 69 is A4."""
    nearest = round(midi)
    return f"{NAMES[nearest % 12]}{nearest // 12 - 1}"


def hz_to_midi(hz: np.ndarray | float) -> np.ndarray:
    """Convert Hz to fractional MIDI numbers; 440 Hz is 69."""
    return 69 + 12 * np.log2(np.asarray(hz, dtype=np.float64) / 440)


def midi_to_hz(midi: np.ndarray | float) -> np.ndarray:
    """Convert fractional MIDI numbers to Hz, the inverse of ``hz_to_midi``."""
    return 440 * 2 ** ((np.asarray(midi, dtype=np.float64) - 69) / 12)


def velocity_of(level_db: np.ndarray | float) -> np.ndarray:
    """Convert dB re the loudest note to velocity: 0 dB to 1, ``-VELOCITY_SPAN_DB`` and less to 0."""
    return np.clip(1 + np.asarray(level_db) / VELOCITY_SPAN_DB, 0, 1)


def level_of(velocity: float) -> float:
    """Convert velocity to dB re the loudest note, the inverse of ``velocity_of``."""
    return VELOCITY_SPAN_DB * (velocity - 1)
