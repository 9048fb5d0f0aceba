"""Notes as hummed → notes as a guitarist plays them, with slides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hum2guitar.note import VELOCITY_SPAN_DB, Note

LONGEST_SLUR_S = 2.0  # a slide that starts later than this after the last pluck is plucked: the string has decayed
SLUR_DROP_DB = (3.0, 7.0)  # a note reached by a slide is at least and at most this far below the pluck before it


def apply_legato(heard: Sequence[Note]) -> list[Note]:
    """Set the levels and durations of notes that a slide reaches, as in the training corpus (``sampled.compose``).

    The string keeps sounding during a slide, so the note before it is extended to the onset of the slide. The level of
    the slide is limited to the range ``SLUR_DROP_DB`` below the pluck before it. With the level of a new pluck, the
    generated string became louder in the slide instead of decaying. The first note is always plucked, and so is a slide
    that starts more than ``LONGEST_SLUR_S`` after the last pluck.

    Parameters
    ----------
    heard : notes as hummed, in order of onset

    Returns
    -------
    played : as many notes, at the same onsets and pitches
    """
    played: list[Note] = []
    pluck_velocity, pluck_s = 0.0, 0.0
    for note in heard:
        if note.plucked or not played or note.onset_s - pluck_s > LONGEST_SLUR_S:
            pluck_velocity, pluck_s = note.velocity, note.onset_s
            played.append(replace(note, plucked=True))
            continue
        loudest, softest = (max(0.0, pluck_velocity - drop_db / VELOCITY_SPAN_DB) for drop_db in SLUR_DROP_DB)
        played[-1] = replace(played[-1], offset_s=note.onset_s)
        played.append(replace(note, velocity=min(max(note.velocity, softest), loudest)))
    return played
