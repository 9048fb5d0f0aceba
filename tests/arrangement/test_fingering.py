"""The cheapest path of the hand, against all paths and a cost function that was written from the words of the docs."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest

from hum2guitar import Choices, Note
from hum2guitar.arrangement.fingering import (
    NECK_FRETS,
    STRINGS,
    Neck,
    apply_fingering,
    cheapest_path,
    hand_shifts,
    nearest_semitones,
)

Place = tuple[int, int, int]


def melody(rng: np.random.Generator, pitches: np.ndarray) -> tuple[list[Note], np.ndarray]:
    """Notes at random times, a fifth of them reached by slides, and which of them are bent."""
    onsets = np.cumsum(rng.choice([0.08, 0.2, 0.5, 1.5], len(pitches)))
    plucked = rng.random(len(pitches)) > 0.2
    notes = [Note(t, t + 0.05, float(m), 0.8, bool(p)) for t, m, p in zip(onsets, pitches, plucked, strict=True)]
    return notes, rng.random(len(pitches)) < 0.2


def places_of(midi: int, strings: tuple[int, ...], n_frets: int) -> list[Place]:
    """Every string, fret and hand that plays a pitch."""
    hands = range(1, max(1, n_frets - 3) + 1)
    return [
        (string, midi - strings[string - 1], hand)
        for string in range(1, 7)
        for hand in hands
        if midi == strings[string - 1] or (midi > strings[string - 1] and 0 <= midi - strings[string - 1] - hand <= 5)
        if midi - strings[string - 1] <= n_frets
    ]


def holding(place: Place, bent: bool) -> float:
    _, fret, hand = place
    if fret == 0:
        return 1000 if bent else 0
    cost = 0.06 * fret
    for reached in range(hand + 4, fret + 1):  # frets beyond the four under the hand
        assert reached - hand < 6
        cost += 1.5
    return cost


def going(before: Place, after: Place, seconds: float, slide: bool) -> float:
    strings, frets = abs(after[0] - before[0]), abs(after[2] - before[2])
    cost = 0.15 * strings
    if frets:
        cost += 0.5 + 0.25 * frets * (1 if slide else 1 + 0.3 / max(0.03, seconds))
    one_finger = strings == 0 and after[1] - after[2] == before[1] - before[2]
    if slide and not (one_finger and before[1] and after[1]):
        cost += 1000
    return cost


def cost_of(path: list[Place], notes: list[Note], bent: np.ndarray) -> float:
    total = sum(holding(place, b) for place, b in zip(path, bent, strict=True))
    for i in range(1, len(path)):
        total += going(path[i - 1], path[i], notes[i].onset_s - notes[i - 1].onset_s, not notes[i].plucked)
    return total


def lowest_of_all(places: list[list[Place]], notes: list[Note], bent: np.ndarray) -> float:
    """Add up the cost of every path there is."""
    n = len(notes)

    def along(costs: np.ndarray, first: int) -> np.ndarray:
        return costs.reshape((1,) * first + costs.shape + (1,) * (n - first - costs.ndim))

    parts = [along(np.array([holding(p, bent[i]) for p in places[i]]), i) for i in range(n)]
    for i in range(1, n):
        seconds, slide = notes[i].onset_s - notes[i - 1].onset_s, not notes[i].plucked
        moves = [[going(a, b, seconds, slide) for b in places[i]] for a in places[i - 1]]
        parts.append(along(np.array(moves), i - 1))
    return float(reduce(np.add, parts).min())


def check(notes: list[Note], bent: np.ndarray, neck: Neck) -> None:
    pitches = [round(note.midi) for note in notes]
    places = [places_of(midi, neck.open_midi, neck.n_frets) for midi in pitches]
    found = cheapest_path(notes, bent, [neck.places(midi) for midi in pitches])
    path = [tuple(place) for place in found.tolist()]
    assert all(place in possible for place, possible in zip(path, places, strict=True))
    assert cost_of(path, notes, bent) == pytest.approx(lowest_of_all(places, notes, bent), abs=1e-9)


@pytest.mark.parametrize(("n_melodies", "n_notes"), [(200, range(1, 5)), (20, [8])])
def test_no_path_is_cheaper_on_a_neck_of_five_frets(n_melodies: int, n_notes: range, rng: np.random.Generator) -> None:
    for _ in range(n_melodies):
        check(*melody(rng, rng.integers(40, 70, rng.choice(list(n_notes)))), Neck(n_frets=5))


def test_no_path_is_cheaper_on_a_whole_neck(rng: np.random.Generator) -> None:
    for _ in range(10):
        check(*melody(rng, rng.integers(40, 83, 3)), Neck(STRINGS["dadgad"]))


def fingered(*pitches: float, bent: tuple[int, ...] = (), slides: tuple[int, ...] = (), **neck: int) -> list[tuple]:
    notes = [Note(0.4 * i, 0.4 * i + 0.4, midi, 0.8, i not in slides) for i, midi in enumerate(pitches)]
    marks = np.isin(np.arange(len(notes)), bent)
    return [(note.string, note.fret) for note in apply_fingering(notes, marks, Neck(**neck))]


def test_a_scale_in_the_first_position_is_played_as_every_book_has_it() -> None:
    scale = fingered(48, 50, 52, 53, 55, 57, 59, 60)
    assert scale == [(5, 3), (4, 0), (4, 2), (4, 3), (3, 0), (3, 2), (2, 0), (2, 1)]


def test_a_bend_is_never_on_an_open_string() -> None:
    assert fingered(59) == [(2, 0)]
    ((_, fret),) = fingered(59, bent=(0,))
    assert fret > 0


def test_a_slide_stays_on_one_string_and_on_frets(rng: np.random.Generator) -> None:
    for _ in range(20):
        first = int(rng.integers(45, 75))
        (before, low), (after, high) = fingered(first, first + int(rng.integers(-4, 6)), slides=(1,))
        assert before == after
        assert low > 0
        assert high > 0


@pytest.mark.parametrize("tuning", STRINGS)
@pytest.mark.parametrize("capo", [0, 3])
def test_string_and_fret_sound_at_the_pitch_of_the_note(tuning: str, capo: int, rng: np.random.Generator) -> None:
    neck = Neck(STRINGS[tuning], capo)
    pitches = rng.integers(neck.lowest_midi, neck.highest_midi + 1, 40)
    notes, bent = melody(rng, pitches)
    for note in apply_fingering(notes, bent, neck):
        assert note.string is not None
        assert note.fret is not None
        assert 0 <= note.fret <= NECK_FRETS - capo
        assert STRINGS[tuning][note.string - 1] + capo + note.fret == note.midi


def test_a_note_that_the_neck_does_not_have_gets_no_string_and_the_others_do() -> None:
    assert fingered(52, 30, 52, 99) == [(4, 2), (None, None), (4, 2), (None, None)]
    assert fingered(30) == [(None, None)]


def test_a_long_shift_waits_for_a_rest_where_there_is_one(rng: np.random.Generator) -> None:
    """The same pitches need the same hands; the shift comes where there is time for it."""
    pitches = [69.0, 71.0, 72.0, 81.0, 83.0, 84.0]
    onsets = [0.0, 0.12, 0.24, 2.0, 2.12, 2.24]
    notes = [Note(t, t + 0.1, midi, 0.8) for t, midi in zip(onsets, pitches, strict=True)]
    neck = Neck()
    path = cheapest_path(notes, np.zeros(6, dtype=bool), [neck.places(round(midi)) for midi in pitches])
    shifts = np.abs(np.diff(path[:, 2]))
    assert shifts.argmax() == 2
    assert shifts[[0, 1, 3, 4]].max() <= 2
    unplayable = [*notes, Note(3.0, 3.1, 99.0, 0.8)]
    expected = np.stack([np.diff(onsets), shifts], axis=1)
    np.testing.assert_allclose(hand_shifts(unplayable, np.zeros(7, dtype=bool), neck), expected)


def test_a_melody_of_which_the_neck_has_no_note_has_no_shifts() -> None:
    assert hand_shifts([Note(0, 1, 30.0, 0.8)] * 2, np.zeros(2, dtype=bool), Neck()).shape == (0, 2)


def test_a_melody_that_is_hummed_between_two_semitones_keeps_its_intervals() -> None:
    hummed = np.array([0, 2, 4, 5, 7, 5, 4, 2]) + 57 - 0.46 + np.array([1, -1, 1, -1, 1, -1, 1, -1]) * 0.06
    notes = [Note(i, i + 0.9, midi, 0.8) for i, midi in enumerate(hummed.tolist())]
    assert np.diff(nearest_semitones(notes)).tolist() == [2, 2, 1, 2, -2, -1, -2]


def test_drop_d_has_a_note_that_the_standard_tuning_warns_of(converter) -> None:
    from dataclasses import replace

    from sounds import sung

    heard = converter.analyse(sung([(0.1, 0.9, 50.0)], 16000, 1.0), 16000)
    low = replace(heard, notes=tuple(replace(note, midi=note.midi - 12) for note in heard.notes))
    assert converter.arrange(low, Choices(transpose=0)).warnings
    dropped = converter.arrange(low, Choices(transpose=0, strings="drop-d"))
    assert dropped.warnings == ()
    assert [(note.string, note.fret) for note in dropped.notes] == [(6, 0)]
