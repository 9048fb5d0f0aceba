"""The parts of a view's value: numbers of the analysis → JSON and greyscale PNG files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from hum2guitar import Config, Note, Played
from hum2guitar.export import tablature
from hum2guitar.export.score import events_of
from hum2guitar.note import NAMES

MAX_COLUMNS = 8192  # of an image: about three minutes frame by frame; every browser can draw it
DIFFERENCE_DB = 24.0  # the ends of the diverging scale


def sound(name: str, label: str, file: str | Path | Mapping[str, Any] | None, download: bool = True) -> dict[str, Any]:
    """Describe a sound; ``file`` is None until there is one. ``download`` offers it as a file."""
    return {"id": name, "label": label, "file": file, "download": download}


def notes(given: Iterable[Note]) -> list[dict[str, Any]]:
    """Describe notes for the note table or an F0 panel: in full, because the view sends them back."""
    return [
        {
            "onset_s": float(note.onset_s),
            "offset_s": float(note.offset_s),
            "midi": float(note.midi),
            "velocity": float(note.velocity),
            "plucked": bool(note.plucked),
        }
        for note in given
    ]


def curve(label: str, f0_hz: np.ndarray, confidence: np.ndarray | None, frame_s: float) -> dict[str, Any]:
    """Describe an F0 curve.

    Parameters
    ----------
    label : its name in the legend
    f0_hz : (N,) — Hz, or cents for a panel of cents; NaN where unvoiced
    confidence : (N,) — 0 to 1; None where there is none
    frame_s : s from frame to frame
    """
    return {
        "label": label,
        "frame_s": frame_s,
        "hz": [round(hz, 1) if hz == hz else None for hz in f0_hz.tolist()],
        "confidence": None if confidence is None else (100 * confidence).round().astype(int).tolist(),
    }


def f0_panel(
    title: str,
    curves: Sequence[dict[str, Any]],
    heard: Iterable[Note] = (),
    spans: Iterable[Sequence[float]] = (),
    kind: str = "f0",
) -> dict[str, Any]:
    """Describe a panel of curves, notes, and spans ``[from_s, to_s]`` that are shaded; ``kind`` is "f0" or "cents"."""
    shaded = [[round(start, 3), round(stop, 3)] for start, stop in spans]
    return {"kind": kind, "title": title, "curves": list(curves), "notes": notes(heard), "spans": shaded}


def tab(title: str, played: Played) -> dict[str, Any]:
    """Describe the tablature: strings from top to bottom, the beat, each note with its mark, and the whole as a text.

    A mark says how a note is reached, its fret, and what it does, as in the ASCII tablature.
    """
    marks = [
        {
            "onset_s": float(event.note.onset_s),
            "offset_s": float(event.note.offset_s),
            "name": event.note.name,
            "string": event.note.string,
            "mark": tablature.mark(event),
        }
        for event in events_of(played)
    ]
    strings = [NAMES[midi % 12] for midi in played.neck.open_midi]
    moved = any(a.onset_s != b.onset_s for a, b in zip(played.notes, played.hummed, strict=True))  # to the beat
    beat = {"bpm": round(played.grid.bpm, 1), "first_beat_s": round(played.grid.first_beat_s, 3), "moved": moved}
    return {"kind": "tab", "title": title, "strings": strings, **beat, "marks": marks, "text": tablature.write(played)}


def mel_panel(
    title: str,
    config: Config,
    images: Sequence[dict[str, Any]],
    overlay: bool = False,
    plucks: Iterable[float] = (),
    kind: str = "mel",
) -> dict[str, Any]:
    """Describe a panel of mel spectrograms, or with ``kind="difference"`` of their differences.

    Parameters
    ----------
    title : what stands above the panel
    config : the settings of the mel spectrograms
    images : from ``mel_image`` or ``difference_image``; none while they are on their way
    overlay : whether F0 is drawn over it
    plucks : times in s that are marked
    kind : "mel" or "difference"
    """
    axis = {"n_mels": config.n_mels, "fmin_hz": config.fmin_hz, "fmax_hz": config.fmax_hz}
    marked = [round(s, 3) for s in plucks]
    return {"kind": kind, "title": title, "axis": axis, "images": list(images), "overlay": overlay, "plucks": marked}


def mel_image(
    path: Path, mel_db: np.ndarray, config: Config, label: str, of_sound: str | None = None
) -> dict[str, Any]:
    """Write a mel spectrogram to a PNG file and describe it.

    Parameters
    ----------
    path : the file to write
    mel_db : (M, N) — dB; a long one is reduced by maxima, so no onset is lost
    config : the settings of the mel spectrogram
    label : its name among the images of a panel
    of_sound : the id of the sound that it is the mel of; None for an image that stays whatever plays
    """
    step = _step(mel_db)
    columns = np.maximum.reduceat(mel_db, np.arange(0, mel_db.shape[1], step), axis=1)
    described = _image(path, columns, config.mel_floor_db, config.mel_ceil_db)
    return described | _place(config, step) | {"label": label, "sound": of_sound}


def difference_image(
    path: Path, difference_db: np.ndarray, config: Config, label: str, of_sound: str | None = None
) -> dict[str, Any]:
    """Write the difference of two mel spectrograms (M, N) in dB to a PNG file and describe it.

    A long one is reduced to its strongest values. The other parameters are those of ``mel_image``.
    """
    step = _step(difference_db)
    starts = np.arange(0, difference_db.shape[1], step)
    high, low = (reduce.reduceat(difference_db, starts, axis=1) for reduce in (np.maximum, np.minimum))
    described = _image(path, np.where(-low > high, low, high), -DIFFERENCE_DB, DIFFERENCE_DB)
    return described | _place(config, step) | {"label": label, "sound": of_sound}


def _step(db: np.ndarray) -> int:
    """How many frames of (M, N) one column stands for."""
    return -(-db.shape[1] // MAX_COLUMNS)


def _place(config: Config, step: int) -> dict[str, float]:
    """Where the columns lie in time: the middle of a frame is at its time."""
    return {"start_s": -0.5 * config.frame_s, "column_s": step * config.frame_s}


def _image(path: Path, db: np.ndarray, low_db: float, high_db: float) -> dict[str, Any]:
    """Write (M, columns) in dB as a greyscale PNG, the lowest row at the bottom."""
    grey = np.rint(255 * np.clip((db - low_db) / (high_db - low_db), 0, 1)).astype(np.uint8)
    Image.fromarray(grey[::-1]).save(path, compress_level=4)  # twice as fast as 6, and 3 % larger
    return {"file": str(path), "low_db": low_db, "high_db": high_db}
