from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hum2guitar import Note
from hum2guitar.arrangement.quantise import Grid, find_grid, place, quantise

CELLS = [([0], 1), ([0, 2], 1), ([0], 2), ([0, 6], 2), ([0, 2, 3], 1)]  # sixteenths, beats


def rhythm(bpm: float, swing: float, rng: np.random.Generator, n: int = 40, sd_s: float = 0.015) -> tuple:
    """Onsets in s of a rhythm of common cells, and the sixteenths that they mean."""
    steps: list[int] = []
    beat = 0
    while len(steps) < n:
        cell, beats = CELLS[rng.choice(len(CELLS), p=[0.4, 0.3, 0.15, 0.1, 0.05])]
        steps += [4 * beat + step for step in cell]
        beat += beats
    return Grid(bpm, 0.37, swing).seconds(np.array(steps)) + rng.normal(0, sd_s, len(steps)), np.array(steps)


@pytest.mark.parametrize("bpm", [64.0, 80.0, 97.0, 120.0, 140.0])
@pytest.mark.parametrize("swing", [0.5, 2 / 3])
def test_tempo_phase_and_swing_are_found(bpm: float, swing: float, rng: np.random.Generator) -> None:
    onsets, steps = rhythm(bpm, swing, rng)
    grid = find_grid(onsets)
    assert grid.bpm == pytest.approx(bpm, rel=0.005)
    assert grid.swing == pytest.approx(swing, abs=0.05)
    assert grid.first_beat_s == pytest.approx(0.37, abs=0.03)
    assert np.mean(place(onsets, grid) == steps) > 0.95


def test_a_tempo_that_is_given_is_kept(rng: np.random.Generator) -> None:
    onsets, _ = rhythm(100, 0.5, rng)
    assert find_grid(onsets, bpm=50.0).bpm == 50.0


@pytest.mark.parametrize("onsets", [[0.0], [0.3, 0.9], [5.0]])
def test_few_onsets_have_a_grid_that_begins_with_the_first(onsets: list[float]) -> None:
    assert find_grid(onsets).first_beat_s == pytest.approx(onsets[0], abs=0.02)


@pytest.mark.parametrize("swing", [0.5, 0.6])
def test_steps_and_seconds_are_inverse(swing: float) -> None:
    grid = Grid(93, 0.4, swing)
    times = np.linspace(0, 9, 50)
    np.testing.assert_allclose(grid.seconds(grid.steps(times)), times, atol=1e-12)


def test_quantised_onsets_lie_on_the_grid_and_swing_stays(rng: np.random.Generator) -> None:
    onsets, _ = rhythm(100, 2 / 3, rng)
    notes = [Note(t, t + 0.1, 60.0, 0.8) for t in onsets.tolist()]
    grid = find_grid(onsets)
    moved = quantise(notes, grid, 1.0)
    steps = grid.steps(np.array([note.onset_s for note in moved]))
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
    off_beats = np.array([n.onset_s for n in moved])[np.round(steps) % 4 == 2]
    assert ((off_beats - grid.first_beat_s) / grid.beat_s % 1).mean() == pytest.approx(2 / 3, abs=0.05)
    half = quantise(notes, grid, 0.5)
    np.testing.assert_allclose(
        [note.onset_s for note in half], [(a.onset_s + b.onset_s) / 2 for a, b in zip(notes, moved, strict=True)]
    )
    assert [n.onset_s for n in quantise(notes, grid, 0.0)] == [n.onset_s for n in notes]


def test_no_two_onsets_get_the_same_sixteenth() -> None:
    steps = place(np.array([0.0, 0.02, 0.04, 1.0]), Grid(120, 0.0))
    assert (np.diff(steps) > 0).all()


@settings(deadline=None)
@given(
    gaps_s=st.lists(st.floats(0.02, 1.0), min_size=1, max_size=40),
    bpm=st.floats(50, 180),
    first_beat=st.floats(-0.5, 0.5),
    swing=st.sampled_from([0.5, 0.58, 2 / 3]),
    strength=st.floats(0, 1),
)
def test_no_onset_moves_by_more_than_half_a_sixteenth_and_the_order_stays(
    gaps_s: list[float], bpm: float, first_beat: float, swing: float, strength: float
) -> None:
    onsets = np.cumsum(gaps_s)
    grid = Grid(bpm, float(onsets[0]) + first_beat * 60 / bpm, swing)
    notes = [Note(t, t + 0.9 * gap, 60.0, 0.8) for t, gap in zip(onsets.tolist(), [*gaps_s[1:], 0.5], strict=True)]
    moved = quantise(notes, grid, strength)
    longest_s = grid.beat_s * swing / 2  # of the sixteenths; those after a swung eighth are shorter
    for old, new in zip(notes, moved, strict=True):
        assert abs(new.onset_s - old.onset_s) <= strength * longest_s / 2 + 1e-9
        assert 0 <= new.onset_s < new.offset_s
    assert all(before.offset_s <= after.onset_s for before, after in pairwise(moved))


@pytest.mark.parametrize(("gap_s", "bpm"), [(0.2, 50.0), (0.07, 0.0)])
def test_notes_faster_than_sixteenths_last_as_long_as_before(gap_s: float, bpm: float) -> None:
    onsets = [gap_s * i for i in range(40)]
    grid = find_grid(onsets, bpm)
    assert gap_s < grid.beat_s / 4
    moved = [n.onset_s for n in quantise([Note(t, t + 0.05, 60.0, 0.8) for t in onsets], grid, 1.0)]
    assert moved[-1] == pytest.approx(onsets[-1], abs=grid.beat_s / 4)
    steps = grid.steps(np.array(moved))
    taken = np.round(steps[np.abs(steps - np.round(steps)) < 1e-6])
    assert sorted(set(taken)) == taken.tolist() == list(range(int(taken[0]), int(taken[-1]) + 1))


def test_no_onset_moves_to_the_end_of_the_sound() -> None:
    notes = [Note(0.0, 0.5, 60.0, 0.8), Note(2.56, 2.6, 60.0, 0.8)]  # the nearest sixteenth is at 2.7 s
    assert [note.onset_s for note in quantise(notes, Grid(50, 0.0), 1.0, end_s=2.6)] == [0.0, 2.56]
