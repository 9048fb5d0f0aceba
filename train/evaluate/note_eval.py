"""How well ``hum2guitar.notes`` hears what was sung: onsets, pitches and slides against the true notes.

Its numbers (in ``note_hmm`` and ``onsets``) were tuned together with optuna on the recordings of ``TUNED_ON``, on
computed legato hums of seed ``TUNING_SEED``, on the examples and on melodies of the sampled corpus. What is reported
is kept apart: recordings not tuned on, and hums of another seed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import mir_eval
import numpy as np

from hum2guitar.analysis import audio, f0, notes
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import Config
from hum2guitar.note import Note, midi_to_hz
from train.evaluate.measured import mean, ratio
from train.synth import hummer, singer

TUNED_ON = frozenset({"ssvd_1072", "ssvd_1156", "ssvd_1207", "ssvd_1218", "ssvd_1230"})
TUNING_SEED, REPORTING_SEED = 77, 4
N_HUMS, HUM_S = 20, 10.0
NOT_TUNED, TUNED, LEGATO = "sung, not tuned on", "sung, tuned on", "computed legato hums"
ONSET_S, PITCH_CENTS = 0.05, 50.0
Sung = tuple[str, np.ndarray, int, np.ndarray]


@dataclass(frozen=True)
class Score:
    """Counts of one recording: true and found notes, those that match by onset, and by onset and pitch.

    slides, slides_found, slides_right : true ones, those found (whether right or not), and those found that are ones
    """

    true: int
    found: int
    onsets: int
    pitches: int
    slides: int
    slides_found: int
    slides_right: int


def table(
    sung: Iterable[Sung], config: Config, n_hums: int = N_HUMS, seed: int = REPORTING_SEED
) -> dict[str, dict[str, float]]:
    """Figures by row (``NOT_TUNED``, ``TUNED``, ``LEGATO``) and column; a row without recordings is left out.

    sung : (name, waveform, sample rate, true notes (K, 3): onset s, offset s, MIDI) of each recording
    n_hums : computed legato hums, of ``HUM_S`` each
    """
    scores: dict[str, list[Score]] = {NOT_TUNED: [], TUNED: [], LEGATO: []}
    for name, waveform, sample_rate, truth in sung:
        row = TUNED if name in TUNED_ON else NOT_TUNED
        true = [Note(onset_s, offset_s, midi, 1.0) for onset_s, offset_s, midi in truth.tolist()]
        scores[row].append(score(true, *heard(waveform, sample_rate, config)))
    for hum in hummer.hums(n_hums, HUM_S, seed):
        scores[LEGATO].append(score(hum.notes, *heard(hum.waveform, singer.RATE, config)))
    return {row: figures(found) for row, found in scores.items() if found}


def heard(waveform: np.ndarray, sample_rate: int, config: Config) -> tuple[list[Note], float]:
    """The notes that are heard in a recording as it is converted, and how many seconds it lasts."""
    prepared = audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db)
    conditioned = f0.condition(prepared, config)
    tracked = f0.track(conditioned, config, load_tracker("swift"))
    return notes.segment(conditioned, *tracked, config), len(prepared) / config.sample_rate


def score(truth: list[Note], found: list[Note], seconds: float) -> Score:
    """Match found notes to true ones as ``mir_eval.transcription`` does; true ones after the recording's end go.

    A slide is found where the true note's onset is matched by a note that is not plucked.
    """
    truth = [note for note in truth if note.onset_s < seconds - ONSET_S]
    (true_s, true_hz), (found_s, found_hz) = _arrays(truth), _arrays(found)
    onsets = mir_eval.transcription.match_note_onsets(true_s, found_s, ONSET_S)
    pitches = mir_eval.transcription.match_notes(
        true_s, true_hz, found_s, found_hz, onset_tolerance=ONSET_S, pitch_tolerance=PITCH_CENTS, offset_ratio=None
    )
    return Score(
        true=len(truth),
        found=len(found),
        onsets=len(onsets),
        pitches=len(pitches),
        slides=sum(not note.plucked for note in truth),
        slides_found=sum(not note.plucked for note in found),
        slides_right=sum(not truth[i].plucked and not found[j].plucked for i, j in onsets),
    )


def _arrays(played: list[Note]) -> tuple[np.ndarray, np.ndarray]:
    """(K, 2) s and (K,) Hz."""
    spans = np.array([[note.onset_s, note.offset_s] for note in played]).reshape(-1, 2)
    return spans, midi_to_hz(np.array([note.midi for note in played]))


def figures(scores: list[Score]) -> dict[str, float]:
    """F1 as the mean over recordings and over all notes together, and slides over all notes together.

    "marked as slides" is the share of found notes; precision and recall of slides are left out where none is true.
    """
    total = Score(*np.array([list(vars(score).values()) for score in scores]).sum(axis=0).tolist())
    found = {
        "recordings": float(len(scores)),
        "onset F1": mean([_f1(score, score.onsets) for score in scores]),
        "with pitch": mean([_f1(score, score.pitches) for score in scores]),
        "onset F1, pooled": _f1(total, total.onsets),
        "with pitch, pooled": _f1(total, total.pitches),
        "marked as slides": ratio(total.slides_found, total.found),
        "slide precision": ratio(total.slides_right, total.slides_found if total.slides else 0),
        "slide recall": ratio(total.slides_right, total.slides),
    }
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _f1(score: Score, matched: int) -> float:
    return ratio(2 * matched, score.true + score.found)


def to_lines(rows: dict[str, dict[str, float]]) -> list[str]:
    """The table as a person reads it; what a row does not have is a dash."""
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    widths = [len(column) + 3 for column in columns]
    lines = [f"{'notes':24}" + "".join(f"{column:>{width}}" for column, width in zip(columns, widths, strict=True))]
    for name, row in rows.items():
        cells = (f"{row[column]:.3f}" if column in row else "-" for column in columns)
        lines.append(f"{name:24}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)))
    return lines
