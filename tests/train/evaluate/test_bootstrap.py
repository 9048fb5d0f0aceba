from __future__ import annotations

import numpy as np
import pytest

from hum2guitar.metrics.measured import Measured, mean, median
from train.evaluate.bootstrap import interval, pool


def test_the_bootstrap_interval_of_a_mean_is_the_normal_one() -> None:
    rng = np.random.default_rng(1)
    clips = [Measured(tuple(rng.normal(size=(1,)) for _ in range(40)), mean)]
    values = np.concatenate(clips[0].segments)
    half = 1.96 * values.std() / np.sqrt(40)
    low, high = interval(clips)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.08)
    assert interval(clips) == (low, high)  # the seed is fixed


def test_clips_that_differ_make_a_wide_interval_though_their_segments_agree() -> None:
    clips = [Measured((np.full(1, float(value)),) * 4, mean) for value in range(8)]
    low, high = interval(clips)
    assert high - low > 2
    same = [Measured((np.full(1, 3.0),) * 4, mean)] * 8
    assert interval(same) == (3, 3)


def test_what_was_never_measured_has_no_interval() -> None:
    assert np.isnan(interval([Measured((np.empty(0),), mean)])).all()


def test_the_notes_of_recordings_are_pooled_and_weigh_alike() -> None:
    few, many = (Measured((np.full(n, level),), median) for n, level in ((1, -20.0), (9, -40.0)))
    pooled = pool([few, many])
    assert pooled["figure"] == -40
    assert pooled["notes"] == 10
    assert pooled["interval"] == (-40, -20)
