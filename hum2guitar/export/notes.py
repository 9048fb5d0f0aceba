"""Notes as hummed ↔ JSON: what was heard, for correction, and what a user made of it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hum2guitar.errors import UserError
from hum2guitar.files import writing
from hum2guitar.note import Note
from hum2guitar.pipeline import Conversion

NUMBERS = ("onset_s", "offset_s", "midi", "velocity")
MAX_BYTES = 10_000_000


def save(path: str | os.PathLike[str], conversion: Conversion) -> None:
    """Write the notes as hummed that were arranged. Raises UserError if the file cannot be written."""
    with writing(path) as partial:
        partial.write_text(to_json(conversion.played.hummed), encoding="utf-8")


def load(path: str | os.PathLike[str]) -> tuple[Note, ...]:
    """Read notes. Raises UserError if the file cannot be read or is not one of ``save``."""
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path.name} is too large to be a file of notes; use one that --notes-out wrote")
        return from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; name a file that --notes-out wrote") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is no text; use a file that --notes-out wrote") from error


def to_json(notes: Sequence[Note]) -> str:
    """Write notes as JSON: an object with the list ``notes``; every number is written in full."""
    return json.dumps({"notes": to_rows(notes)}, indent=1) + "\n"


def to_rows(notes: Sequence[Note]) -> list[dict[str, Any]]:
    """List notes as ``from_json`` reads them."""
    return [{name: getattr(note, name) for name in (*NUMBERS, "plucked")} for note in notes]


def from_json(text: str) -> tuple[Note, ...]:
    """Read notes from JSON, the inverse of ``to_json``; ``plucked`` may be left out.

    Raises
    ------
    UserError
        If the text is something else. Whether notes can be played is checked by ``arrange``.
    """
    try:
        rows = json.loads(text)["notes"]
        if not isinstance(rows, list):
            raise TypeError(rows)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError('the notes are not JSON with a list "notes"; use what --notes-out wrote') from error
    return tuple(_note(number, row) for number, row in enumerate(rows, start=1))


def _note(number: int, row: Any) -> Note:
    if not isinstance(row, dict) or set(row) - {"plucked"} != set(NUMBERS):
        raise UserError(f"note {number} needs exactly {', '.join(NUMBERS)} and perhaps plucked")
    plucked = row.get("plucked", True)
    values = [row[name] for name in NUMBERS]
    if not isinstance(plucked, bool) or any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in values):
        raise UserError(f"note {number} needs numbers for {', '.join(NUMBERS)}, and true or false for plucked")
    onset_s, offset_s, midi, velocity = (float(value) if abs(value) < 1e9 else float("nan") for value in values)
    return Note(onset_s, offset_s, midi, velocity, plucked)
