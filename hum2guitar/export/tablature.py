"""Conversion → a tablature in ASCII, 80 columns wide."""

from __future__ import annotations

import os

from hum2guitar.arrangement.played import Played
from hum2guitar.export.score import BAR, Event, events_of
from hum2guitar.files import writing
from hum2guitar.note import NAMES
from hum2guitar.pipeline import Conversion

WIDTH = 80
CELL = 4  # characters: how the note is reached, its fret, what it does


def write(played: Played) -> str:
    """Write the notes as a tablature.

    The horizontal position is the time on the fitted beat. A bar has a column for each sixteenth, eighth or quarter, as
    its shortest notes need. Notes that the neck does not have are left out.
    """
    events = events_of(played)
    n_bars = 1 + events[-1].start // BAR
    bars = [_bar([e for e in events if e.start // BAR == number], played) for number in range(n_bars)]
    names = [NAMES[midi % 12].ljust(2) for midi in played.neck.open_midi]
    names[0] = names[0].lower()  # so the two strings E of the standard tuning differ
    lines = [[f"{name}|" for name in names]]
    for bar in bars:
        if len(lines[-1][0]) + len(bar[0]) > WIDTH:
            lines.append([f"{name}|" for name in names])
        lines[-1] = [line + part for line, part in zip(lines[-1], bar, strict=True)]
    return "\n\n".join([_heading(played), *("\n".join(system) for system in lines)]) + "\n"


def _heading(played: Played) -> str:
    strings = " ".join(NAMES[midi % 12] for midi in reversed(played.neck.open_midi))
    capo = f", capo at fret {played.capo}: frets are counted from it" if played.capo else ""
    swing = ", swung eighths" if played.grid.swing > 0.5 else ""
    return f"Tuning {strings}{capo}\n{played.grid.bpm:.0f} beats a minute, 4/4{swing}\n/ \\ slide, b bend, ~ vibrato"


def _bar(events: list[Event], played: Played) -> list[str]:
    """Draw one bar: a line for each string."""
    coarsest = next(step for step in (4, 2, 1) if all(event.start % step == 0 for event in events))
    rows = [["-" * CELL] * (BAR // coarsest) for _ in played.neck.open_midi]
    for event in events:
        if event.note.string is not None:
            rows[event.note.string - 1][event.start % BAR // coarsest] = _cell(event)
    return ["".join(row) + "|" for row in rows]


def mark(event: Event) -> str:
    """How the note is reached, its fret, what it does: at most four characters, as in ``/12b``."""
    before = "/" if event.slide > 0 else "\\" if event.slide < 0 else ""
    after = "b" if event.bend else "~" if event.vibrato else ""
    return f"{before}{event.note.fret}{after}"


def _cell(event: Event) -> str:
    """The mark of a note, with a line around it."""
    text = mark(event)
    return (text if text[0] in "/\\" else f"-{text}").ljust(CELL, "-")


def save(path: str | os.PathLike[str], conversion: Conversion) -> None:
    """Write the tablature. Raises UserError if the file cannot be written."""
    text = write(conversion.played)
    with writing(path) as partial:
        partial.write_text(text, encoding="utf-8")
