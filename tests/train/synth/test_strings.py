"""Strings that ring on: what sounds at once, and for how long."""

from __future__ import annotations

import numpy as np
import pytest

from train.synth.melody import Stroke
from train.synth.strings import let_ring, overlap

RNG_SEEDS = range(20)


def held(*strokes: Stroke, seed: int = 0) -> list[float]:
    return [stroke.held_s for stroke in let_ring(strokes, np.random.default_rng(seed))]


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_a_note_rings_on_under_the_next_on_another_string(seed: int) -> None:
    """G3 and A3 are on four strings each, so there always is another one."""
    assert held(Stroke(0, 2.0, 55, 0, 0.1), Stroke(0.5, 2.0, 57, 0, 0.1), seed=seed) == [2.0, 2.0]


def test_a_note_that_only_one_string_has_ends_when_that_string_is_played_again() -> None:
    assert held(Stroke(0, 2.0, 40, 0, 0.1), Stroke(0.5, 2.0, 42, 0, 0.1)) == [0.5, 2.0]


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_a_repeated_note_and_a_hammered_one_are_on_the_string_of_the_note_before(seed: int) -> None:
    repeated = [Stroke(0, 2.0, 57, 0, 0.1), Stroke(0.5, 2.0, 57.1, 0, 0.1)]
    hammered = [Stroke(0, 2.0, 57, 0, 0.1), Stroke(0.5, 2.0, 59, 0, 0.1, plucked=False)]
    assert held(*repeated, seed=seed) == held(*hammered, seed=seed) == [0.5, 2.0]


def test_before_a_rest_the_hand_damps_all_strings_at_once() -> None:
    lasting = [Stroke(0, 3.0, 55, 0, 0.1), Stroke(0.5, 1.0, 62, 0, 0.1), Stroke(2.5, 1.0, 70, 0, 0.1)]
    assert held(*lasting) == [1.5, 1.0, 1.0]
    assert held(*lasting[:2]) == [1.5, 1.0]


def test_at_most_six_strings_sound_at_once() -> None:
    rng = np.random.default_rng(0)
    strokes = [Stroke(0.2 * n, 9.0, float(rng.integers(40, 80)), 0, 0.1) for n in range(60)]
    rung = let_ring(strokes, rng)
    for n, stroke in enumerate(rung):
        sounding = [s for s in rung[: n + 1] if s.onset_s + s.held_s > stroke.onset_s + 1e-9]
        assert 1 <= len(sounding) <= 6


def test_strings_overlap_where_one_is_held_well_under_the_next_stroke() -> None:
    first, legato, ringing = (Stroke(0, held_s, 57, 0, 0.1) for held_s in (0.4, 0.52, 2.0))
    second = Stroke(0.5, 0.2, 60, 0, 0.1)
    assert not overlap([first, second])
    assert not overlap([legato, second])
    assert overlap([ringing, second])
