"""Every inversion on the same mels: its time, and its errors on real mels and on generated ones."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hum2guitar import Hum2Guitar
from hum2guitar.metrics.measured import Measured, mean
from hum2guitar.synthesis.inversion import INVERSIONS, fitting, warm_up
from hum2guitar.synthesis.sound import Sound, controls_of, finish, without_pre_echo
from train.evaluate import note_metrics
from train.evaluate.fidelity import Errors, errors, join
from train.evaluate.figures import Judge, distances, judged, measurable, true_notes
from train.evaluate.source import GUITAR, Source, read_source, required_sources

REAL, GENERATED = "real mel", "generated"
SECONDS = "seconds per second"
Table = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Inverted:
    """One recording by every inversion.

    Attributes
    ----------
    sounds : (T,) by inversion
    table : figures by measure and inversion
    errors : errors of the mel of each sound, by kind of mel and inversion
    """

    sounds: dict[str, np.ndarray]
    table: Table
    errors: dict[str, dict[str, Errors]] = field(default_factory=dict)


def invert_clip(source: Source, generated: Sound, judge: Judge | None) -> Inverted:
    """Invert the mel that was generated for a recording in every way, and measure each sound.

    The sounds are those of a conversion: what is plucked has no echo before a pluck. The errors are those of the
    inversion alone. A guitar recording's own mel is inverted too. The time is that of inverting the generated mel, over
    the length of the sound.
    """
    config, f0_hz = source.heard.config, controls_of(source.played).f0_hz
    found = Inverted({}, {})
    for name in fitting(config):
        start = time.perf_counter()
        inverted = INVERSIONS[name].invert(generated.mel_db, f0_hz, source.played.n_samples, config)
        factor = (time.perf_counter() - start) / source.seconds
        found.sounds[name] = finish(without_pre_echo(inverted, source.played), config)
        figures = _generated(source, measurable(found.sounds[name], config.sample_rate), judge)
        kinds = {f"{GENERATED}, {source.kind}": errors(generated.mel_db, inverted, config)}
        if source.kind == GUITAR:
            real = INVERSIONS[name].invert(source.heard.mel_db, source.heard.f0_hz, source.heard.n_samples, config)
            distance = distances(source, measurable(real, config.sample_rate))
            figures = {f"{REAL}: {row}": value for row, value in distance.items()} | figures
            kinds = {REAL: errors(source.heard.mel_db, real, config)} | kinds
        for row, value in figures.items():
            found.table.setdefault(row, {})[name] = float(value)
        for kind, error in kinds.items():
            found.errors.setdefault(kind, {})[name] = error
        found.table.setdefault(SECONDS, {})[name] = factor
    return found


def _generated(source: Source, sound: np.ndarray, judge: Judge | None) -> dict[str, Measured]:
    return {f"{GENERATED}, {source.kind}: {row}": value for row, value in _measure(source, sound, judge).items()}


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


def fidelity(found: Iterable[Inverted]) -> dict[str, dict[str, dict[str, float]]]:
    """Return the mean error of the inverted mel by kind of mel, inversion and third of an octave (``fidelity``)."""
    by_kind: dict[str, dict[str, list[Errors]]] = {}
    for inverted in found:
        for kind, row in inverted.errors.items():
            for name, error in row.items():
                by_kind.setdefault(kind, {}).setdefault(name, []).append(error)
    return {
        kind: {name: join(sounds).by_third() for name, sounds in by_kind[kind].items()}
        for kind in sorted(by_kind, key=lambda kind: kind != REAL)
    }


def compare(
    converter: Hum2Guitar, guitar: Path | None, hums: Path | None, judge: Judge | None = None
) -> dict[str, Any]:
    """Compare the inversions on recordings of guitars and on hums with true notes.

    Returns
    -------
    results : ready for JSON
        ``inversions`` — by measure and inversion; ``fidelity`` — as ``fidelity``

    Raises
    ------
    CorpusError
        Where there is no recording, or one that cannot be measured, which it names.
    """
    paths = required_sources(guitar, hums, "invert")
    warm_up(converter.config)
    found = []
    for kind, path in tqdm(paths, desc="recordings", unit="recording"):
        source = read_source(converter, kind, path)
        found.append(replace(invert_clip(source, converter.render(source.played), judge), sounds={}))
    return {"inversions": average(inverted.table for inverted in found), "fidelity": fidelity(found)}
