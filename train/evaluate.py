"""One table for a checkpoint, with what it is to be compared to in columns of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hum2guitar import Conversion, Hum2Guitar, audio, inversion, mel
from hum2guitar.errors import CorpusError
from hum2guitar.notes import level_of

from . import metrics
from .corpus import sampled

SUFFIXES = {".wav", ".flac", ".ogg", ".mp3"}
MODEL, LABEL, REAL_MEL, NNLS, PLAYBACK = "model", "label alone", "real mel", "same by NNLS", "note playback"
Table = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Evaluation:
    """Figures by measure and column, the same by clip, and the real-time factor of each stage of the path."""

    guitar: Table
    hum: Table
    real_time_factor: dict[str, float]
    clips: dict[str, Table]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "guitar to guitar": self.guitar,
            "hum to guitar": self.hum,
            "real-time factor": self.real_time_factor,
            "clips": self.clips,
        }

    def to_text(self) -> str:
        """The table as a person reads it."""
        lines = _table_lines("guitar to guitar", self.guitar) + _table_lines("hum to guitar", self.hum)
        stages = "  ".join(f"{name} {value:.3f}" for name, value in self.real_time_factor.items())
        for clip, table in self.clips.items():
            lines.append(f"{clip:36}" + "  ".join(f"{name} {row[MODEL]:.3f}" for name, row in table.items()))
        return "\n".join([*lines, "", f"real-time factor: {stages or 'no hums given'}"])


def _table_lines(title: str, table: Table) -> list[str]:
    if not table:
        return [f"{title}: no recordings given", ""]
    columns = list(next(iter(table.values())))
    lines = [f"{title:22}" + "".join(f"{column:>15}" for column in columns)]
    lines += [f"{name:22}" + "".join(f"{row[column]:15.3f}" for column in columns) for name, row in table.items()]
    return [*lines, ""]


def evaluate(converter: Hum2Guitar, guitar: Path | None, hums: Path | None, notes: Path | None) -> Evaluation:
    """Measure a converter on guitar recordings and on hums with true notes (NAME.notes.csv beside NAME.flac).

    ``notes`` is a folder of note samples for the playback column, which is left out without it.
    """
    guitars = sampled.load_guitars(notes) if notes else []
    clips: dict[str, Table] = {}
    for path in recordings(guitar):
        clips[path.name] = measure_guitar(converter, path, guitars)
    n_guitar = len(clips)
    factors = []
    for path in recordings(hums):
        if path.with_suffix(".notes.csv").is_file():
            clips[path.name], conversion, seconds = measure_hum(converter, path, guitars)
            factors.append({stage: value / seconds for stage, value in conversion.seconds.items()})
    tables = list(clips.values())
    real_time_factor = {}
    if factors:
        real_time_factor = {stage: float(np.mean([f[stage] for f in factors])) for stage in factors[0]}
        real_time_factor["total"] = sum(real_time_factor.values())
    return Evaluation(_mean(tables[:n_guitar]), _mean(tables[n_guitar:]), real_time_factor, clips)


def recordings(folder: Path | None) -> list[Path]:
    """The recordings in a folder. Raises CorpusError for a folder that is missing or holds none."""
    if folder is None:
        return []
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise CorpusError(f"there are no recordings in {folder}; give a folder of wav or flac files")
    return found


def measure_guitar(converter: Hum2Guitar, path: Path, guitars: list[sampled.Guitar]) -> Table:
    """A guitar recording resynthesised (transposed by 0, its envelope followed), against itself."""
    waveform, sample_rate = audio.load(path)
    config = converter.config
    reference = audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db)
    conversion = converter.convert(waveform, sample_rate, transpose=0, articulation="follow")
    table: Table = {"mel_l1 (dB)": {}, "motion ratio": {}, "motion correlation": {}, "logmag (dB)": {}}
    for column, sound in columns(conversion, guitars).items():
        aligned = audio.set_loudness(sound, config.sample_rate, config.loudness_db)
        ratio, correlation = metrics.motion(reference, sound)
        values = (metrics.mel_l1(reference, sound), ratio, correlation, metrics.logmag(reference, aligned))
        for row, value in zip(table.values(), values, strict=True):
            row[column] = value
    return table


def measure_hum(converter: Hum2Guitar, path: Path, guitars: list[sampled.Guitar]) -> tuple[Table, Conversion, float]:
    """A hum converted as the page does it, against its true notes; also the conversion and the hum's seconds."""
    waveform, sample_rate = audio.load(path)
    truth = np.loadtxt(path.with_suffix(".notes.csv"), delimiter=",", ndmin=2)
    conversion = converter.convert(waveform, sample_rate)
    measures: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
        "note_accuracy": metrics.note_accuracy,
        "attacked": metrics.attacked,
        "decay (dB/s)": metrics.decay_db_per_s,
    }
    sounds = columns(conversion, guitars)
    table = {name: {column: f(sound, truth) for column, sound in sounds.items()} for name, f in measures.items()}
    return table, conversion, len(waveform) / sample_rate


def columns(conversion: Conversion, guitars: list[sampled.Guitar]) -> dict[str, np.ndarray]:
    """What is compared: the model, the label sounded as it is, the input's own mel inverted (twice), note samples."""
    config, n_samples = conversion.config, len(conversion.waveform)
    f0_hz = conversion.f0_hz
    moved_hz = f0_hz * 2 ** (conversion.transpose_semitones / 12)
    label_db = mel.denormalise(conversion.label[0], config)
    sounds = {
        MODEL: conversion.waveform,
        LABEL: inversion.invert(label_db, moved_hz, n_samples, config),
        REAL_MEL: inversion.invert(conversion.hum_mel_db, f0_hz, n_samples, config),
        NNLS: inversion.invert(conversion.hum_mel_db, f0_hz, n_samples, config, method="nnls"),
    }
    if guitars:
        sounds[PLAYBACK] = play_back(conversion, guitars)
    return sounds


def play_back(conversion: Conversion, guitars: list[sampled.Guitar]) -> np.ndarray:
    """The notes that were heard, played from the samples of the guitar whose range holds most of them."""

    def n_playable(guitar: sampled.Guitar) -> int:
        low, high = guitar.range
        return sum(low <= note.midi <= high for note in conversion.notes)

    strokes = [
        sampled.Stroke(note.onset_s, note.offset_s - note.onset_s, note.midi, level_of(note.velocity), 0.05)
        for note in conversion.notes
    ]
    rate = conversion.sample_rate
    seconds = len(conversion.waveform) / rate
    rendered = sampled.render_take(strokes, max(guitars, key=n_playable), seconds)
    return audio.resample(rendered, sampled.RENDER_RATE, rate)


def _mean(tables: list[Table]) -> Table:
    if not tables:
        return {}
    return {
        name: {column: float(np.nanmean([table[name][column] for table in tables])) for column in row}
        for name, row in tables[0].items()
    }
