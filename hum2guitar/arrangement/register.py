"""Where on the guitar's neck the melody lies: octave, capo, and what does not fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hum2guitar.note import Note, note_name

LOWEST_MIDI, HIGHEST_MIDI = 40, 84  # E2, the open sixth string, to C6, the first string's 20th fret
CENTRE_MIDI = 57  # A3, around which guitar melodies lie
TOLERATED_SHARE = 0.1  # of the sounding time may lie off the neck before an octave counts as one that does not fit
MAX_TRANSPOSE = 36
MAX_CAPO = 11


def choose_transposition(transpose: str | int, notes: Sequence[Note], capo: int) -> int:
    """The semitones by which every note is moved: those asked for, or "auto"'s whole octaves; the capo's on top."""
    return (best_octave(notes, capo) if transpose == "auto" else int(transpose)) + int(capo)


def best_octave(notes: Sequence[Note], capo: int = 0) -> int:
    """The whole octaves, in semitones, by which the melody as fingered suits the guitar best.

    The first of these that tells two octaves apart decides: less of the sounding time off the neck, where the first
    ``TOLERATED_SHARE`` does not count (one note that the tracker heard an octave off moves no melody); nothing off the
    neck at all; no move; the median of the sounding time nearest to ``CENTRE_MIDI``; a smaller move; downwards.
    """
    midi = np.array([note.midi for note in notes])
    seconds = np.array([note.offset_s - note.onset_s for note in notes])
    order = np.argsort(midi, kind="stable")
    reached = np.cumsum(seconds[order])
    median = midi[order][np.searchsorted(reached, reached[-1] / 2)]

    def cost(semitones: int) -> tuple[float, bool, bool, float, int, int]:
        off = seconds[_off_neck(midi + semitones, HIGHEST_MIDI - capo)].sum() / seconds.sum()
        from_centre = round(abs(float(median) + semitones - CENTRE_MIDI), 6)
        return max(0.0, off - TOLERATED_SHARE), off > 0, semitones != 0, from_centre, abs(semitones), semitones

    return min(range(-MAX_TRANSPOSE, MAX_TRANSPOSE + 1, 12), key=cost)


def range_warnings(played: Sequence[Note], semitones: int, capo: int) -> tuple[str, ...]:
    """A sentence that names the notes off the neck and says what to do; none where all are on it.

    played : notes as they sound, moved by ``semitones`` of which ``capo`` are the capo's; it raises the lowest note.
    """
    lowest = LOWEST_MIDI + capo
    midi = np.array([note.midi for note in played])
    off = _off_neck(midi, HIGHEST_MIDI, lowest)
    if not off.any():
        return ()
    names = [note_name(pitch) for pitch in sorted(set(np.round(midi[off]).astype(int)))]
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    moved = semitones - capo
    octaves = [k for k in range(-72, 73, 12) if abs(moved + k) <= MAX_TRANSPOSE]
    fitting = [k for k in octaves if not _off_neck(midi + k, HIGHEST_MIDI, lowest).any()]
    if fitting:
        advice = f"the transposition {moved + min(fitting, key=abs):+d} keeps every note within it"
    else:
        advice = "no octave holds the whole melody; " + ("take the capo off or " if capo else "") + "hum a smaller span"
    return (f"{shown} {'lies' if len(names) == 1 else 'lie'} outside {_neck(capo)}; {advice}",)


def _neck(capo: int) -> str:
    span = f"{note_name(LOWEST_MIDI + capo)} to {note_name(HIGHEST_MIDI)}"
    return f"the guitar's range with a capo at fret {capo}, {span}" if capo else f"the guitar's range, {span}"


def _off_neck(midi: np.ndarray, highest: int, lowest: int = LOWEST_MIDI) -> np.ndarray:
    """Which notes no fret comes near: (K,) MIDI → (K,) bool; a quarter tone beyond is still the last fret's."""
    return (midi < lowest - 0.5) | (midi > highest + 0.5)


def describe_transposition(semitones: int, capo: int = 0) -> str:
    """What was applied, the capo's part of it told apart: 12 → "moved up one octave"; 0 → "at the pitch of the hum"."""
    if capo:
        return f"{describe_transposition(semitones - capo)}, capo at fret {capo}"
    if semitones == 0:
        return "at the pitch of the hum"
    words = {1: "one", 2: "two", 3: "three"}
    n, unit = (abs(semitones) // 12, "octave") if semitones % 12 == 0 else (abs(semitones), "semitone")
    return f"moved {'up' if semitones > 0 else 'down'} {words.get(n, n)} {unit}{'s' if n > 1 else ''}"
