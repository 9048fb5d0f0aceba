"""The table of notes: what counts as right, on notes whose score is known."""

from __future__ import annotations

import numpy as np
import pytest
from sounds import sung

from hum2guitar.note import Note
from train.evaluate import note_eval
from train.evaluate.note_eval import LEGATO, NOT_TUNED, TUNED

RATE = 22050
MELODY = [(0.30, 0.75, 57.0), (0.85, 1.25, 59.0), (1.35, 1.80, 61.0), (1.95, 2.40, 64.0)]
TRUE = [Note(*note, 1.0) for note in MELODY]


def test_notes_heard_right_score_one():
    found = note_eval.figures([note_eval.score(TRUE, TRUE, 3.0)])
    assert found["onset F1"] == found["with pitch"] == found["onset F1, pooled"] == 1
    assert found["marked as slides"] == 0
    assert "slide recall" not in found


def test_a_late_note_a_wrong_pitch_and_one_too_many_cost_what_they_should():
    found = [
        Note(0.36, 0.75, 57.0, 1.0),  # 60 ms late
        Note(0.85, 1.25, 59.6, 1.0),  # 60 cents sharp
        *TRUE[2:],
        Note(2.5, 2.8, 64.0, 1.0),
    ]
    score = note_eval.score(TRUE, found, 3.0)
    assert (score.true, score.found, score.onsets, score.pitches) == (4, 5, 3, 2)
    assert note_eval.figures([score])["onset F1"] == pytest.approx(2 * 3 / 9)


def test_true_notes_after_the_end_of_the_recording_do_not_count():
    assert note_eval.score(TRUE, TRUE[:2], 1.3).true == 2


def test_a_slide_counts_where_it_is_one():
    truth = [TRUE[0], Note(*MELODY[1], 1.0, plucked=False), TRUE[2], Note(*MELODY[3], 1.0, plucked=False)]
    heard = [TRUE[0], Note(*MELODY[1], 1.0, plucked=False), Note(*MELODY[2], 1.0, plucked=False), TRUE[3]]
    found = note_eval.figures([note_eval.score(truth, heard, 3.0)])
    assert found["slide precision"] == found["slide recall"] == found["marked as slides"] == 0.5


def test_nothing_heard_scores_zero():
    found = note_eval.figures([note_eval.score(TRUE, [], 3.0)])
    assert found["onset F1"] == found["with pitch, pooled"] == 0


def test_recordings_are_told_apart_by_whether_they_were_tuned_on(default):
    sound = sung(MELODY, RATE, 3.0)
    rows = note_eval.table(
        [("ssvd_1072", sound, RATE, np.array(MELODY)), ("mine", sound, RATE, np.array(MELODY))], default, n_hums=1
    )
    assert list(rows) == [NOT_TUNED, TUNED, LEGATO]
    assert rows[NOT_TUNED]["onset F1"] == rows[TUNED]["with pitch"] == 1
    assert rows[LEGATO]["onset F1"] > 0.5
    text = "\n".join(note_eval.to_lines(rows))
    assert all(name in text for name in (*rows, "with pitch, pooled"))


def test_without_recordings_the_computed_hums_remain(default):
    assert list(note_eval.table([], default, n_hums=1)) == [LEGATO]
