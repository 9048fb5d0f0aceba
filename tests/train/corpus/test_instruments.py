"""The table that says who hears what."""

from __future__ import annotations

import pytest

from hum2guitar.errors import CorpusError
from train.corpus.instruments import INSTRUMENTS, ROLES, check_for_generator, faulty, in_soundfont, of_role


def sound(role: str) -> set[tuple[str, int, int]]:
    return {(i.origin, i.program, i.bank) for i in of_role(role) if i.program is not None}


def test_every_name_is_given_once() -> None:
    names = [instrument.name for instrument in INSTRUMENTS]
    assert len(set(names)) == len(names)
    assert {instrument.role for instrument in INSTRUMENTS} == set(ROLES)


@pytest.mark.parametrize(("one", "other"), [("generator", "judge"), ("generator", "test"), ("judge", "test")])
def test_no_sound_serves_two_roles(one: str, other: str) -> None:
    assert not sound(one) & sound(other)
    recorded = [{i.origin for i in of_role(role) if i.program is None} for role in (one, other)]
    assert not recorded[0] & recorded[1]


def test_a_kind_of_bowed_blown_or_sung_sound_serves_one_role_whatever_the_font() -> None:
    role_of: dict[tuple[int, int], set[str]] = {}
    for instrument in INSTRUMENTS:
        if not instrument.guitar and instrument.program is not None:
            role_of.setdefault((instrument.program, instrument.bank), set()).add(instrument.role)
    assert all(len(roles) == 1 for roles in role_of.values())


def test_judge_and_test_have_guitars_and_others_and_the_generator_has_guitars_alone() -> None:
    assert {i.guitar for i in of_role("judge")} == {i.guitar for i in of_role("test")} == {True, False}
    assert {i.guitar for i in of_role("generator")} == {True}


def test_a_program_of_a_font_is_found_and_another_bank_is_another_instrument() -> None:
    found = in_soundfont("FluidR3_GM", 24, 8)
    assert found is not None
    assert found.name == "ukulele_fluid"
    assert in_soundfont("FluidR3_GM", 24, 9) is None


@pytest.mark.parametrize("name", ["nylon_fluid", "nylon_tim", "guitarset", "computed_strings"])
def test_no_generator_may_learn_from_what_is_kept_for_judge_or_test(name: str) -> None:
    with pytest.raises(CorpusError, match=f"{name} is kept for the (judge|test)"):
        check_for_generator(["steel_allan", name])
    check_for_generator(["steel_allan", "a guitar of one's own"])


def test_packs_that_are_denoised_or_hiss_are_told_from_the_others() -> None:
    clean = ["nylon_freepats", "steel_archtop", "steel_martin", "steel_fluid", "a guitar of one's own"]
    assert set(faulty([*clean, "steel_allan", "steel_tonejs", "nylon_tonejs"])) == {
        "steel_allan", "steel_tonejs", "nylon_tonejs"
    }  # fmt: skip
