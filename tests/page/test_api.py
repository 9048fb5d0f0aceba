from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import gradio as gr
import pytest
from gradio.components import Component
from gradio_client import Client, handle_file

from hum2guitar import Choices, UserError
from page import api, lab_api

FIRST_SEVEN = ["recording", "guitar", "articulation", "tracker", "transposition", "iterations", "seed"]
LATER = ["second_guitar", "second_share", "capo", "tuning", "tuning_strength", "body", "strings", "quantise", "bpm"]


def test_the_first_endpoint_is_convert_and_its_parameters_stay_where_programs_know_them(address: str) -> None:
    with urllib.request.urlopen(f"{address}/gradio_api/info", timeout=10) as answer:
        info = json.load(answer)
    assert list(info["named_endpoints"]) == ["/convert", *(f"/{name}" for name in lab_api.ENDPOINTS)]
    parameters = [each["parameter_name"] for each in info["named_endpoints"]["/convert"]["parameters"]]
    assert parameters[: len(FIRST_SEVEN + LATER)] == FIRST_SEVEN + LATER


def test_a_program_that_knows_only_the_first_seven_parameters_is_served(client: Client, short_hum: Path) -> None:
    chosen = ("any", "plucked", "swift", "auto", 4, 0)
    _, _, details, _ = client.predict(handle_file(str(short_hum)), *chosen, api_name="/convert")
    assert len(details["notes"]) == 2


def test_the_api_names_its_outputs_and_explains_each_parameter(client: Client) -> None:
    endpoint = client.view_api(print_info=False, return_format="dict")["named_endpoints"]["/convert"]
    assert [output["label"] for output in endpoint["returns"]] == ["guitar", "picture", "details", "other"]
    assert "0.5 s to 10 min" in endpoint["parameters"][0]["python_type"]["description"]
    for parameter in endpoint["parameters"]:
        assert parameter["python_type"]["description"].endswith(".")
        assert parameter["label"] == parameter["parameter_name"]
    printed = client.view_api(print_info=False, return_format="str")
    assert "] other: " in printed
    assert "by_griffinlim" not in printed  # the label that a visitor sees


def test_a_new_choice_is_a_new_last_parameter_with_the_name_of_its_field(
    widgets: dict[str, Component],
) -> None:
    widgets = {"strum": gr.Checkbox(), **widgets}
    assert list(api.parameters(widgets)) == [*FIRST_SEVEN[1:], *LATER, "strum"]


def test_the_page_as_it_opens_asks_for_the_defaults(widgets: dict[str, Component]) -> None:
    given = {parameter: widget.value for parameter, widget in api.parameters(widgets).items()}
    assert api.read_choices(given) == Choices(iterations=32)


def test_an_empty_number_means_the_default_and_a_slider_may_give_a_whole_float() -> None:
    assert api.read_choices({"capo": None, "seed": None, "iterations": 4.0}) == Choices(iterations=4)


def test_two_guitars_and_a_share_are_a_mix() -> None:
    mixed = api.read_choices({"guitar": "steel", "second_guitar": "nylon", "second_share": 0.25})
    assert mixed.guitar == "steel:0.750,nylon:0.250"
    assert api.read_choices({"guitar": "steel", "second_guitar": "none", "second_share": 0.25}).guitar == "steel"
    assert api.read_choices({"second_guitar": "nylon", "second_share": None}).guitar == "any:0.500,nylon:0.500"
    assert api.read_choices({"guitar": "steel", "second_guitar": None}).guitar == "steel"


def test_what_is_not_possible_is_refused_with_a_sentence() -> None:
    with pytest.raises(UserError, match="whole number"):
        api.read_choices({"transposition": "high"})
