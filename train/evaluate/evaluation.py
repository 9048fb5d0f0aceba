"""One table for a checkpoint, with what it is to be compared to in columns of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from hum2guitar import Conversion, Hum2Guitar, mel
from hum2guitar.analysis import audio
from hum2guitar.errors import CorpusError, UserError
from hum2guitar.note import level_of
from hum2guitar.synthesis.inversion import griffin_lim
from train.corpus.recordings import SUFFIXES
from train.corpus.samples import load_guitars
from train.evaluate import decay_curve, hum_like, metrics, note_eval, note_metrics
from train.evaluate.measured import Measured, in_segments, interval, mean, ratio
from train.synth.guitar import RENDER_RATE, Guitar
from train.synth.melody import Stroke
from train.synth.render import render_take

MODEL, LABEL, REAL_MEL, NNLS, PLAYBACK = "model", "label alone", "real mel", "same by NNLS", "note playback"
FOLLOW = "follow"
GUITAR, HUM = "guitar to guitar", "hum to guitar"
INTERVAL = "model, 95 %"
JUDGE = "judge (share guitar)"
LEADING = (
    "mel_l1 (dB)",
    "motion ratio",
    "motion correlation",
    "logmag (dB)",
    "note_accuracy",
    "attacked",
    "decay (dB/s)",
)
Table = dict[str, dict[str, float]]
Figures = dict[str, dict[str, Measured]]


class Judge(Protocol):
    """What the evaluation needs of a guitar-or-not classifier."""

    def share(self, waveform: np.ndarray) -> float:
        """The share of the half-seconds of (T,) at 22 050 Hz that it takes for a guitar."""
        ...


@dataclass(frozen=True)
class Clip:
    """One recording measured: ``title`` is GUITAR or HUM; ``recording`` and ``sounds`` (by column) are (T,) float32.

    figures : by measure and column
    seconds : by stage of the conversion
    """

    name: str
    title: str
    recording: np.ndarray
    sounds: dict[str, np.ndarray]
    figures: Figures
    sample_rate: int
    real_time_factor: dict[str, float]

    @property
    def table(self) -> Table:
        """The figures as numbers."""
        return {name: {column: float(m) for column, m in row.items()} for name, row in self.figures.items()}


@dataclass(frozen=True)
class Evaluation:
    """Figures by measure and column, the same by clip, and the real-time factor of each stage of the path.

    intervals : by title and measure, the bootstrap interval of the model's figure
    hum_like : mel L1 by the kind of label; empty where no corpus was given
    notes : what ``note_eval`` says of the notes heard in the hums
    """

    guitar: Table
    hum: Table
    real_time_factor: dict[str, float]
    clips: dict[str, Table]
    intervals: dict[str, dict[str, tuple[float, float]]]
    hum_like: dict[str, float] = field(default_factory=dict)
    notes: Table = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            GUITAR: self.guitar,
            HUM: self.hum,
            "intervals of the model, 95 %": self.intervals,
            "mel_l1 by label (dB)": self.hum_like,
            "notes": self.notes,
            "real-time factor": self.real_time_factor,
            "clips": self.clips,
        }

    def to_text(self) -> str:
        """The table as a person reads it."""
        lines = []
        for title, table in ((GUITAR, self.guitar), (HUM, self.hum)):
            lines += _table_lines(title, table, self.intervals.get(title, {}))
        for clip, clip_table in self.clips.items():
            leading = (f"{name} {row[MODEL]:.3f}" for name, row in clip_table.items() if name in LEADING)
            lines.append(f"{clip:36}" + "  ".join(leading))
        if self.hum_like:
            labels = "  ".join(f"{name} {value:.3f}" for name, value in self.hum_like.items())
            lines += ["", f"mel_l1 (dB), held-out takes: {labels}"]
        lines += ["", *note_eval.to_lines(self.notes)]
        stages = "  ".join(f"{name} {value:.3f}" for name, value in self.real_time_factor.items())
        return "\n".join([*lines, "", f"real-time factor: {stages or 'no hums given'}"])


def _table_lines(title: str, table: Table, intervals: dict[str, tuple[float, float]]) -> list[str]:
    if not table:
        return [f"{title}: no recordings given", ""]
    columns = list(next(iter(table.values())))
    heads = [columns[0], INTERVAL, *columns[1:]]
    lines = [f"{title:24}{heads[0]:>10}{heads[1]:>21}" + "".join(f"{head:>15}" for head in heads[2:])]
    for name, row in table.items():
        low, high = intervals[name]
        first, *rest = row.values()
        lines.append(f"{name:24}{first:10.3f}{f'[{low:.3f}, {high:.3f}]':>21}" + "".join(f"{x:15.3f}" for x in rest))
    return [*lines, ""]


def evaluate(
    converter: Hum2Guitar,
    guitar: Path | None,
    hums: Path | None,
    notes: Path | None,
    *,
    corpus: Path | None = None,
    judge: Judge | None = None,
    visit: Callable[[Clip], None] | None = None,
    legato_hums: int = note_eval.N_HUMS,
) -> Evaluation:
    """Measure a converter on guitar recordings and on hums with true notes (NAME.notes.csv beside NAME.flac).

    ``notes`` is a folder of note samples for the playback column, ``corpus`` one whose validation takes show what
    hum-like labels cost, ``judge`` a guitar-or-not classifier; what is not given is left out. ``visit`` is shown
    every clip with its sounds; ``legato_hums`` are computed for the table of notes. Raises UserError, naming the
    recording, for one that cannot be measured.
    """
    guitars = load_guitars(notes) if notes else []
    measured: list[Clip] = []
    paths = [(measure_guitar, path) for path in recordings(guitar)]
    paths += [(measure_hum, path) for path in with_notes(hums)]
    for measure, path in paths:
        try:
            clip = measure(converter, path, guitars, judge)
        except UserError as error:
            raise CorpusError(f"{path.name} cannot be measured: {error}") from error
        if visit is not None:
            visit(clip)
        measured.append(_without_sounds(clip))
    by_title = {title: [clip for clip in measured if clip.title == title] for title in (GUITAR, HUM)}
    return Evaluation(
        guitar=_mean([clip.table for clip in by_title[GUITAR]]),
        hum=_mean([clip.table for clip in by_title[HUM]]),
        real_time_factor=_mean_factors(by_title[HUM]),
        clips={clip.name: clip.table for clip in measured},
        intervals={title: _intervals(clips) for title, clips in by_title.items()},
        hum_like=hum_like.compare(converter, corpus) if corpus is not None else {},
        notes=note_eval.table(_sung(hums), converter.config, legato_hums),
    )


def recordings(folder: Path | None) -> list[Path]:
    """The recordings in a folder. Raises CorpusError for a folder that is missing or holds none."""
    if folder is None:
        return []
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise CorpusError(f"there are no recordings in {folder}; give a folder of wav or flac files")
    return found


def with_notes(folder: Path | None) -> list[Path]:
    """The recordings in a folder whose true notes lie beside them."""
    return [path for path in recordings(folder) if path.with_suffix(".notes.csv").is_file()]


def _sung(hums: Path | None) -> Iterator[note_eval.Sung]:
    for path in with_notes(hums):
        yield path.stem, *audio.load(path), read_notes(path.with_suffix(".notes.csv"))


def measure_guitar(converter: Hum2Guitar, path: Path, guitars: list[Guitar], judge: Judge | None) -> Clip:
    """A guitar recording resynthesised (transposed by 0, its envelope followed), against itself."""
    waveform, sample_rate = audio.load(path)
    config = converter.config
    reference = audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db)
    conversion = converter.convert(waveform, sample_rate, transpose=0, articulation="follow")
    times_s = np.arange(len(conversion.heard.f0_hz)) * config.frame_s

    def measure(column: str, sound: np.ndarray) -> dict[str, Measured]:
        aligned = audio.set_loudness(sound, config.sample_rate, config.loudness_db)
        ratio, correlation = metrics.motion(reference, sound)
        return {
            "mel_l1 (dB)": metrics.mel_l1(reference, sound),
            "motion ratio": ratio,
            "motion correlation": correlation,
            "logmag (dB)": metrics.logmag(reference, aligned),
            "log-spectral dist. (dB)": metrics.log_spectral_distance(reference, aligned),
            "multi-resolution STFT": metrics.multi_resolution_stft(reference, aligned),
            "mel-cepstral dist. (dB)": metrics.mel_cepstral_distortion(reference, sound),
            **note_metrics.pitch(sound, times_s, conversion.heard.f0_hz),
        }

    return _clip(path, GUITAR, reference, conversion, columns(conversion, guitars), measure, judge)


def measure_hum(converter: Hum2Guitar, path: Path, guitars: list[Guitar], judge: Judge | None) -> Clip:
    """A hum converted as the page does it, against its true notes and its own F0, each as transposed.

    The column FOLLOW is the same converted with the articulation ``follow``.
    """
    waveform, sample_rate = audio.load(path)
    config = converter.config
    truth = read_notes(path.with_suffix(".notes.csv"))
    conversion = converter.convert(waveform, sample_rate)
    hummed = audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db)
    times_s = np.arange(len(conversion.heard.f0_hz)) * config.frame_s
    reference_curve = decay_curve.read()

    def measure(column: str, sound: np.ndarray) -> dict[str, Measured]:
        semitones = 0 if column in (REAL_MEL, NNLS) else conversion.played.transpose_semitones
        notes = truth + np.array([0.0, 0.0, semitones])
        return {
            "note_accuracy": note_metrics.note_accuracy(sound, notes),
            "attacked": note_metrics.attacked(sound, notes),
            **note_metrics.decay(sound, notes, reference_curve),
            "attack time (ms)": note_metrics.attack_time(sound, notes),
            **note_metrics.onsets(sound, notes),
            **note_metrics.pitch(sound, times_s, conversion.heard.f0_hz * 2 ** (semitones / 12)),
        }

    followed = converter.convert(waveform, sample_rate, articulation="follow")
    sounds = columns(conversion, guitars) | {FOLLOW: followed.waveform}
    return _clip(path, HUM, hummed, conversion, sounds, measure, judge)


def read_notes(path: Path) -> np.ndarray:
    """(K, 3) onset s, offset s, MIDI of NAME.notes.csv. Raises CorpusError for a file that does not hold them."""
    try:
        notes = np.loadtxt(path, delimiter=",", ndmin=2)
    except ValueError as error:
        raise CorpusError(f"{path.name} holds no notes that can be read; give rows of onset_s,offset_s,midi") from error
    if notes.shape[0] == 0 or notes.shape[1] != 3:
        raise CorpusError(f"{path.name} has {notes.shape[1]} columns; give rows of onset_s,offset_s,midi")
    return notes


def _clip(
    path: Path,
    title: str,
    recording: np.ndarray,
    conversion: Conversion,
    sounds: dict[str, np.ndarray],
    measure: Callable[[str, np.ndarray], dict[str, Measured]],
    judge: Judge | None,
) -> Clip:
    figures: Figures = {}
    for column, sound in sounds.items():
        found = measure(column, sound)
        if judge is not None:
            found[JUDGE] = judged(sound, judge)
        for name, value in found.items():
            figures.setdefault(name, {})[column] = value
    seconds = len(recording) / conversion.sample_rate
    factors = {stage: value / seconds for stage, value in conversion.seconds.items()}
    return Clip(path.name, title, recording, sounds, figures, conversion.sample_rate, factors)


def judged(sound: np.ndarray, judge: Judge) -> Measured:
    """The judge's share over a sound, 5-second segment by segment, each counted by its length; silent ones left out."""
    seconds = len(sound) / metrics.SAMPLE_RATE
    samples = np.arange(len(sound))
    pieces = in_segments(sound, samples / metrics.SAMPLE_RATE, seconds)
    shares = [(judge.share(piece), len(piece)) for piece in pieces]
    rows = tuple(
        np.array([[share * length, length]] if np.isfinite(share) else np.empty((0, 2))) for share, length in shares
    )
    return Measured(rows, lambda sums: ratio(*sums.sum(axis=0)))


def columns(conversion: Conversion, guitars: list[Guitar]) -> dict[str, np.ndarray]:
    """What is compared: the model, the label sounded as it is, the input's own mel inverted (twice), note samples."""
    config, n_samples = conversion.config, len(conversion.waveform)
    f0_hz = conversion.heard.f0_hz
    moved_hz = f0_hz * 2 ** (conversion.played.transpose_semitones / 12)
    label_db = mel.denormalise(conversion.sound.label[0], config)
    sounds = {
        MODEL: conversion.waveform,
        LABEL: griffin_lim.invert(label_db, moved_hz, n_samples, config),
        REAL_MEL: griffin_lim.invert(conversion.heard.mel_db, f0_hz, n_samples, config),
        NNLS: griffin_lim.invert(conversion.heard.mel_db, f0_hz, n_samples, config, method="nnls"),
    }
    if guitars:
        sounds[PLAYBACK] = play_back(conversion, guitars)
    return sounds


def play_back(conversion: Conversion, guitars: list[Guitar]) -> np.ndarray:
    """The notes that were heard, played from the samples of the guitar whose range holds most of them."""

    def n_playable(guitar: Guitar) -> int:
        low, high = guitar.range
        return sum(low <= note.midi <= high for note in conversion.notes)

    strokes = [
        Stroke(note.onset_s, note.offset_s - note.onset_s, note.midi, level_of(note.velocity), 0.05)
        for note in conversion.notes
    ]
    rate = conversion.sample_rate
    seconds = len(conversion.waveform) / rate
    rendered = render_take(strokes, max(guitars, key=n_playable), seconds)
    return audio.resample(rendered, RENDER_RATE, rate)


def _without_sounds(clip: Clip) -> Clip:
    """A clip small enough to keep until the end."""
    return replace(clip, recording=np.empty(0, dtype=np.float32), sounds={})


def _mean(tables: list[Table]) -> Table:
    if not tables:
        return {}
    return {
        name: {column: mean([table[name][column] for table in tables]) for column in row}
        for name, row in tables[0].items()
    }


def _mean_factors(clips: list[Clip]) -> dict[str, float]:
    if not clips:
        return {}
    factors = {stage: mean([clip.real_time_factor[stage] for clip in clips]) for stage in clips[0].real_time_factor}
    return {**factors, "total": sum(factors.values())}


def _intervals(clips: list[Clip]) -> dict[str, tuple[float, float]]:
    names = clips[0].figures if clips else {}
    return {name: interval([clip.figures[name][MODEL] for clip in clips]) for name in names}
