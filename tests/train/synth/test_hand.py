"""The noises of the hands: where they are heard, and how loud."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from train.synth.guitar import RENDER_RATE, Sample
from train.synth.hand import Hand, damped, render_hand
from train.synth.melody import Stroke

CLICK = np.array([1.0] + [0.0] * 99, dtype=np.float32)
HAND = Hand("steel", (Sample(CLICK, 57, 0.0, 0.0),), (), (), "", "")
STROKES = [Stroke(0.1, 0.3, 57, -6.0, 0.05), Stroke(0.6, 0.4, 57, -6.0, 0.05), Stroke(1.0, 0.5, 57, 0.0, 0.05)]


def noise(hand: Hand, guitar: str, seed: int) -> np.ndarray:
    return render_hand(STROKES, hand, guitar, 2.0, np.random.default_rng(seed))


def test_a_string_is_damped_where_nothing_is_plucked_at_once() -> None:
    assert damped(STROKES) == [STROKES[0], STROKES[2]]


def test_releases_lie_at_the_ends_of_damped_notes() -> None:
    sound = np.abs(noise(HAND, "steel", 0))
    at_s = np.flatnonzero(sound > 0.1 * sound.max()) / RENDER_RATE
    assert at_s == pytest.approx([0.4, 1.5], abs=1e-3)


def test_the_release_of_a_softer_stroke_is_softer() -> None:
    peaks = [noise(HAND, "steel", seed)[[int(0.4 * RENDER_RATE), int(1.5 * RENDER_RATE)]] for seed in range(40)]
    soft_db, hard_db = 20 * np.log10(np.array(peaks)).mean(axis=0)
    # 6 dB for the stroke, less what the hard one has decayed in its longer time
    assert hard_db - soft_db == pytest.approx(6 - 0.2 * 7, abs=1)


def test_the_hands_on_another_guitar_are_softer_and_in_some_takes_silent() -> None:
    peaks = np.array([noise(HAND, "nylon", seed).max() for seed in range(40)])
    own = np.array([noise(HAND, "steel", seed).max() for seed in range(40)])
    assert 0.25 < (peaks == 0).mean() < 0.75
    assert 20 * np.log10(peaks[peaks > 0].mean() / own.mean()) == pytest.approx(-6, abs=1.5)


def test_few_takes_have_a_knock() -> None:
    knocking = replace(HAND, releases=(Sample(0 * CLICK, 57, 0.0, 0.0),), knocks=(CLICK,))
    share = np.mean([noise(knocking, "steel", seed).any() for seed in range(300)])
    assert 0.05 < share < 0.2


def test_a_string_that_is_damped_after_the_end_of_the_take_is_not_heard() -> None:
    assert not render_hand([replace(STROKES[2], held_s=9.0)], HAND, "steel", 2.0, np.random.default_rng(0)).any()
