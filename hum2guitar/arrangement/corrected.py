"""Notes that differ from those that were heard: a user's corrections, and onsets moved to the beat."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from numbers import Real

import numpy as np

from hum2guitar.analysis.heard import Heard
from hum2guitar.errors import UserError
from hum2guitar.note import Note, midi_to_hz

MAX_MIDI = 127.0
END_S = 0.05  # a note may end this much after the recording: times are rounded, and frames are 23 ms long
SHARP_CENTS, SHARP_S = 8.0, 0.06  # a plucked string begins this much too high and settles (Legge and Fletcher 1984)


def check_notes(notes: Sequence[Note], duration_s: float) -> None:
    """Raise UserError if notes cannot be played: out of order, at the same time, without length, or beyond the end.

    Parameters
    ----------
    notes : as hummed; anything but notes with numbers is an error too
    duration_s : s, length of the recording
    """
    if not notes:
        raise UserError("there are no notes to play; keep at least one")
    for number, note in enumerate(notes, start=1):
        values = (note.onset_s, note.offset_s, note.midi, note.velocity) if isinstance(note, Note) else (None,)
        if not all(isinstance(value, Real) and np.isfinite(value) for value in values):
            raise UserError(f"note {number} has a value that is not a number; correct it")
        if not 0 <= note.onset_s < note.offset_s:
            raise UserError(
                f"note {number} lasts from {note.onset_s:g} to {note.offset_s:g} s; let it end after it begins"
            )
        if note.onset_s >= duration_s:
            raise UserError(f"note {number} begins after the recording, which lasts {duration_s:.2f} s; move it")
        if note.offset_s > duration_s + END_S:
            raise UserError(f"note {number} ends after the recording, which lasts {duration_s:.2f} s; let it end there")
        if not 0 <= note.midi <= MAX_MIDI or not 0 <= note.velocity <= 1:
            raise UserError(f"note {number} needs a MIDI number from 0 to {MAX_MIDI:.0f} and a velocity from 0 to 1")
    for number, (before, after) in enumerate(pairwise(notes), start=1):
        if after.onset_s < before.offset_s:
            raise UserError(f"note {number + 1} begins before note {number} ends; let one end where the next begins")


def corrected_f0(heard: Heard, notes: Sequence[Note]) -> np.ndarray:
    """Make the F0 of corrected notes, as hummed.

    Each frame keeps its distance from the note that was heard there, so vibrato and slides move with a note. Where
    nothing was heard, a note has a steady F0. Where a note was heard and none is left, there is no F0.

    Parameters
    ----------
    heard : the analysis
    notes : the corrected notes, in order of onset

    Returns
    -------
    f0_hz : (N,) float32 — Hz; equal to that of ``heard`` where the notes are those that were heard
    """
    frames_s = np.arange(len(heard.f0_hz)) * heard.config.frame_s
    heard_midi, midi = _pitch_at(heard.notes, frames_s), _pitch_at(notes, frames_s)
    sung, wanted = np.isfinite(heard_midi), np.isfinite(midi)
    shift = np.where(sung & wanted, midi - heard_midi, 0.0)
    f0_hz = (heard.f0_hz * 2 ** (shift / 12)).astype(np.float32)
    f0_hz[sung & ~wanted] = np.nan
    unchanged = set(heard.notes)
    for note in notes:
        inside = wanted & ~sung & (frames_s >= note.onset_s) & (frames_s < note.offset_s)
        if note not in unchanged and inside.any():
            f0_hz[inside] = _steady(note, frames_s[inside])
    return f0_hz


def _steady(note: Note, times_s: np.ndarray) -> np.ndarray:
    """The F0 of a plucked string: (K,) Hz at (K,) s."""
    sharp = SHARP_CENTS / 100 * np.exp(-(times_s - note.onset_s) / SHARP_S)
    return midi_to_hz(note.midi + sharp)


def _pitch_at(notes: Sequence[Note], frames_s: np.ndarray) -> np.ndarray:
    """Find the pitch of the note at each time: (N,) MIDI numbers, NaN where there is none."""
    midi = np.full(len(frames_s), np.nan)
    for note in notes:
        midi[(frames_s >= note.onset_s) & (frames_s < note.offset_s)] = note.midi
    return midi


def moved_f0(f0_hz: np.ndarray, before: Sequence[Note], after: Sequence[Note], frame_s: float) -> np.ndarray:
    """Move the F0 within notes along with their onsets: (N,) Hz → (N,) Hz.

    Parameters
    ----------
    f0_hz : (N,) — Hz, NaN where unvoiced
    before, after : the same notes at their old and at their new times
    frame_s : s, from one frame to the next
    """
    frames_s = np.arange(len(f0_hz)) * frame_s
    moved = np.where(np.isfinite(_pitch_at(before, frames_s)), np.nan, f0_hz).astype(np.float32)
    for old, new in zip(before, after, strict=True):
        first, stop = (int(np.clip(np.ceil(end / frame_s), 0, len(f0_hz))) for end in (old.onset_s, old.offset_s))
        inside = np.flatnonzero((frames_s >= new.onset_s) & (frames_s < new.offset_s))
        if stop > first:
            lag = round((new.onset_s - old.onset_s) / frame_s)
            moved[inside] = f0_hz[np.clip(inside - lag, first, stop - 1)]
    return moved
