"""The table of plucks: ``treble`` of every kind of sound, over the notes of all its recordings together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hum2guitar import metrics
from hum2guitar.analysis import audio
from hum2guitar.metrics import treble
from hum2guitar.metrics.measured import Measured
from hum2guitar.note import Note
from train.evaluate.bootstrap import pool
from train.evaluate.source import HUM, Source

HUMS, FOLLOWED, RECORDED = "hums", "solos in follow", "recordings"
Pooled = dict[str, dict[str, Any]]  # by measure: figure, interval and number of notes


@dataclass
class Plucks:
    """The measures of each row of the table, collected sound by sound."""

    rows: dict[str, list[dict[str, Measured]]] = field(default_factory=dict)

    def add(self, row: str, waveform: np.ndarray, sample_rate: int, notes: Sequence[Note] = ()) -> None:
        """Measure one more sound of a row, (T,) at its own rate; ``notes`` as in ``measure``."""
        self.rows.setdefault(row, []).append(measure(waveform, sample_rate, notes))

    def add_clip(self, source: Source, inverted: Mapping[str, np.ndarray]) -> None:
        """Measure a converted recording by every inversion: sounds (T,) by its name, at the checkpoint's rate."""
        kind, notes = (HUMS, source.played.notes) if source.kind == HUM else (FOLLOWED, ())
        for name, waveform in inverted.items():
            self.add(f"{kind}, {name}", waveform, source.heard.config.sample_rate, notes)

    def add_recording(self, path: Path) -> None:
        """Measure a recording of a guitar as it is. It belongs to the row that the first word of its name says."""
        waveform, sample_rate = audio.load(path)
        self.add(f"{RECORDED}, {path.stem.partition('_')[0]}", audio.mix_to_mono(waveform), sample_rate)

    def table(self) -> dict[str, Pooled]:
        """Return the pooled figures by row and measure."""
        return {row: pool_all(clips) for row, clips in self.rows.items()}


def measure(waveform: np.ndarray, sample_rate: int, notes: Sequence[Note] = ()) -> dict[str, Measured]:
    """Measure one sound, (T,) at any rate; before its plucks only where their ``notes`` are given."""
    full = audio.resample(waveform, sample_rate, treble.SAMPLE_RATE)
    found = treble.treble(full)
    found |= treble.between_harmonics(audio.resample(waveform, sample_rate, metrics.SAMPLE_RATE))
    return found | (treble.pre_echo(full, notes) if notes else {})


def pool_all(clips: Sequence[dict[str, Measured]]) -> Pooled:
    """Pool every measure over the notes of several sounds."""
    return {name: pool([clip[name] for clip in clips]) for name in clips[0]}
