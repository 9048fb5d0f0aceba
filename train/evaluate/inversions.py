"""Every inversion on the same mels: its time, and its errors on real mels and on generated ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from hum2guitar import Config, Hum2Guitar
from hum2guitar.errors import CorpusError
from hum2guitar.synthesis.inversion import INVERSIONS
from train.evaluate import note_metrics
from train.evaluate.figures import Judge, distances, judged, measurable, true_notes
from train.evaluate.measured import Measured, mean
from train.evaluate.source import AS_PLAYED, GUITAR, Source, find_sources, read_source

REAL, GENERATED = "real mel", "generated"
SECONDS = "seconds per second"
WARM_UP_FRAMES = 8
Table = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Inverted:
    """One recording by every inversion: sounds (T,) by inversion, and figures by measure and inversion."""

    sounds: dict[str, np.ndarray]
    table: Table


def fitting(config: Config) -> list[str]:
    """List the inversions that can take the mels of a Config."""
    return [name for name, inversion in INVERSIONS.items() if inversion.incompatibility(config) is None]


def warm_up(config: Config) -> None:
    """Invert a few frames in each way, so that what is loaded or compiled once does not count."""
    mel_db = np.zeros((config.n_mels, WARM_UP_FRAMES), dtype=np.float32)
    f0_hz = np.full(WARM_UP_FRAMES, 220.0, dtype=np.float32)
    for name in fitting(config):
        INVERSIONS[name].invert(mel_db, f0_hz, (WARM_UP_FRAMES - 1) * config.hop_length, config)


def invert_clip(converter: Hum2Guitar, source: Source, judge: Judge | None) -> Inverted:
    """Render one recording by every inversion, and measure each.

    A guitar recording's own mel is inverted too. The time is that of inverting the generated mel, over the length of
    the sound.
    """
    config = converter.config
    sounds: dict[str, np.ndarray] = {}
    table: Table = {}
    for name in fitting(config):
        rendered = converter.render(source.played, replace(AS_PLAYED[source.kind], inversion=name))
        sounds[name] = rendered.waveform
        sound = measurable(rendered.waveform, config.sample_rate)
        found = {f"{GENERATED}, {source.kind}: {row}": value for row, value in _measure(source, sound, judge).items()}
        if source.kind == GUITAR:
            real = INVERSIONS[name].invert(source.heard.mel_db, source.heard.f0_hz, source.heard.n_samples, config)
            real_found = distances(source, measurable(real, config.sample_rate))
            found = {f"{REAL}: {row}": value for row, value in real_found.items()} | found
        for row, value in found.items():
            table.setdefault(row, {})[name] = float(value)
        table.setdefault(SECONDS, {})[name] = rendered.seconds["inversion"] / source.seconds
    return Inverted(sounds, table)


def _measure(source: Source, sound: np.ndarray, judge: Judge | None) -> dict[str, Measured]:
    if source.kind == GUITAR:
        return distances(source, sound) | judged(sound, judge)
    notes = true_notes(source)
    return {
        "attack time (ms)": note_metrics.attack_time(sound, notes),
        "attacked": note_metrics.attacked(sound, notes),
        "note_accuracy": note_metrics.note_accuracy(sound, notes),
    } | judged(sound, judge)


def average(tables: Iterable[Table]) -> Table:
    """Average the figures of several recordings over those that have them; the time comes last."""
    tables = list(tables)
    if not tables:
        return {}
    rows = [row for row in dict.fromkeys(row for table in tables for row in table) if row != SECONDS]
    having = {row: [table[row] for table in tables if row in table] for row in [*rows, SECONDS]}
    return {row: {name: mean([found[name] for found in having[row]]) for name in having[row][0]} for row in having}


def compare(converter: Hum2Guitar, guitar: Path | None, hums: Path | None, judge: Judge | None = None) -> Table:
    """Compare the inversions on recordings of guitars and on hums with true notes.

    Returns
    -------
    figures : by measure and inversion

    Raises
    ------
    CorpusError
        Where there is no recording, or one that cannot be measured, which it names.
    """
    found = find_sources(guitar, hums)
    if not found:
        raise CorpusError("there is nothing to invert; give guitar recordings, or hums with true notes, or both")
    warm_up(converter.config)
    tables = [
        invert_clip(converter, read_source(converter, kind, path), judge).table
        for kind, path in tqdm(found, desc="recordings", unit="recording")
    ]
    return average(tables)
