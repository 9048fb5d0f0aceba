"""The note model: its decoding is exact, and dips of the level are measured."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from hum2guitar.analysis import note_hmm

STEP_S = 0.01
GRID = np.array([57.0, 57.5, 58.0])


Choice = list[tuple[int, int, float]]


def cost(choice: Choice, midi, weight, frame_cost, onset_cost) -> float:
    """The cost of notes (first frame, frame after the last, pitch) by the definition of the model."""
    total = 0.0
    for first, stop, pitch in choice:
        total += max(onset_cost[first], 0.0)
        for frame in range(first, stop):
            distance = min(abs(pitch - midi[frame]), note_hmm.MAX_DISTANCE)
            total += note_hmm.OFF_PITCH_COST * weight[frame] * distance + frame_cost[frame]
            total += min(max(-onset_cost[frame], 0.0), note_hmm.MAX_STAY_COST) if frame > first else 0.0
    return total


def choices(first: int, n_frames: int) -> list[Choice]:
    """Every possible list of notes from a frame on."""
    if first == n_frames:
        return [[]]
    found = choices(first + 1, n_frames)
    for stop, pitch in product(range(first + 1, n_frames + 1), GRID):
        found = found + [[(first, stop, pitch), *rest] for rest in choices(stop, n_frames)]
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_decoded_notes_are_the_most_probable_of_all_possible_ones(seed):
    rng = np.random.default_rng(seed)
    n_frames = 5
    midi = rng.choice(GRID, n_frames) + rng.normal(0, 0.2, n_frames)
    weight = rng.uniform(0.05, 0.15, n_frames)
    frame_cost, onset_cost = rng.normal(-2.0, 2.0, n_frames), rng.normal(1.0, 3.0, n_frames)
    costs = (midi, weight, frame_cost, onset_cost)
    best = min(choices(0, n_frames), key=lambda choice: cost(choice, *costs))
    assert best, "silence is the cheapest: this seed tests nothing"
    assert note_hmm.viterbi(*costs, GRID) == [(first, stop) for first, stop, _ in best]


def test_a_contour_without_voiced_frames_has_no_notes():
    nothing = np.zeros(50)
    assert note_hmm.decode(np.full(50, np.nan), nothing, nothing, nothing, STEP_S) == []


def test_a_dip_is_measured_against_the_levels_before_and_after_it():
    level_db = np.zeros(100)
    level_db[40:44] = -10  # 40 ms
    level_db[80:] = -30  # the end of a note is not a dip
    found = note_hmm.dips(level_db, STEP_S)
    assert found[40:44] == pytest.approx(10 - note_hmm.DIP_FREE_DB)
    assert np.flatnonzero(found).tolist() == [40, 41, 42, 43]
