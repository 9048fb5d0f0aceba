from __future__ import annotations

import numpy as np
import pytest

from hum2guitar.synthesis.condition import build_condition, condition_size


def test_the_condition_is_one_guitar_and_the_articulation(tiny):
    np.testing.assert_array_equal(build_condition("nylon", "plucked", tiny), [1, 0, 0, 0])
    np.testing.assert_array_equal(build_condition("steel", "follow", tiny), [0, 1, 0, 1])
    np.testing.assert_array_equal(build_condition(None, "plucked", tiny), [0, 0, 1, 0])
    assert condition_size(tiny) == 4


def test_the_condition_of_a_mix_is_its_shares_and_the_rest_is_no_guitar_in_particular(tiny):
    for shares, expected in (
        ({"nylon": 0.25, "steel": 0.75}, [0.25, 0.75, 0, 0]),
        ({"steel": 0.5}, [0, 0.5, 0.5, 0]),
        ({}, [0, 0, 1, 0]),
        ({"steel": 1.0}, build_condition("steel", "plucked", tiny)),
    ):
        np.testing.assert_allclose(build_condition(shares, "plucked", tiny), expected)


def test_a_guitar_that_the_config_does_not_name_is_an_error(tiny):
    with pytest.raises(ValueError, match="not in tuple"):
        build_condition("banjo", "plucked", tiny)
