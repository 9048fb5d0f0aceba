from __future__ import annotations

import numpy as np
import pytest

from hum2guitar.arrangement import register
from hum2guitar.arrangement.register import best_octave, choose_transposition, describe_transposition, range_warnings
from hum2guitar.note import Note


def melody(*pitches: float, seconds: float = 0.5) -> list[Note]:
    return [Note(i * seconds, (i + 1) * seconds, midi, 0.8) for i, midi in enumerate(pitches)]


@pytest.mark.parametrize("midi", [39.6, 41, 45, 57, 69, 80, 84.4])
def test_a_melody_within_the_range_is_not_moved(midi):
    assert best_octave(melody(midi)) == 0


@pytest.mark.parametrize("midi", [28, 36.3, 39, 88, 95])
def test_a_note_out_of_range_is_moved_to_the_octave_nearest_to_a3(midi):
    semitones = best_octave(melody(midi))
    assert semitones % 12 == 0
    assert abs(midi + semitones - 57) <= 6


@pytest.mark.parametrize(("midi", "semitones"), [(27, 24), (39, 12), (87, -24)])
def test_the_smaller_of_two_equally_good_transpositions_is_chosen(midi, semitones):
    assert best_octave(melody(midi)) == semitones


def test_a_long_note_counts_more_than_several_short_ones():
    low, *high = melody(36, 55, 55, 55, seconds=0.1)
    held = Note(low.onset_s, 5.0, low.midi, 0.8)
    assert best_octave([held, *high]) == 24
    assert best_octave([low, *high]) == 12


def test_no_warning_suggests_another_octave_than_the_chosen_one(rng):
    for _ in range(300):
        lowest, span = rng.integers(28, 90), rng.integers(1, 44)
        notes = melody(*rng.integers(lowest, lowest + span, 12))
        semitones = best_octave(notes)
        played = [Note(n.onset_s, n.offset_s, n.midi + semitones, 0.8) for n in notes]
        assert not any("keeps every note within it" in warning for warning in range_warnings(played, semitones, 0))


def test_a_melody_is_not_moved_to_an_octave_where_notes_are_out_of_range():
    low_half = melody(62, 62, 62, 62, 62, 62, 62, 49, 49, 49)  # an octave lower, C♯3 would be below the low E
    assert best_octave(low_half) == 0
    assert (
        best_octave([Note(n.onset_s, n.offset_s, n.midi + 2, 0.8) for n in low_half]) == 0
    )  # E4 alone would be moved down


def test_the_median_of_the_sounding_time_is_moved_near_to_a3():
    assert best_octave(melody(30, 30, 45, 45, 45)) == 12  # A2 becomes A3; the lower notes alone would need +24


def test_a_tenth_of_the_sounding_time_may_be_out_of_range():
    assert best_octave(melody(39, 86, *[60] * 18)) == 0
    assert best_octave(melody(36, 36, 36, 80)) == 24


@pytest.mark.parametrize("slip", [-12, 12, 24])
def test_an_octave_error_in_one_note_does_not_move_the_melody(rng, slip):
    pitches = rng.integers(52, 60, 20)
    before = best_octave(melody(*pitches))
    pitches[7] += slip
    assert best_octave(melody(*pitches)) == before


def test_a_capo_adds_its_fret_to_the_transposition():
    for capo in range(register.MAX_CAPO + 1):
        assert choose_transposition("auto", melody(37, 38, 39), capo) == 24 + capo
        assert choose_transposition(-5, melody(45, 47, 48), capo) == -5 + capo


# --- warnings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("midi", [39.6, 40, 57, 84, 84.4])
def test_notes_within_the_range_have_no_warning(midi):
    assert range_warnings(melody(midi), 0, 0) == ()


def test_a_warning_names_each_note_once_and_the_transposition_that_helps():
    (warning,) = range_warnings(melody(38, 40, 38.2, 33), -24, 0)
    assert (
        warning == "A1, D2 lie outside the guitar's range, E2 to C6; the transposition -12 keeps every note within it"
    )


def test_a_capo_raises_the_lowest_note():
    assert range_warnings(melody(42), 2, 2) == ()
    (warning,) = range_warnings(melody(42), 3, 3)
    assert warning.startswith(
        "F♯2 lies outside the guitar's range with a capo at fret 3, G2 to C6; the transposition +12"
    )


@pytest.mark.parametrize(("capo", "advice"), [(0, "; no octave holds the whole melody; hum a smaller span"),
                                              (2, "melody; take the capo off or hum a smaller span")])  # fmt: skip
def test_a_melody_too_wide_for_every_octave_has_a_warning(capo, advice):
    (warning,) = range_warnings(melody(36, 57, 86), 0, capo)
    assert warning.startswith("C2, D6 lie outside")
    assert warning.endswith(advice)


def test_a_warning_suggests_only_a_transposition_that_can_be_chosen():
    (warning,) = range_warnings(melody(4), 0, 0)
    assert "the transposition +36 keeps every note within it" in warning
    (warning,) = range_warnings(melody(100), -24, 0)  # -48 would help, and -36 is the lowest
    assert "no octave holds the whole melody" in warning


def test_a_warning_names_at_most_four_notes():
    (warning,) = range_warnings(melody(*range(85, 92)), 36, 0)
    assert warning.startswith("C♯6, D6, D♯6, E6 and 3 more lie outside")
    assert "the transposition +24" in warning


# --- in words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("semitones", "capo", "words"),
    [
        (0, 0, "at the pitch of the hum"),
        (12, 0, "moved up one octave"),
        (-12, 0, "moved down one octave"),
        (-24, 0, "moved down two octaves"),
        (7, 0, "moved up 7 semitones"),
        (-1, 0, "moved down one semitone"),
        (-9, 3, "moved down one octave, capo at fret 3"),
        (2, 2, "at the pitch of the hum, capo at fret 2"),
    ],
)
def test_a_transposition_is_described_in_words(semitones, capo, words):
    assert describe_transposition(semitones, capo) == words


def test_the_octave_does_not_depend_on_the_order_of_the_notes(rng):
    notes = melody(*rng.uniform(40, 80, 30))
    shuffled = [notes[i] for i in rng.permutation(len(notes))]
    assert best_octave(shuffled) == best_octave(notes)
    assert np.unique([best_octave(notes) for _ in range(3)]).size == 1
