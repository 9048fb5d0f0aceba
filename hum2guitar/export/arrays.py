"""Conversion → NPZ: every intermediate result as an array."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from hum2guitar.files import writing
from hum2guitar.mel import mel_frequencies
from hum2guitar.note import Note
from hum2guitar.pipeline import Conversion

NOTE_COLUMNS = ("onset_s", "offset_s", "midi", "velocity", "plucked", "string", "fret")


def arrays(conversion: Conversion) -> dict[str, np.ndarray]:
    """Collect the arrays of a conversion.

    Returns
    -------
    arrays
        As hummed: ``hum_f0_hz``, ``hum_confidence``, ``hum_energy_db``, ``hum_onset_strength``, each (N,);
        ``hum_mel_db`` (M, N); ``hum_notes`` (K, 7). As played: ``f0_hz`` (N,), NaN where unvoiced; ``notes`` (K, 7);
        ``label`` (C, M, N); ``mel_db`` (M, N); ``waveform`` (T,). Notes have the columns ``NOTE_COLUMNS``; string and
        fret are NaN where there is none.
        Axes: ``frame_s`` and ``sample_rate``, numbers; ``mel_hz`` (M,), the frequency of each mel bin.
    """
    heard, played, sound = conversion.heard, conversion.played, conversion.sound
    return {
        "hum_f0_hz": heard.f0_hz,
        "hum_confidence": heard.confidence,
        "hum_energy_db": heard.energy_db,
        "hum_onset_strength": heard.onset_strength,
        "hum_mel_db": heard.mel_db,
        "hum_notes": _rows(heard.notes),
        "f0_hz": played.f0_hz,
        "notes": _rows(played.notes),
        "label": sound.label,
        "mel_db": sound.mel_db,
        "waveform": sound.waveform,
        "frame_s": np.array(conversion.config.frame_s),
        "sample_rate": np.array(conversion.sample_rate),
        "mel_hz": mel_frequencies(conversion.config),
    }


def _rows(notes: Sequence[Note]) -> np.ndarray:
    rows = [[getattr(note, column) for column in NOTE_COLUMNS] for note in notes]
    return np.array(rows, dtype=float).reshape(-1, len(NOTE_COLUMNS))  # None becomes NaN


def save(path: str | os.PathLike[str], conversion: Conversion) -> None:
    """Write ``arrays``, without compression. Raises UserError if the file cannot be written."""
    with writing(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays(conversion))  # type: ignore[arg-type]
