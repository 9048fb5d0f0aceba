from __future__ import annotations

import numpy as np
import pytest

from hum2guitar.arrangement.tuning import (
    FADE_S,
    Key,
    find_key,
    nearest_allowed,
    reference_offset,
    shift_curve,
    tune,
    tuned,
)
from hum2guitar.note import Note

# name, tonic, mode, (MIDI, beats) …, each written in C or A
TUNES = [
    ("Ode to Joy", "C major", "64 64 65 67 67 65 64 62 60 60 62 64 64:1.5 62:.5 62:2"),
    (
        "Frère Jacques",
        "C major",
        "60 62 64 60 60 62 64 60 64 65 67:2 64 65 67:2 67:.5 69:.5 67:.5 65:.5 64 60",
    ),
    (
        "Greensleeves",
        "A minor",
        "69 72:2 74 76:1.5 77:.5 76 74:2 71 67:1.5 69:.5 71 72:2 69 69:1.5 68:.5 69 71:2 68",
    ),
    ("Happy Birthday", "C major", "55:.7 55:.3 57 55 60 59:2 55:.7 55:.3 57 55 62 60:2 55:.7 55:.3 67 64 60 59 57"),
    ("Korobeiniki", "A minor", "76:2 71 72 74:2 72 71 69:2 69 72 76:2 74 72 71:3 72 74:2 76:2 72:2 69:2 69:4"),
    ("When the Saints", "C major", "60 64 65 67:5 60 64 65 67:5 60 64 65 67:2 64:2 60:2 64:2 62:5"),
]


def tune_notes(score: str, moved: float = 0.0) -> list[Note]:
    notes, time_s = [], 0.0
    for word in score.split():
        midi, _, beats = word.partition(":")
        end_s = time_s + 0.4 * float(beats or 1)
        notes.append(Note(time_s, end_s, float(midi) + moved, 0.8))
        time_s = end_s
    return notes


def key_of(notes: list[Note]) -> Key:
    return find_key(np.array([n.midi for n in notes]), np.array([n.offset_s - n.onset_s for n in notes]))


# --- key ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "key", "score"), TUNES)
def test_the_key_of_a_well_known_tune_is_found(name, key, score):
    assert key_of(tune_notes(score)).name == key


@pytest.mark.parametrize("semitones", range(-12, 13, 5))
@pytest.mark.parametrize(("name", "key", "score"), TUNES[:3])
def test_a_tune_moved_has_its_key_moved(name, key, score, semitones):
    there, moved = key_of(tune_notes(score)), key_of(tune_notes(score, semitones))
    assert moved == Key((there.tonic + semitones) % 12, there.mode)


@pytest.mark.parametrize("off", [-0.45, -0.2, 0.0, 0.3, 0.4])
@pytest.mark.parametrize(("name", "key", "score"), TUNES[:3])
def test_a_tune_hummed_off_pitch_all_along_keeps_its_intervals_and_its_key(name, key, score, off, rng):
    notes = [Note(n.onset_s, n.offset_s, n.midi + rng.uniform(-0.15, 0.15), 0.8) for n in tune_notes(score, off)]
    for choice in ("nearest", "key"):
        told = tune(notes, choice, 1.0)
        assert told.key.name == key
        assert told.offset_cents == pytest.approx(100 * off, abs=10)
        np.testing.assert_allclose([n.midi for n in tuned(notes, told)], [n.midi for n in tune_notes(score)], atol=1e-9)


def test_the_scale_of_a_minor_key_has_both_forms_of_its_sixth_and_seventh():
    assert sorted(Key(9, "minor").pitch_classes) == [0, 2, 4, 5, 6, 7, 8, 9, 11]


# --- reference ---------------------------------------------------------------------------------------------------


def test_notes_that_agree_on_nothing_have_no_reference():
    assert reference_offset(60 + np.arange(20) * 1.35, np.ones(20)) == 0
    assert reference_offset(np.array([60.4, 62.4]), np.ones(2)) == 0  # two are too few to tell


def test_without_a_reference_a_note_goes_to_the_nearest_semitone_of_a_440():
    told = tune([Note(0, 1, 57.3, 0.5)], "nearest", 1.0)
    assert told.offset_cents == 0
    assert told.shifts == pytest.approx([-0.3])


# --- how far -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_the_strength_is_the_share_of_the_way(strength):
    notes = [Note(0, 1, 57.3, 0.5), Note(1, 2, 60.8, 0.5)]
    np.testing.assert_allclose(tune(notes, "nearest", strength).shifts, [-0.3 * strength, 0.2 * strength])


def test_off_moves_nothing_and_still_says_the_key():
    told = tune(tune_notes(TUNES[0][2], 0.2), "off", 1.0)
    assert not told.shifts.any()
    assert told.key.name == "C major"
    assert told.offset_cents == pytest.approx(20)


def test_of_two_notes_of_the_scale_as_near_the_lower_is_taken():
    nearest = nearest_allowed(np.array([61.0, 3.0, 138.0]), Key(0, "major").pitch_classes)
    np.testing.assert_array_equal(nearest, [60, 2, 137])


# --- frame by frame ----------------------------------------------------------------------------------------------

FRAME_S = 0.01


def test_inside_a_note_the_shift_is_one_number_so_that_vibrato_stays():
    notes = [Note(0.1, 1.0, 57.2, 0.5), Note(1.0, 2.0, 59.4, 0.5)]
    curve = shift_curve(notes, np.array([-0.2, -0.4]), 220, FRAME_S)
    times_s = np.arange(220) * FRAME_S
    np.testing.assert_allclose(curve[times_s < 1.0 - FADE_S / 2], -0.2)
    np.testing.assert_allclose(curve[times_s > 1.0 + FADE_S / 2], -0.4)


def test_between_two_notes_the_shift_never_jumps():
    notes = [Note(0.1, 1.0, 57, 0.5), Note(1.0, 1.05, 58, 0.5), Note(1.05, 2.0, 59, 0.5), Note(2.5, 3.0, 59, 0.5)]
    shifts = np.array([0.5, -0.5, 0.5, 0.0])
    curve = shift_curve(notes, shifts, 4000, 0.001)
    assert np.abs(np.diff(curve)).max() <= 0.001 * 1.0 / (0.25 * 0.05 + FADE_S / 2) * 1.01  # the short note's ramps
    at = lambda time_s: curve[round(time_s / 0.001)]  # noqa: E731
    assert (at(1.025), at(2.25)) == (pytest.approx(-0.5), pytest.approx(0.25, abs=0.01))  # a rest is crossed evenly


def test_notes_as_short_as_can_be_and_overlapping_ones_make_a_curve_all_the_same():
    notes = [Note(0.0, 0.06, 57, 0.5), Note(0.05, 0.12, 58, 0.5), Note(0.12, 0.18, 59, 0.5)]
    curve = shift_curve(notes, np.array([0.1, 0.2, 0.3]), 30, FRAME_S)
    assert (np.diff(curve) >= 0).all()
    assert (curve[0], curve[-1]) == (pytest.approx(0.1), pytest.approx(0.3))
