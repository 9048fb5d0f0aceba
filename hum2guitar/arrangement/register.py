"""Transposition: octave, capo, and warnings about notes outside the range of a guitar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hum2guitar.note import Note, note_name

LOWEST_MIDI, HIGHEST_MIDI = 40, 84  # E2, the open sixth string, to C6, the first string's 20th fret
CENTRE_MIDI = 57  # A3, the middle of the range of guitar melodies
TOLERATED_SHARE = 0.1  # an octave still fits if this share of the sounding time is out of range
MAX_TRANSPOSE = 36
MAX_CAPO = 11


def choose_transposition(
    transpose: str | int, notes: Sequence[Note], capo: int, lowest: int = LOWEST_MIDI, highest: int = HIGHEST_MIDI
) -> int:
    """Compute the semitones from the hum to the guitar.

    Parameters
    ----------
    transpose : semitones, or "auto" for the octave that ``best_octave`` finds
    notes : as hummed, at least one
    capo : fret of the capo, 0 for none; it is added to the transposition
    lowest, highest : MIDI numbers that the neck has without a capo
    """
    return (best_octave(notes, capo, lowest, highest) if transpose == "auto" else int(transpose)) + int(capo)


def best_octave(notes: Sequence[Note], capo: int = 0, lowest: int = LOWEST_MIDI, highest: int = HIGHEST_MIDI) -> int:
    """Find the octave in which a melody fits the guitar best.

    Octaves are compared by these criteria. A later one counts only where all earlier ones are equal.

    1. The share of the sounding time out of range, less ``TOLERATED_SHARE``. So a single note with an octave error of
       the tracker does not move a melody.
    2. No note out of range.
    3. No transposition.
    4. The distance from the median pitch of the sounding time to ``CENTRE_MIDI``.
    5. The smaller transposition; of two equal ones, the one downwards.

    Parameters
    ----------
    notes : as hummed, at least one
    capo : fret of the capo; it lowers the highest pitch that can be fretted, relative to the capo
    lowest, highest : MIDI numbers that the neck has without a capo

    Returns
    -------
    semitones : a multiple of 12, without the capo
    """
    midi = np.array([note.midi for note in notes])
    seconds = np.array([note.offset_s - note.onset_s for note in notes])
    order = np.argsort(midi, kind="stable")
    total = np.cumsum(seconds[order])
    median = midi[order][np.searchsorted(total, total[-1] / 2)]

    def cost(semitones: int) -> tuple[float, bool, bool, float, int, int]:
        out_of_range = seconds[_is_out_of_range(midi + semitones, lowest, highest - capo)].sum() / seconds.sum()
        from_centre = round(abs(float(median) + semitones - CENTRE_MIDI), 6)
        excess = max(0.0, out_of_range - TOLERATED_SHARE)
        return excess, out_of_range > 0, semitones != 0, from_centre, abs(semitones), semitones

    return min(range(-MAX_TRANSPOSE, MAX_TRANSPOSE + 1, 12), key=cost)


def range_warnings(
    played: Sequence[Note], semitones: int, capo: int, lowest: int = LOWEST_MIDI, highest: int = HIGHEST_MIDI
) -> tuple[str, ...]:
    """Warn about notes outside the range of the guitar.

    Parameters
    ----------
    played : notes as played
    semitones : from the hum to the guitar, including the capo
    capo : fret of the capo, 0 for none; it raises the lowest note
    lowest, highest : MIDI numbers that the neck has without a capo

    Returns
    -------
    warnings : one sentence that names the notes and says what to do; none if all notes are in range
    """
    lowest += capo
    midi = np.array([note.midi for note in played])
    out_of_range = _is_out_of_range(midi, lowest, highest)
    if not out_of_range.any():
        return ()
    names = [note_name(pitch) for pitch in sorted(set(np.round(midi[out_of_range]).astype(int)))]
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    transpose = semitones - capo
    octaves = [octave for octave in range(-72, 73, 12) if abs(transpose + octave) <= MAX_TRANSPOSE]
    fitting = [octave for octave in octaves if not _is_out_of_range(midi + octave, lowest, highest).any()]
    if fitting:
        advice = f"the transposition {transpose + min(fitting, key=abs):+d} keeps every note within it"
    else:
        advice = "no octave holds the whole melody; " + ("take the capo off or " if capo else "") + "hum a smaller span"
    return (
        f"{shown} {'lies' if len(names) == 1 else 'lie'} outside {_range_in_words(capo, lowest, highest)}; {advice}",
    )


def _range_in_words(capo: int, lowest: int, highest: int) -> str:
    span = f"{note_name(lowest)} to {note_name(highest)}"
    return f"the guitar's range with a capo at fret {capo}, {span}" if capo else f"the guitar's range, {span}"


def _is_out_of_range(midi: np.ndarray, lowest: int, highest: int) -> np.ndarray:
    """Tell which notes no fret can play: (K,) MIDI → (K,) bool, with a tolerance of a quarter tone."""
    return (midi < lowest - 0.5) | (midi > highest + 0.5)


def describe_transposition(semitones: int, capo: int = 0) -> str:
    """Describe a transposition in words: 12 → "moved up one octave", 0 → "at the pitch of the hum".

    Parameters
    ----------
    semitones : from the hum to the guitar, including the capo
    capo : fret of the capo, which is named separately
    """
    if capo:
        return f"{describe_transposition(semitones - capo)}, capo at fret {capo}"
    if semitones == 0:
        return "at the pitch of the hum"
    words = {1: "one", 2: "two", 3: "three"}
    count, unit = (abs(semitones) // 12, "octave") if semitones % 12 == 0 else (abs(semitones), "semitone")
    direction = "up" if semitones > 0 else "down"
    return f"moved {direction} {words.get(count, count)} {unit}{'s' if count > 1 else ''}"
