"""Conversion → JSON: notes, choices and timings."""

from __future__ import annotations

import json
import os
from typing import Any

from hum2guitar.export import notes
from hum2guitar.files import writing
from hum2guitar.note import Note
from hum2guitar.pipeline import Conversion


def describe(conversion: Conversion) -> dict[str, Any]:
    """Describe a conversion as a JSON-ready dict.

    Its keys: summary, warnings, transposition_semitones, capo, tuning, guitar (share of each guitar), sample_rate (Hz),
    seconds (wall time of each stage), bpm (of the beat that fits, or the one that was chosen), notes (as played),
    hummed (the notes as hummed that were arranged, in the form that ``notes.from_json`` reads).
    """
    played, tuning = conversion.played, conversion.played.tuning
    return {
        "summary": conversion.summary,
        "warnings": list(conversion.warnings),
        "transposition_semitones": played.transpose_semitones,
        "capo": played.capo,
        "tuning": {
            "choice": tuning.choice,
            "key": tuning.key.name,
            "offset_cents": round(tuning.offset_cents, 1),
        },
        "guitar": {name: round(share, 3) for name, share in conversion.sound.guitar.items()},
        "sample_rate": conversion.sample_rate,
        "seconds": {stage: round(seconds, 3) for stage, seconds in conversion.seconds.items()},
        "bpm": round(played.grid.bpm, 1),
        "notes": [describe_note(note) for note in played.notes],
        "hummed": notes.to_rows(played.hummed),
    }


def describe_note(note: Note) -> dict[str, Any]:
    """Describe a note as a JSON-ready dict."""
    return {
        "onset_s": round(note.onset_s, 3),
        "offset_s": round(note.offset_s, 3),
        "midi": round(note.midi, 2),
        "name": note.name,
        "velocity": round(note.velocity, 2),
        "plucked": note.plucked,
        "string": note.string,
        "fret": note.fret,
    }


def save(path: str | os.PathLike[str], conversion: Conversion) -> None:
    """Write the description of a conversion as a JSON file. Raises UserError if that fails."""
    with writing(path) as partial:
        partial.write_text(json.dumps(describe(conversion), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
