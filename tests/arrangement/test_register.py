from __future__ import annotations

import numpy as np
import pytest

from hum2guitar.arrangement import register
from hum2guitar.arrangement.register import best_octave, choose_transposition, describe_transposition, range_warnings
from hum2guitar.note import Note


def melody(*pitches: float, seconds: float = 0.5) -> list[Note]:
    return [Note(i * seconds, (i + 1) * seconds, midi, 0.8) for i, midi in enumerate(pitches)]


@pytest.mark.parametrize("midi", [39.6, 41, 45, 57, 69, 80, 84.4])
def test_a_melody_that_the_neck_holds_is_not_moved(midi):
    assert best_octave(melody(midi)) == 0


@pytest.mark.parametrize("midi", [28, 36.3, 39, 88, 95])
def test_a_note_off_the_neck_goes_to_the_octave_nearest_to_a3(midi):
    semitones = best_octave(melody(midi))
    assert semitones % 12 == 0
    assert abs(midi + semitones - 57) <= 6


@pytest.mark.parametrize(("midi", "semitones"), [(27, 24), (39, 12), (87, -24)])
def test_of_two_octaves_as_near_the_smaller_move_is_taken(midi, semitones):
    assert best_octave(melody(midi)) == semitones


def test_a_long_note_counts_for_more_than_several_short_ones():
    low, *high = melody(36, 55, 55, 55, seconds=0.1)
    held = Note(low.onset_s, 5.0, low.midi, 0.8)
    assert best_octave([held, *high]) == 24
    assert best_octave([low, *high]) == 12


def test_the_octave_that_is_chosen_gets_no_advice_to_take_another(rng):
    for _ in range(300):
        lowest, span = rng.integers(28, 90), rng.integers(1, 44)
        notes = melody(*rng.integers(lowest, lowest + span, 12))
        semitones = best_octave(notes)
        played = [Note(n.onset_s, n.offset_s, n.midi + semitones, 0.8) for n in notes]
        assert not any("keeps every note within it" in warning for warning in range_warnings(played, semitones, 0))


def test_a_melody_that_reaches_far_down_stays_where_all_of_it_can_be_played():
    low_half = melody(62, 62, 62, 62, 62, 62, 62, 49, 49, 49)  # an octave down C♯3 would be C♯2, below the low E
    assert best_octave(low_half) == 0
    assert best_octave([Note(n.onset_s, n.offset_s, n.midi + 2, 0.8) for n in low_half]) == 0  # E4 alone would go down


@pytest.mark.parametrize("slip", [-12, 12, 24])
def test_one_note_heard_an_octave_off_moves_no_melody(rng, slip):
    pitches = rng.integers(52, 60, 20)
    before = best_octave(melody(*pitches))
    pitches[7] += slip
    assert best_octave(melody(*pitches)) == before


def test_a_capo_raises_what_is_fingered_by_its_fret_and_moves_no_octave():
    for capo in range(register.MAX_CAPO + 1):
        assert choose_transposition("auto", melody(37, 38, 39), capo) == 24 + capo
        assert choose_transposition(-5, melody(45, 47, 48), capo) == -5 + capo


# --- what does not fit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("midi", [39.6, 40, 57, 84, 84.4])
def test_what_lies_on_the_neck_gets_no_warning(midi):
    assert range_warnings(melody(midi), 0, 0) == ()


def test_notes_off_the_neck_are_named_once_each_with_the_transposition_that_helps():
    (told,) = range_warnings(melody(38, 40, 38.2, 33), -24, 0)
    assert told == "A1, D2 lie outside the guitar's range, E2 to C6; the transposition -12 keeps every note within it"


def test_a_capo_takes_the_lowest_notes_away():
    assert range_warnings(melody(42), 2, 2) == ()
    (told,) = range_warnings(melody(42), 3, 3)
    assert told.startswith("F♯2 lies outside the guitar's range with a capo at fret 3, G2 to C6; the transposition +12")


@pytest.mark.parametrize(("capo", "advice"), [(0, "; no octave holds the whole melody; hum a smaller span"),
                                              (2, "melody; take the capo off or hum a smaller span")])  # fmt: skip
def test_a_span_that_no_octave_holds_is_said_to_be_too_wide(capo, advice):
    (told,) = range_warnings(melody(36, 57, 86), 0, capo)
    assert told.startswith("C2, D6 lie outside")
    assert told.endswith(advice)


def test_of_many_notes_off_the_neck_four_are_named():
    (told,) = range_warnings(melody(*range(85, 92)), 36, 0)
    assert told.startswith("C♯6, D6, D♯6, E6 and 3 more lie outside")
    assert "the transposition +24" in told


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
def test_a_transposition_is_put_into_words(semitones, capo, words):
    assert describe_transposition(semitones, capo) == words


def test_the_choice_does_not_depend_on_the_notes_order(rng):
    notes = melody(*rng.uniform(40, 80, 30))
    shuffled = [notes[i] for i in rng.permutation(len(notes))]
    assert best_octave(shuffled) == best_octave(notes)
    assert np.unique([best_octave(notes) for _ in range(3)]).size == 1
