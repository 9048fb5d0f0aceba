"""Conversion → CSV: a row for each note as played."""

from __future__ import annotations

import csv
import os

from hum2guitar.export.details import describe_note
from hum2guitar.files import writing
from hum2guitar.pipeline import Conversion

COLUMNS = ("onset_s", "offset_s", "midi", "name", "velocity", "plucked", "string", "fret")


def save(path: str | os.PathLike[str], conversion: Conversion) -> None:
    """Write the notes, with the columns ``COLUMNS``. Raises UserError if the file cannot be written."""
    with writing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(describe_note(note) | {"plucked": int(note.plucked)} for note in conversion.notes)
