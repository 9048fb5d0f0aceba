"""Folders of recordings, and the true notes that may lie beside a recording as NAME.notes.csv."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hum2guitar.errors import CorpusError
from train.corpus.recordings import SUFFIXES


def recordings(folder: Path | None) -> list[Path]:
    """List the recordings of a folder in the order of their names; none for None.

    Raises CorpusError for a folder that is missing or holds no recording.
    """
    if folder is None:
        return []
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise CorpusError(f"there are no recordings in {folder}; give a folder of wav or flac files")
    return found


def notes_file(recording: Path) -> Path:
    """Return where the true notes of a recording lie, if they are known."""
    return recording.with_suffix(".notes.csv")


def with_notes(folder: Path | None) -> list[Path]:
    """List the recordings of a folder whose true notes lie beside them. Raises as ``recordings``."""
    return [path for path in recordings(folder) if notes_file(path).is_file()]


def read_notes(path: Path) -> np.ndarray:
    """Read a file of true notes.

    Returns
    -------
    notes : (K, 3) float64 — onset in s, offset in s, MIDI number

    Raises
    ------
    CorpusError
        For a file that does not hold such rows.
    """
    try:
        notes = np.loadtxt(path, delimiter=",", ndmin=2)
    except ValueError as error:
        raise CorpusError(f"{path.name} holds no notes that can be read; give rows of onset_s,offset_s,midi") from error
    if notes.shape[0] == 0 or notes.shape[1] != 3:
        raise CorpusError(f"{path.name} has {notes.shape[1]} columns; give rows of onset_s,offset_s,midi")
    return notes
