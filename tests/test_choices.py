from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from hum2guitar import Choices, UserError
from hum2guitar.choices import ANALYSE, ARRANGE, MAX_SEED, RENDER, options_of, parse_transpose, step_of


def test_every_choice_has_a_step_and_a_help_text():
    for field in fields(Choices):
        assert step_of(field.name) in (ANALYSE, ARRANGE, RENDER)
        assert field.metadata["help"]


@pytest.mark.parametrize("name", ["tracker", "strings", "tune", "articulation", "inversion"])
def test_every_offered_name_is_accepted(name):
    assert options_of(name)
    for option in options_of(name):
        assert getattr(Choices(**{name: option}), name) == option


def test_the_largest_seed_is_that_of_training():
    assert Choices(seed=2**63 - 1).seed == MAX_SEED
    with pytest.raises(UserError, match="the seed 9223372036854775808 is not possible"):
        Choices(seed=2**63)


def test_choices_are_frozen():
    with pytest.raises(AttributeError):
        Choices().guitar = "steel"  # type: ignore[misc]
    assert replace(Choices(), guitar="steel").guitar == "steel"


@pytest.mark.parametrize(
    ("typed", "semitones"), [("auto", "auto"), ("7", 7), (" -12 ", -12), (5, 5), (3.0, 3), (np.int64(24), 24), (36, 36)]
)
def test_a_transposition_can_be_a_text_or_a_number(typed, semitones):
    assert parse_transpose(typed) == semitones
    assert Choices(transpose=typed).transpose == semitones


@pytest.mark.parametrize("typed", ["", "high", "1.5", 1.5, float("nan"), float("inf"), None, [], 37, -37])
def test_an_impossible_transposition_is_refused(typed):
    with pytest.raises(UserError, match="semitones"):
        Choices(transpose=typed)


STRANGE = [[], {}, {1}, object(), 1j, b"swift", "x" * 5000, 10**400, -(10**400), float("nan")]
ARRAYS = [np.array(["swift", "crepe"]), np.array([1, 2]), np.array([]), np.array([0.5]), np.array("x")]


@pytest.mark.parametrize("value", STRANGE + ARRAYS, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("name", [field.name for field in fields(Choices) if field.name != "guitar"])
def test_a_value_of_any_kind_is_refused_with_a_short_sentence(name, value):
    with pytest.raises(UserError, match="choose") as refused:
        Choices(**{name: value})
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"capo": value}, r"a capo at fret .* is not possible; choose a whole number from 0 \(none\) to 11")
        for value in (-1, 12, 2.5, "3", None)
    ]
    + [
        ({"body": value}, r"the amount of body .* is not possible; choose a number from 0 \(none\) to 1")
        for value in (-0.1, 1.1, float("nan"), "much")
    ]
    + [
        ({"tune_strength": value}, "the tuning strength .* is not possible; choose a number from 0 to 1")
        for value in (1.5, float("nan"), "all")
    ]
    + [
        ({"iterations": value}, "Griffin-Lim iterations are not possible; choose a whole number from 0 to 1000")
        for value in (-1, 1001, 2.5, "8")
    ]
    + [
        ({"seed": value}, f"the seed .* is not possible; choose a whole number from 0 to {MAX_SEED}")
        for value in (-1, 1.5, "0")
    ]
    + [
        ({"tracker": "ear"}, "there is no tracker 'ear'; choose one of swift, crepe"),
        ({"strings": "open-z"}, "there is no tuning of the strings 'open-z'; choose one of standard, drop-d, dadgad"),
        ({"tune": "just"}, "there is no tuning 'just'; choose one of off, nearest, key"),
        ({"articulation": "strummed"}, "there is no articulation 'strummed'; choose one of plucked, follow"),
        ({"inversion": "wavenet"}, "there is no inversion 'wavenet'; choose one of pghi, griffin-lim, vocoder"),
    ],
)
def test_an_impossible_value_is_refused_with_the_possible_ones(values, said):
    with pytest.raises(UserError, match=said):
        Choices(**values)
