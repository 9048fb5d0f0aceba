from __future__ import annotations

from dataclasses import fields

import pytest
from gradio.components import Component

from hum2guitar import Choices
from hum2guitar.choices import options_of
from page import layout, texts


def test_every_choice_has_a_widget(widgets: dict[str, Component]) -> None:
    without = {"inversion"}  # the page renders two of them
    parts = {"second_guitar", "second_share"}  # of the field guitar
    assert set(widgets) - parts == {field.name for field in fields(Choices)} - without


@pytest.mark.parametrize("name", ["tracker", "strings", "tune", "articulation"])
def test_a_widget_offers_every_option_of_its_choice(widgets: dict[str, Component], name: str) -> None:
    assert {value for _, value in widgets[name].choices} == set(options_of(name))


def test_guitars_are_offered_by_kind_where_a_kind_has_several_names_and_one_by_one() -> None:
    assert layout.guitar_options(("steel_archtop", "harp")) == [
        ("Recommended guitar", "any"),
        ("Steel-string guitar, all of them mixed", "steel"),
        ("Steel-string guitar 1", "steel_archtop"),
        ("Harp 1", "harp"),
    ]


def test_every_example_lies_where_the_page_looks_for_it() -> None:
    assert all((layout.ASSETS / file_name).is_file() for file_name in texts.EXAMPLES)
