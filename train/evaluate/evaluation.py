"""The evaluation of a checkpoint: every recording measured, and the figures averaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hum2guitar import Hum2Guitar
from hum2guitar.note import Note
from train.corpus.samples import load_guitars
from train.evaluate import hum_like, inversions, note_eval
from train.evaluate.clip import MODEL, Clip, measure_clip
from train.evaluate.figures import Judge
from train.evaluate.inversions import Inverted, Table, invert_clip
from train.evaluate.measured import Measured, interval, mean
from train.evaluate.source import GUITAR, HUM, Source, find_sources, read_source

Visit = Callable[[Clip, Inverted], None]


@dataclass(frozen=True)
class Folders:
    """What a checkpoint is measured on. What is None is left out.

    guitar : recordings of guitars
    hums : recordings of hums; those with true notes beside them (NAME.notes.csv) count
    notes : note samples, for the column of the notes played back
    corpus : a corpus, whose validation takes show what hum-like labels cost
    """

    guitar: Path | None = None
    hums: Path | None = None
    notes: Path | None = None
    corpus: Path | None = None


@dataclass(frozen=True)
class _Measured:
    """What is kept of a recording when its sounds are dropped."""

    name: str
    kind: str
    figures: dict[str, dict[str, Measured]]
    table: Table
    inversions: Table
    real_time_factor: dict[str, float]


def evaluate(
    converter: Hum2Guitar,
    folders: Folders,
    judge: Judge | None = None,
    *,
    visit: Visit | None = None,
    legato_hums: int = note_eval.N_HUMS,
) -> dict[str, Any]:
    """Measure a converter.

    Parameters
    ----------
    folders : the recordings
    judge : a classifier that tells guitars from other sounds
    visit : called with each recording's figures and sounds
    legato_hums : how many computed hums the table of notes has

    Returns
    -------
    results : ready for JSON
        ``guitar``, ``hum`` — figures by measure and column, and 95 % intervals of the model's figures by measure;
        ``clips`` — kind and figures of each recording; ``notes`` — as ``note_eval.table``; ``inversions`` — by measure
        and inversion; ``real_time_factor`` — by stage, of the hums; ``hum_like`` — mel L1 by kind of label, where a
        corpus is given

    Raises
    ------
    UserError
        For a folder that cannot be used, and for a recording that cannot be measured, which it names.
    """
    guitars = load_guitars(folders.notes) if folders.notes else []
    inversions.warm_up(converter.config)
    measured: list[_Measured] = []
    scores = note_eval.Scores()
    for kind, path in tqdm(find_sources(folders.guitar, folders.hums), desc="recordings", unit="recording"):
        source = read_source(converter, kind, path)
        clip, inverted = measure_clip(converter, source, guitars, judge), invert_clip(converter, source, judge)
        if visit is not None:
            visit(clip, inverted)
        if kind == HUM:
            scores.add_sung(path.stem, _true_notes(source), source.heard)
        measured.append(
            _Measured(path.name, kind, clip.figures, clip.table, inverted.table, clip.real_time_factor)
        )  # fmt: skip
    scores.add_legato(converter, legato_hums)
    results = _summary(measured) | {"notes": scores.table()}
    if folders.corpus is not None:
        results["hum_like"] = hum_like.compare(converter, folders.corpus)
    return results


def _true_notes(source: Source) -> list[Note]:
    return [Note(onset_s, offset_s, midi, 1.0) for onset_s, offset_s, midi in source.truth.tolist()]


def _summary(measured: list[_Measured]) -> dict[str, Any]:
    by_kind = {kind: [clip for clip in measured if clip.kind == kind] for kind in (GUITAR, HUM)}
    return {
        **{kind: {"figures": _mean(clips), "intervals": _intervals(clips)} for kind, clips in by_kind.items()},
        "clips": {clip.name: {"kind": clip.kind, "figures": clip.table} for clip in measured},
        "inversions": inversions.average(clip.inversions for clip in measured),
        "real_time_factor": _mean_factors(by_kind[HUM]),
    }


def _mean(clips: list[_Measured]) -> Table:
    if not clips:
        return {}
    tables = [clip.table for clip in clips]
    return {
        name: {column: mean([table[name][column] for table in tables]) for column in row}
        for name, row in tables[0].items()
    }


def _intervals(clips: list[_Measured]) -> dict[str, tuple[float, float]]:
    names = clips[0].figures if clips else {}
    return {name: interval([clip.figures[name][MODEL] for clip in clips]) for name in names}


def _mean_factors(clips: list[_Measured]) -> dict[str, float]:
    if not clips:
        return {}
    factors = {stage: mean([clip.real_time_factor[stage] for clip in clips]) for stage in clips[0].real_time_factor}
    return {**factors, "total": sum(factors.values())}
