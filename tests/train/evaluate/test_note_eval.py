"""The table of notes: what counts as right, on notes whose score is known."""

from __future__ import annotations

import numpy as np
import pytest
from sounds import sung

from hum2guitar import Config, Heard, Hum2Guitar
from hum2guitar.note import Note
from train.evaluate.note_eval import LEGATO, NOT_TUNED, TUNED, Scores, figures, score

RATE = 22050
MELODY = [(0.30, 0.75, 57.0), (0.85, 1.25, 59.0), (1.35, 1.80, 61.0), (1.95, 2.40, 64.0)]
TRUE = [Note(*note, 1.0) for note in MELODY]


def heard(notes: list[Note], seconds: float = 3.0) -> Heard:
    """A recording of so many seconds in which these notes were heard."""
    nothing = np.empty(0, dtype=np.float32)
    n_samples = int(seconds * Config().sample_rate)
    return Heard(nothing, nothing, nothing, nothing, np.empty((0, 0)), tuple(notes), n_samples, Config())


def test_notes_heard_right_score_one() -> None:
    found = figures([score(TRUE, heard(TRUE))])
    assert found["onset F1"] == found["with pitch"] == found["onset F1, pooled"] == 1
    assert found["marked as slides"] == 0
    assert "slide recall" not in found


def test_a_late_note_a_wrong_pitch_and_one_too_many_cost_what_they_should() -> None:
    found = [
        Note(0.36, 0.75, 57.0, 1.0),  # 60 ms late
        Note(0.85, 1.25, 59.6, 1.0),  # 60 cents sharp
        *TRUE[2:],
        Note(2.5, 2.8, 64.0, 1.0),
    ]
    counts = score(TRUE, heard(found))
    assert (counts.true, counts.found, counts.onsets, counts.pitches) == (4, 5, 3, 2)
    assert figures([counts])["onset F1"] == pytest.approx(2 * 3 / 9)


def test_the_notes_of_a_midi_file_are_semitones_above_the_reference_of_the_hum() -> None:
    truth = [Note(i, i + 0.9, 57.3 + step, 1.0) for i, step in enumerate((0, 2, 4, 5, 7, 9, 11, 12))]
    wavering = [Note(n.onset_s, n.offset_s, n.midi + 0.15 * (-1) ** i, 1.0) for i, n in enumerate(truth)]
    wrong = [*wavering[:-1], Note(7, 7.9, truth[-1].midi - 0.9, 1.0)]
    assert score(truth, heard(wavering, 10)).semitones == 8
    assert score(truth, heard(wrong, 10)).semitones == 7


def test_true_notes_after_the_end_of_the_recording_do_not_count() -> None:
    assert score(TRUE, heard(TRUE[:2], 1.3)).true == 2


def test_a_slide_counts_where_it_is_one() -> None:
    truth = [TRUE[0], Note(*MELODY[1], 1.0, plucked=False), TRUE[2], Note(*MELODY[3], 1.0, plucked=False)]
    slides = [TRUE[0], Note(*MELODY[1], 1.0, plucked=False), Note(*MELODY[2], 1.0, plucked=False), TRUE[3]]
    found = figures([score(truth, heard(slides))])
    assert found["slide precision"] == found["slide recall"] == found["marked as slides"] == 0.5


def test_nothing_heard_scores_zero() -> None:
    found = figures([score(TRUE, heard([]))])
    assert found["onset F1"] == found["with pitch, pooled"] == 0


def test_recordings_are_told_apart_by_whether_they_were_tuned_on(converter: Hum2Guitar) -> None:
    scores = Scores()
    sound = converter.analyse(sung(MELODY, RATE, 3.0), RATE)
    for name in ("ssvd_1072", "mine"):
        scores.add_sung(name, TRUE, sound)
    scores.add_legato(converter, 1)
    rows = scores.table()
    assert list(rows) == [NOT_TUNED, TUNED, LEGATO]
    assert rows[NOT_TUNED]["onset F1"] == rows[TUNED]["with pitch"] == 1
    assert rows[LEGATO]["onset F1"] > 0.5


def test_rows_without_recordings_are_left_out(converter: Hum2Guitar) -> None:
    assert Scores().table() == {}
