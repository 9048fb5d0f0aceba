"""Notes and curves → the control curves of the label, for training and inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from hum2guitar.config import Config
from hum2guitar.note import Note, level_of, midi_to_hz

if TYPE_CHECKING:
    from hum2guitar.mel import Array

ARTICULATIONS = ("plucked", "follow")
PLUCK_LEVEL_DB = 35.0  # level of a note with velocity 1 in a recording at ``Config.loudness_db``
MAX_AGE_S = 4.0


@dataclass(frozen=True)
class Controls:
    """The control curves of a label, numpy arrays or tensors.

    Attributes
    ----------
    f0_hz : (..., N) float32 — Hz, NaN where nothing sounds
    level_db : (..., N) float32 — dB, level of the fundamental on the scale of ``mel.frame_energy_db``
    onset : (..., N) float32 — in ``plucked``, 0 to 1: the height of each pluck, split between the two frames around
        it; in ``follow``, -1 to 1: the onset strength of the recording (``onsets.strength``)
    age_s : (..., N) float32 — s since the last pluck, at most ``MAX_AGE_S``; ``MAX_AGE_S`` before the first pluck
    """

    f0_hz: Array
    level_db: Array
    onset: Array
    age_s: Array

    def map(self, function: Any) -> Controls:
        """Apply a function to each curve."""
        return Controls(*(function(getattr(self, field.name)) for field in fields(self)))


def build_controls(
    f0_hz: np.ndarray,
    energy_db: np.ndarray,
    onset_strength: np.ndarray,
    notes: Sequence[Note],
    articulation: str,
    config: Config,
) -> Controls:
    """Build the control curves for either articulation.

    Parameters
    ----------
    f0_hz : (N,) — Hz, NaN where unvoiced
    energy_db : (N,) — dB, from ``mel.frame_energy_db``; read in ``follow`` only
    onset_strength : (N,) — -1 to 1, from ``onsets.strength``; read in ``follow`` only
    notes : in order of onset
    articulation : one of ``ARTICULATIONS``
    config : the settings of the label

    Raises
    ------
    ValueError
        If the articulation is unknown.
    """
    if articulation == "plucked":
        return pluck_controls(f0_hz, notes, config)
    if articulation == "follow":
        return follow_controls(f0_hz, energy_db, onset_strength, notes, config)
    raise ValueError(f"articulation is {articulation!r}; known are {', '.join(ARTICULATIONS)}")


def pluck_controls(f0_hz: np.ndarray, notes: Sequence[Note], config: Config) -> Controls:
    """Build the control curves of plucked notes.

    Each note has a constant level, from its velocity: the generator generates the decay. Gaps of the pitch inside a
    note are filled.

    Parameters
    ----------
    f0_hz : (N,) — Hz, NaN where unvoiced
    notes : in order of onset
    config : the settings of the label
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
    """Build the control curves of a recording that is followed: its level and onset strength are used frame by frame.

    Parameters are those of ``build_controls``.
    """
    _, age_s = pluck_curves(notes, len(f0_hz), config)
    return Controls(f0_hz.astype(np.float32), energy_db.astype(np.float32), onset_strength, age_s)


def hold_pitch(f0_hz: np.ndarray, midi: float) -> np.ndarray:
    """Fill the unvoiced frames of a note by interpolation: (N,) Hz with NaN → (N,) Hz.

    If no frame is voiced, all frames get the pitch ``midi``.
    """
    voiced = np.flatnonzero(np.isfinite(f0_hz))
    if len(voiced) == 0:
        return np.full_like(f0_hz, midi_to_hz(midi))
    return np.interp(np.arange(len(f0_hz)), voiced, f0_hz[voiced]).astype(np.float32)


def pluck_curves(played: Sequence[Note], n_frames: int, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Build the onset and age curves of plucked notes.

    A pluck between two frames is split between them in proportion to its distance from each, so its time is known more
    precisely than a frame. Its height is 0.25 for velocity 0 and 1 for velocity 1.

    Parameters
    ----------
    played : in order of onset
    n_frames : N
    config : the settings of the label

    Returns
    -------
    onset : (N,) float32 — 0 to 1
    age_s : (N,) float32 — s since the last pluck, at most ``MAX_AGE_S``
    """
    onset = np.zeros(n_frames + 1, dtype=np.float32)
    frames_s = np.arange(n_frames) * config.frame_s
    age_s = np.full(n_frames, MAX_AGE_S, dtype=np.float32)
    for note in played:
        if not note.plucked:
            continue
        age_s = np.where(frames_s >= note.onset_s, np.minimum(frames_s - note.onset_s, MAX_AGE_S), age_s)
        frame, fraction = divmod(note.onset_s / config.frame_s, 1)
        if 0 <= frame < n_frames:
            height = 0.25 + 0.75 * note.velocity
            pair = onset[int(frame) : int(frame) + 2]
            pair[:] = np.maximum(pair, [height * (1 - fraction), height * fraction])
    return onset[:n_frames], age_s.astype(np.float32)
