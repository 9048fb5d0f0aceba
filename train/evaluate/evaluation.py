"""The evaluation of a checkpoint: every recording measured, and the figures averaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hum2guitar import Hum2Guitar, Sound, mel
from hum2guitar.metrics.measured import Measured, mean
from hum2guitar.note import Note
from hum2guitar.synthesis.inversion import warm_up
from train.corpus.annotated import recordings
from train.corpus.samples import load_guitars
from train.evaluate import by_guitar, hum_like, inversions, note_eval, variance
from train.evaluate.bootstrap import interval
from train.evaluate.clip import LABEL, MODEL, PLAYBACK, Clip, measure_clip, play_back
from train.evaluate.figures import Judge
from train.evaluate.fingering_eval import fingering
from train.evaluate.inversions import Inverted, Table, invert_clip
from train.evaluate.plucks import HUMS, Plucks, Pooled, pool_all
from train.evaluate.source import GUITAR, HUM, Source, find_sources, read_source
from train.synth.guitar import RENDER_RATE

Visit = Callable[[Clip, Inverted], None]


@dataclass(frozen=True)
class Folders:
    """What a checkpoint is measured on. What is None is left out.

    guitar : recordings of guitars
    hums : recordings of hums; those with true notes beside them (NAME.notes.csv) count
    notes : note samples, for the column of the notes played back
    corpus : a corpus, whose validation takes are what its guitars are compared with, and show what hum-like labels cost
    references : recordings of guitars that are only measured as they are, as those of ``guitar`` are besides
    """

    guitar: Path | None = None
    hums: Path | None = None
    notes: Path | None = None
    corpus: Path | None = None
    references: Path | None = None


@dataclass(frozen=True)
class _Measured:
    """What is kept of a recording when its sounds are dropped."""

    source: Source
    figures: dict[str, dict[str, Measured]]
    table: Table
    inverted: Inverted
    variance: dict[str, dict[str, Measured]]
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
    results : ready for ``write_json``; NaN where nothing could be measured
        ``guitar``, ``hum`` — figures by measure and column, and 95 % intervals of the model's figures by measure;
        ``clips`` — kind and figures of each recording; ``notes`` — as ``note_eval.table``; ``fingering`` — as
        ``fingering_eval.fingering``, of the hums; ``inversions`` — by measure and inversion; ``fidelity`` — as
        ``inversions.fidelity``; ``plucks`` — as ``Plucks.table``; ``guitars`` — as ``by_guitar.compare``; ``variance``
        — by column and band, of the guitar recordings; ``real_time_factor`` — by stage, of the hums; ``hum_like`` — mel
        L1 by kind of label, where a corpus is given

    Raises
    ------
    UserError
        For a folder that cannot be used, and for a recording that cannot be measured, which it names.
    """
    guitars = load_guitars(folders.notes) if folders.notes else []
    warm_up(converter.config)
    plucks, measured = Plucks(), list[_Measured]()
    for path in _real_guitars(folders):
        plucks.add_recording(path)
    for kind, path in tqdm(find_sources(folders.guitar, folders.hums), desc="recordings", unit="recording"):
        source = read_source(converter, kind, path)
        generated = converter.render(source.played)
        playback = play_back(source, guitars) if guitars else None
        clip = measure_clip(converter, source, generated, playback, judge)
        inverted = invert_clip(source, generated, judge)
        if visit is not None:
            visit(clip, inverted)
        _add_plucks(plucks, clip, inverted, playback)
        measured.append(
            _Measured(
                source,
                clip.figures,
                clip.table,
                inverted=replace(inverted, sounds={}),
                variance=_variance(source, generated) if kind == GUITAR else {},
                real_time_factor=clip.real_time_factor,
            )
        )
    hums = [clip.source for clip in measured if clip.source.kind == HUM]
    results = _summary(measured) | {
        "notes": _notes(converter, hums, legato_hums),
        "fingering": fingering(hum.played for hum in hums),
        "plucks": plucks.table(),
        "guitars": by_guitar.compare(converter, folders.corpus, [hum.played for hum in hums[: by_guitar.N_HUMS]]),
    }
    if folders.corpus is not None:
        results["hum_like"] = hum_like.compare(converter, folders.corpus)
    return results


def _real_guitars(folders: Folders) -> list[Path]:
    """List the recordings of guitars that are measured as they are, each name once."""
    return list({path.name: path for path in recordings(folders.references) + recordings(folders.guitar)}.values())


def _add_plucks(plucks: Plucks, clip: Clip, inverted: Inverted, playback: np.ndarray | None) -> None:
    """Add the sounds of a recording to the table of plucks: a hum's label and playback too."""
    source = clip.source
    plucks.add_clip(source, inverted.sounds)
    if source.kind == HUM:
        notes = source.played.notes
        plucks.add(f"{HUMS}, {LABEL}", clip.sounds[LABEL], source.heard.config.sample_rate, notes)
        if playback is not None:
            plucks.add(f"{HUMS}, {PLAYBACK}", playback, RENDER_RATE, notes)


def _notes(converter: Hum2Guitar, hums: list[Source], legato_hums: int) -> Table:
    scores = note_eval.Scores()
    for hum in hums:
        truth = [Note(onset_s, offset_s, midi, 1.0) for onset_s, offset_s, midi in hum.truth.tolist()]
        scores.add_sung(Path(hum.name).stem, truth, hum.heard)
    scores.add_legato(converter, legato_hums)
    return scores.table()


def _variance(source: Source, generated: Sound) -> dict[str, dict[str, Measured]]:
    config = source.heard.config
    mels = {MODEL: generated.mel_db, LABEL: mel.denormalise(generated.label[0], config)}
    return {column: variance.ratios(source.heard.mel_db, mel_db, config) for column, mel_db in mels.items()}


def _summary(measured: list[_Measured]) -> dict[str, Any]:
    by_kind = {kind: [clip for clip in measured if clip.source.kind == kind] for kind in (GUITAR, HUM)}
    return {
        **{kind: {"figures": _mean(clips), "intervals": _intervals(clips)} for kind, clips in by_kind.items()},
        "clips": {clip.source.name: {"kind": clip.source.kind, "figures": clip.table} for clip in measured},
        "inversions": inversions.average(clip.inverted.table for clip in measured),
        "fidelity": inversions.fidelity(clip.inverted for clip in measured),
        "variance": _pooled_variance(by_kind[GUITAR]),
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


def _pooled_variance(clips: list[_Measured]) -> dict[str, Pooled]:
    columns = clips[0].variance if clips else {}
    return {column: pool_all([clip.variance[column] for clip in clips]) for column in columns}


def _mean_factors(clips: list[_Measured]) -> dict[str, float]:
    if not clips:
        return {}
    factors = {stage: mean([clip.real_time_factor[stage] for clip in clips]) for stage in clips[0].real_time_factor}
    return {**factors, "total": sum(factors.values())}
