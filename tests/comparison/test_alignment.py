from __future__ import annotations

import numpy as np
import pytest
from melody import SR, TRUTH, plucked_melody
from sounds import noise, sung

from hum2guitar.comparison.alignment import align, overlapping


@pytest.mark.parametrize("late", [0, 7001, -7001])
def test_a_copy_is_aligned_to_the_sample_whatever_its_level_and_polarity(late: int) -> None:
    sound = plucked_melody()
    first, second = (np.r_[np.zeros(max(0, samples), dtype=np.float32), sound] for samples in (-late, late))
    second = -0.2 * second
    found = align(first, second, SR)
    assert found.found
    assert round(found.offset_s * SR) == late
    one, other = overlapping(first, second, late)
    np.testing.assert_allclose(other, -0.2 * one, atol=1e-6)


def test_another_rendering_of_the_melody_is_aligned_to_ten_milliseconds() -> None:
    notes = [(onset_s + 0.5, offset_s + 0.5, midi) for onset_s, offset_s, midi in TRUTH]
    found = align(plucked_melody(), sung(notes, SR, 3.5), SR)
    assert found.found
    assert found.offset_s == pytest.approx(0.5, abs=0.01)
    assert found.correlation < 0.95


def test_an_excerpt_is_found_in_the_whole() -> None:
    sound = plucked_melody()
    found = align(sound, sound[SR // 2 : 2 * SR], SR)
    assert found.offset_s == pytest.approx(-0.5, abs=1 / SR)


def test_sounds_that_have_nothing_in_common_stay_where_they_are() -> None:
    found = align(plucked_melody(), noise(3 * SR, np.random.default_rng(0)), SR)
    assert not found.found
    assert found.offset_s == 0
