from __future__ import annotations

import pytest

from hum2guitar import Config, UserError
from hum2guitar.synthesis.guitars import kinds, parse, shares_of

GUITARS = ("nylon_b", "steel_a", "steel_c", "harp")


@pytest.mark.parametrize(
    ("choice", "shares"),
    [
        ("any", {}),
        ("harp", {"harp": 1}),
        ("steel_c", {"steel_c": 1}),
        ("steel", {"steel_a": 0.5, "steel_c": 0.5}),
        ("nylon", {"nylon_b": 1}),
        ("steel:0.7,nylon:0.3", {"steel_a": 0.35, "steel_c": 0.35, "nylon_b": 0.3}),
        ("steel:70, nylon:30", {"steel_a": 0.35, "steel_c": 0.35, "nylon_b": 0.3}),
        ("harp,nylon", {"harp": 0.5, "nylon_b": 0.5}),
        ("any:1,harp:3", {"harp": 0.75}),
        ("steel,steel_a", {"steel_a": 0.75, "steel_c": 0.25}),
        ("harp:0,nylon:1", {"harp": 0, "nylon_b": 1}),
    ],
)
def test_a_choice_is_parsed_to_the_share_of_each_guitar(choice, shares):
    assert parse(choice, GUITARS) == pytest.approx(shares)


def test_the_kind_of_a_guitar_is_the_part_of_its_name_before_the_underscore():
    assert kinds(GUITARS) == {"nylon": ("nylon_b",), "steel": ("steel_a", "steel_c"), "harp": ("harp",)}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("banjo", "there is no guitar 'banjo' in this checkpoint; choose one of: any, nylon, steel, harp, nylon_b"),
        ("steel:0.5,banjo:0.5", "there is no guitar 'banjo'"),
        ("", "there is no guitar ''"),
        ("steel:much", "the share 'much' of the guitar steel is not a number of 0 or more; write steel:0.7"),
        ("steel:", "the share '' of the guitar steel"),
        ("steel:-1,nylon:2", "the share '-1' of the guitar steel"),
        ("steel:nan", "the share 'nan'"),
        ("steel:inf", "the share 'inf'"),
        ("steel:0,nylon:0", "the mix of guitars 'steel:0,nylon:0' has no share above 0"),
    ],
)  # fmt: skip
def test_a_choice_that_is_neither_a_guitar_nor_a_mix_is_refused(choice, said):
    with pytest.raises(UserError, match=said):
        parse(choice, GUITARS)


def test_shares_whose_sum_would_overflow_are_divided_correctly():
    assert parse("steel_a:1e308,nylon_b:1e308", GUITARS) == {"steel_a": 0.5, "nylon_b": 0.5}


def test_any_is_the_default_guitar_of_a_checkpoint_that_has_one():
    assert parse("any:1,nylon_b:3", GUITARS, default="steel_a") == {"steel_a": 0.25, "nylon_b": 0.75}


@pytest.mark.parametrize(("articulation", "shares"), [("plucked", {"steel_a": 1.0}), ("follow", {})])
def test_in_follow_any_is_no_guitar_in_particular(articulation, shares):
    config = Config(guitars=GUITARS, default_guitar="steel_a")
    assert shares_of("any", articulation, config) == shares
    assert shares_of("nylon_b", articulation, config) == {"nylon_b": 1.0}


def test_a_checkpoint_without_guitars_offers_any():
    assert parse("any", ()) == {}
    with pytest.raises(UserError, match="there is no guitar 'steel' in this checkpoint; choose one of: any, or a mix"):
        parse("steel", ())
