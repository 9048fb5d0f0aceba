"""Notes and curves → the curves that the label is drawn from; training and inference both call this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hum2guitar.config import Config
from hum2guitar.mel import Array
from hum2guitar.note import Note, level_of, midi_to_hz

ARTICULATIONS = ("plucked", "follow")
PLUCK_LEVEL_DB = 35.0  # level of a note plucked with velocity 1, at the Config's loudness
MAX_AGE_S = 4.0


@dataclass(frozen=True)
class Controls:
    """What the label is drawn from; each (..., N).

    f0_hz : Hz, NaN where nothing sounds
    level_db : the fundamental's level in dB, as ``mel.frame_energy_db`` counts it
    onset : 0 to 1 — in ``plucked``, velocity where a string is plucked, shared between the two frames around the
        instant; in ``follow``, how strongly the recording's sound begins, or, below 0, stops (``onsets.strength``)
    age_s : seconds since the last pluck, at most ``MAX_AGE_S``; ``MAX_AGE_S`` before the first
    """

    f0_hz: Array
    level_db: Array
    onset: Array
    age_s: Array

    def map(self, function: Any) -> Controls:
        """The same function applied to each curve."""
        return Controls(*(function(getattr(self, field.name)) for field in fields(self)))


def build_controls(
    f0_hz: np.ndarray,
    energy_db: np.ndarray,
    onset_strength: np.ndarray,
    notes: Sequence[Note],
    articulation: str,
    config: Config,
) -> Controls:
    """Build the curves that the label is drawn from, for either articulation.

    Parameters
    ----------
    f0_hz : (N,) — Hz, NaN where unvoiced
    energy_db : (N,) — dB, as ``mel.frame_energy_db`` counts it; read in ``follow`` only
    onset_strength : (N,) — -1 to 1, as ``onsets.strength`` counts it; read in ``follow`` only
    notes : in order of onset

    Raises
    ------
    ValueError
        For an articulation that does not exist.
    """
    if articulation == "plucked":
        return pluck_controls(f0_hz, notes, config)
    if articulation == "follow":
        return follow_controls(f0_hz, energy_db, onset_strength, notes, config)
    raise ValueError(f"articulation is {articulation!r}; known are {', '.join(ARTICULATIONS)}")


def pluck_controls(f0_hz: np.ndarray, notes: Sequence[Note], config: Config) -> Controls:
    """Build the curves of notes that are plucked: how each string then sounds is left to the generator.

    Each note has one level, by its velocity. The pitch holds through gaps inside a note.
    """
    n_frames = len(f0_hz)
    note_f0 = np.full(n_frames, np.nan, dtype=np.float32)
    level_db = np.full(n_frames, config.mel_floor_db, dtype=np.float32)
    frames_s = np.arange(n_frames) * config.frame_s
    for note in notes:
        inside = (frames_s >= note.onset_s) & (frames_s < note.offset_s)
        note_f0[inside] = hold_pitch(f0_hz[inside], note.midi)
        level_db[inside] = PLUCK_LEVEL_DB + level_of(note.velocity)
    onset, age_s = pluck_curves(notes, n_frames, config)
    return Controls(note_f0, level_db, onset, age_s)


def follow_controls(
    f0_hz: np.ndarray, energy_db: np.ndarray, onset_strength: np.ndarray, notes: Sequence[Note], config: Config
) -> Controls:
    """Build the curves of a recording that is followed: level and attacks are its own, frame by frame."""
    _, age_s = pluck_curves(notes, len(f0_hz), config)
    return Controls(f0_hz.astype(np.float32), energy_db.astype(np.float32), onset_strength, age_s)


def hold_pitch(f0_hz: np.ndarray, midi: float) -> np.ndarray:
    """Fill a note's unvoiced frames from their neighbours, or from the note's own pitch where none is voiced."""
    voiced = np.flatnonzero(np.isfinite(f0_hz))
    if len(voiced) == 0:
        return np.full_like(f0_hz, midi_to_hz(midi))
    return np.interp(np.arange(len(f0_hz)), voiced, f0_hz[voiced]).astype(np.float32)


def pluck_curves(played: Sequence[Note], n_frames: int, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """(onset, age_s), each (N,) float32.

    A pluck between two frames is shared between them in proportion, so its instant is known to much less than a
    frame; its height runs from 0.25 (velocity 0) to 1, for even the softest pluck is one.
    """
    onset = np.zeros(n_frames + 1, dtype=np.float32)
    frames_s = np.arange(n_frames) * config.frame_s
    age_s = np.full(n_frames, MAX_AGE_S, dtype=np.float32)
    for note in played:
        if not note.plucked:
            continue
        age_s = np.where(frames_s >= note.onset_s, np.minimum(frames_s - note.onset_s, MAX_AGE_S), age_s)
        frame, between = divmod(note.onset_s / config.frame_s, 1)
        if 0 <= frame < n_frames:
            height = 0.25 + 0.75 * note.velocity
            pair = onset[int(frame) : int(frame) + 2]
            pair[:] = np.maximum(pair, [height * (1 - between), height * between])
    return onset[:n_frames], age_s.astype(np.float32)
