"""How well ``hum2guitar.analysis.notes`` hears what was sung: onsets, pitches and slides against the true notes.

The constants of ``note_hmm`` and ``onsets`` were tuned together with optuna. They were tuned on the recordings that
``TUNED_ON`` names, on computed legato hums of seed ``TUNING_SEED``, on the examples of ``assets/``, and on melodies of
the sampled corpus. The table therefore keeps the other recordings apart, and computes its hums from another seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import mir_eval
import numpy as np
from tqdm import tqdm

from hum2guitar import Heard, Hum2Guitar
from hum2guitar.arrangement.fingering import nearest_semitones
from hum2guitar.arrangement.tuning import reference_of
from hum2guitar.metrics.measured import mean, ratio
from hum2guitar.note import Note, midi_to_hz
from train.synth import hummer, singer

TUNED_ON = frozenset({"ssvd_1072", "ssvd_1156", "ssvd_1207", "ssvd_1218", "ssvd_1230"})
TUNING_SEED, REPORTING_SEED = 77, 4
N_HUMS, HUM_S = 20, 10.0
NOT_TUNED, TUNED, LEGATO = "sung, not tuned on", "sung, tuned on", "computed legato hums"
ONSET_S, PITCH_CENTS = 0.05, 50.0


@dataclass(frozen=True)
class Score:
    """Counts of one recording.

    true, found : notes
    onsets : found notes that match a true one by onset
    pitches : found notes that match a true one by onset and pitch
    semitones : the same for the notes of a MIDI file, which has semitones above or below the hum's reference
    slides, slides_found : notes that a slide reaches, of the true ones and of those found
    slides_right : onsets at which both are slides
    """

    true: int
    found: int
    onsets: int
    pitches: int
    semitones: int
    slides: int
    slides_found: int
    slides_right: int


@dataclass
class Scores:
    """The scores of the table's rows, collected recording by recording."""

    rows: dict[str, list[Score]] = field(default_factory=lambda: {NOT_TUNED: [], TUNED: [], LEGATO: []})

    def add_sung(self, name: str, truth: Sequence[Note], heard: Heard) -> None:
        """Add a sung recording by the name of its file, without the suffix."""
        self.rows[TUNED if name in TUNED_ON else NOT_TUNED].append(score(truth, heard))

    def add_legato(self, converter: Hum2Guitar, n_hums: int, seed: int = REPORTING_SEED) -> None:
        """Compute legato hums of ``HUM_S`` each, and add what the converter hears in them."""
        for hum in tqdm(hummer.hums(n_hums, HUM_S, seed), desc="computed hums", unit="hum"):
            self.rows[LEGATO].append(score(hum.notes, converter.analyse(hum.waveform, singer.RATE)))

    def table(self) -> dict[str, dict[str, float]]:
        """Return the figures by row and column, without the rows that have no recording."""
        return {row: figures(found) for row, found in self.rows.items() if found}


def score(truth: Sequence[Note], heard: Heard) -> Score:
    """Match the notes that were heard in a recording to its true ones, as ``mir_eval.transcription`` does.

    True notes after the end of the recording do not count. A slide is found where the onset of a true note is matched
    by a note that is not plucked.
    """
    seconds = heard.n_samples / heard.config.sample_rate
    truth, found = [note for note in truth if note.onset_s < seconds - ONSET_S], heard.notes
    (true_s, true_hz), (found_s, found_hz) = _arrays(truth), _arrays(found)
    onsets = mir_eval.transcription.match_note_onsets(true_s, found_s, ONSET_S)

    def right(hz: np.ndarray) -> int:
        return len(
            mir_eval.transcription.match_notes(
                true_s, true_hz, found_s, hz, onset_tolerance=ONSET_S, pitch_tolerance=PITCH_CENTS, offset_ratio=None
            )
        )

    semitones = nearest_semitones(found) + reference_of(found) if found else np.empty(0)
    return Score(
        true=len(truth),
        found=len(found),
        onsets=len(onsets),
        pitches=right(found_hz),
        semitones=right(midi_to_hz(semitones)),
        slides=sum(not note.plucked for note in truth),
        slides_found=sum(not note.plucked for note in found),
        slides_right=sum(not truth[i].plucked and not found[j].plucked for i, j in onsets),
    )


def _arrays(played: Sequence[Note]) -> tuple[np.ndarray, np.ndarray]:
    """(K, 2) s and (K,) Hz."""
    spans = np.array([[note.onset_s, note.offset_s] for note in played]).reshape(-1, 2)
    return spans, midi_to_hz(np.array([note.midi for note in played]))


def figures(scores: list[Score]) -> dict[str, float]:
    """Return the figures of one row by column.

    F1 is given as the mean over recordings and over all notes together (pooled), slides over all notes together.
    "marked as slides" is a share of the notes found. Precision and recall of slides are left out where no true note is
    a slide.
    """
    total = Score(*np.array([list(vars(score).values()) for score in scores]).sum(axis=0).tolist())
    found = {
        "recordings": float(len(scores)),
        "onset F1": mean([_f1(score, score.onsets) for score in scores]),
        "with pitch": mean([_f1(score, score.pitches) for score in scores]),
        "as MIDI": mean([_f1(score, score.semitones) for score in scores]),
        "onset F1, pooled": _f1(total, total.onsets),
        "with pitch, pooled": _f1(total, total.pitches),
        "as MIDI, pooled": _f1(total, total.semitones),
        "marked as slides": ratio(total.slides_found, total.found),
        "slide precision": ratio(total.slides_right, total.slides_found if total.slides else 0),
        "slide recall": ratio(total.slides_right, total.slides),
    }
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _f1(score: Score, matched: int) -> float:
    return ratio(2 * matched, score.true + score.found)
