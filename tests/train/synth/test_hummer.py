"""The computed hums: that they are what their notes say."""

from __future__ import annotations

import numpy as np
import pytest

from hum2guitar.analysis.notes import levels
from train.synth import hummer
from train.synth.singer import CONTROL_RATE, RATE


@pytest.fixture(scope="module")
def composed():
    return [hummer.compose(10.0, np.random.default_rng(seed)) for seed in range(20)]


def test_the_same_seed_gives_the_same_hum():
    one, other = (hummer.hums(1, 3.0, seed=5)[0] for _ in range(2))
    np.testing.assert_array_equal(one.waveform, other.waveform)
    assert one.notes == other.notes
    assert not np.array_equal(one.waveform, hummer.hums(1, 3.0, seed=6)[0].waveform)


def test_every_join_is_there_and_only_slides_are_not_plucked(composed):
    kinds = [join.kind for _, joins in composed for join in joins]
    assert set(kinds) == set(hummer.JOINS)
    for notes, joins in composed:
        assert [note.plucked for note in notes] == [join.kind != "slide" for join in joins]


def test_notes_are_in_order_and_one_pitch_is_sung_twice_only_after_a_dip_or_a_breath(composed):
    for notes, joins in composed:
        for before, note, join in zip(notes, notes[1:], joins[1:], strict=False):
            assert before.onset_s < before.offset_s <= note.onset_s
            assert join.kind in ("dip", "breath") or before.midi != note.midi


def test_the_contour_is_at_each_pitch_in_the_middle_of_its_note(composed):
    for seed, (notes, joins) in enumerate(composed):
        times_s = np.arange(10 * CONTROL_RATE) / CONTROL_RATE
        midi = hummer.contour(notes, joins, times_s, np.random.default_rng(seed))
        for note in notes:
            inside = midi[(times_s > note.onset_s + 0.1) & (times_s < note.offset_s - 0.05)]
            assert np.median(inside) == pytest.approx(note.midi, abs=0.5)


def test_the_level_dips_before_a_note_that_a_dip_announces(composed):
    for seed, (notes, joins) in enumerate(composed):
        times_s = np.arange(10 * CONTROL_RATE) / CONTROL_RATE
        level_db = hummer.envelope(notes, joins, times_s, np.random.default_rng(seed))
        for note, join in zip(notes, joins, strict=True):
            if join.kind == "dip":
                lowest = level_db[np.abs(times_s - (note.onset_s - join.seconds / 2)) < join.seconds / 2].min()
                after = level_db[(times_s > note.onset_s + 0.03) & (times_s < note.onset_s + 0.06)].mean()
                assert after - lowest == pytest.approx(join.depth_db, abs=2.5)


def test_a_hum_sounds_where_its_notes_are_and_not_before_the_first():
    hum = hummer.hums(1, 4.0, seed=7)[0]
    level_db = levels(hum.waveform, np.arange(0, 4.0, 0.01), RATE)
    first, last = hum.notes[0], hum.notes[-1]
    before = level_db[: round((first.onset_s - 0.05) / 0.01)]
    inside = level_db[round((first.onset_s + 0.1) / 0.01) : round(last.offset_s / 0.01)]
    assert np.median(inside) > np.median(before) + 10
