"""Notes as hummed → notes as a left hand plays them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hum2guitar.note import VELOCITY_SPAN_DB, Note

LONGEST_SLUR_S = 2.0  # from the pluck; a string that slides on for longer has died away, and is plucked anew
SLUR_DROP_DB = (3.0, 7.0)  # by how much less a note that the left hand reaches sounds than the pluck before


def apply_legato(heard: Sequence[Note]) -> list[Note]:
    """Notes as hummed → as a left hand plays them, which is how the corpus has them (``sampled.compose``).

    A note reached by a slide keeps the string of the note before it sounding: that one lasts until the slide, and
    the slide's level lies ``SLUR_DROP_DB`` under the pluck's, wherever in that range the hum has it; in trials the
    string's decay then went on through the slide, where a level equal to the pluck's made it swell. A slide that
    begins the melody is plucked, and so is one that comes ``LONGEST_SLUR_S`` after the last pluck.
    """
    played: list[Note] = []
    pluck, plucked_s = 0.0, 0.0
    for note in heard:
        if note.plucked or not played or note.onset_s - plucked_s > LONGEST_SLUR_S:
            pluck, plucked_s = note.velocity, note.onset_s
            played.append(replace(note, plucked=True))
            continue
        loudest, softest = (max(0.0, pluck - drop_db / VELOCITY_SPAN_DB) for drop_db in SLUR_DROP_DB)
        played[-1] = replace(played[-1], offset_s=note.onset_s)
        played.append(replace(note, velocity=min(max(note.velocity, softest), loudest)))
    return played
