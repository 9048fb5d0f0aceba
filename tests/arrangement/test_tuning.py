from __future__ import annotations

import numpy as np
import pytest

from hum2guitar.arrangement.tuning import (
    FADE_S,
    Key,
    apply_tuning,
    find_key,
    find_tuning,
    nearest_allowed,
    reference_offset,
    shift_curve,
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
def test_a_transposed_tune_has_a_transposed_key(name, key, score, semitones):
    original, moved = key_of(tune_notes(score)), key_of(tune_notes(score, semitones))
    assert moved == Key((original.tonic + semitones) % 12, original.mode)


@pytest.mark.parametrize("off", [-0.45, -0.2, 0.0, 0.3, 0.4])
@pytest.mark.parametrize(("name", "key", "score"), TUNES[:3])
def test_a_tune_that_is_flat_or_sharp_throughout_keeps_its_intervals_and_its_key(name, key, score, off, rng):
    notes = [Note(n.onset_s, n.offset_s, n.midi + rng.uniform(-0.15, 0.15), 0.8) for n in tune_notes(score, off)]
    for choice in ("nearest", "key"):
        found = find_tuning(notes, choice, 1.0)
        assert found.key.name == key
        assert found.offset_cents == pytest.approx(100 * off, abs=10)
        np.testing.assert_allclose(
            [n.midi for n in apply_tuning(notes, found)], [n.midi for n in tune_notes(score)], atol=1e-9
        )


def test_a_minor_scale_has_both_sixth_and_both_seventh_degrees():
    assert sorted(Key(9, "minor").pitch_classes) == [0, 2, 4, 5, 6, 7, 8, 9, 11]


# --- reference ---------------------------------------------------------------------------------------------------


def test_notes_without_a_common_reference_have_none():
    assert reference_offset(60 + np.arange(20) * 1.35, np.ones(20)) == 0
    assert reference_offset(np.array([60.4, 62.4]), np.ones(2)) == 0  # two notes are too few for the test


def test_without_a_reference_a_note_goes_to_the_nearest_semitone_of_a_440():
    found = find_tuning([Note(0, 1, 57.3, 0.5)], "nearest", 1.0)
    assert found.offset_cents == 0
    assert found.shifts == pytest.approx([-0.3])


# --- strength ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_strength_is_the_share_of_the_distance_to_the_target(strength):
    notes = [Note(0, 1, 57.3, 0.5), Note(1, 2, 60.8, 0.5)]
    np.testing.assert_allclose(find_tuning(notes, "nearest", strength).shifts, [-0.3 * strength, 0.2 * strength])


def test_off_moves_no_note_and_still_finds_the_key():
    found = find_tuning(tune_notes(TUNES[0][2], 0.2), "off", 1.0)
    assert not found.shifts.any()
    assert found.key.name == "C major"
    assert found.offset_cents == pytest.approx(20)


def test_the_lower_of_two_equally_near_notes_of_the_scale_is_chosen():
    nearest = nearest_allowed(np.array([61.0, 3.0, 138.0]), Key(0, "major").pitch_classes)
    np.testing.assert_array_equal(nearest, [60, 2, 137])


# --- frame by frame ----------------------------------------------------------------------------------------------

FRAME_S = 0.01


def test_the_shift_is_constant_within_a_note():
    notes = [Note(0.1, 1.0, 57.2, 0.5), Note(1.0, 2.0, 59.4, 0.5)]
    curve = shift_curve(notes, np.array([-0.2, -0.4]), 220, FRAME_S)
    times_s = np.arange(220) * FRAME_S
    np.testing.assert_allclose(curve[times_s < 1.0 - FADE_S / 2], -0.2)
    np.testing.assert_allclose(curve[times_s > 1.0 + FADE_S / 2], -0.4)


def test_the_shift_has_no_jump_between_two_notes():
    notes = [Note(0.1, 1.0, 57, 0.5), Note(1.0, 1.05, 58, 0.5), Note(1.05, 2.0, 59, 0.5), Note(2.5, 3.0, 59, 0.5)]
    shifts = np.array([0.5, -0.5, 0.5, 0.0])
    curve = shift_curve(notes, shifts, 4000, 0.001)
    assert (
        np.abs(np.diff(curve)).max() <= 0.001 * 1.0 / (0.25 * 0.05 + FADE_S / 2) * 1.01
    )  # the ramps of the short note
    at = lambda time_s: curve[round(time_s / 0.001)]  # noqa: E731
    assert (at(1.025), at(2.25)) == (pytest.approx(-0.5), pytest.approx(0.25, abs=0.01))  # the middle of the rest


def test_very_short_and_overlapping_notes_have_a_monotonic_shift():
    notes = [Note(0.0, 0.06, 57, 0.5), Note(0.05, 0.12, 58, 0.5), Note(0.12, 0.18, 59, 0.5)]
    curve = shift_curve(notes, np.array([0.1, 0.2, 0.3]), 30, FRAME_S)
    assert (np.diff(curve) >= 0).all()
    assert (curve[0], curve[-1]) == (pytest.approx(0.1), pytest.approx(0.3))


def test_a_reference_does_not_depend_on_the_unit_of_the_weights(rng):
    for n_notes in range(3, 30):
        midi, seconds = 60 + 0.3 * rng.normal(size=n_notes), rng.uniform(0.1, 1, n_notes)
        assert reference_offset(midi, 1000 * seconds) == pytest.approx(reference_offset(midi, seconds))
