"""The endpoint ``/convert`` for programs: the names of its parameters and of its outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from hum2guitar import Choices
from hum2guitar.choices import field_of
from hum2guitar.synthesis.guitars import ANY

from . import texts

NAME = "convert"
NO_SECOND = "none"  # the second guitar where there is no mix
HALF = 0.5  # the share of the second guitar where none is given
# Programs rely on these names and their order. A new choice comes after them, under the name of its field.
PARAMETERS = {  # parameter → choice
    "guitar": "guitar",
    "articulation": "articulation",
    "tracker": "tracker",
    "transposition": "transpose",
    "iterations": "iterations",
    "seed": "seed",
    "second_guitar": "second_guitar",
    "second_share": "second_share",
    "capo": "capo",
    "tuning": "tune",
    "tuning_strength": "tune_strength",
    "body": "body",
}


def parameters(choices: Mapping[str, Component]) -> dict[str, Component]:
    """The widgets of the choices by the parameters' names, in the parameters' order."""
    known = {parameter: choices[choice] for parameter, choice in PARAMETERS.items()}
    return known | {choice: widget for choice, widget in choices.items() if choice not in PARAMETERS.values()}


def read_choices(given: Mapping[str, Any]) -> Choices:
    """Read what a visitor or a program chose.

    Parameters
    ----------
    given : values by the parameters' names; a choice that is missing or empty keeps its default

    Raises
    ------
    UserError
        For a value that is not possible.
    """
    values = {PARAMETERS.get(name, name): _whole(value) for name, value in given.items() if value is not None}
    second, share = values.pop("second_guitar", NO_SECOND), values.pop("second_share", HALF)
    if second != NO_SECOND:
        values["guitar"] = f"{values.get('guitar', ANY)}:{1 - share:.3f},{second}:{share:.3f}"
    return Choices(**values)


def _whole(value: Any) -> Any:
    """Give a whole number as an int: JSON may say 32.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Page(gr.Blocks):
    """Blocks whose ``/convert`` has outputs with the names in ``texts.OUTPUTS``, and a line of help for each parameter.

    Gradio names an output by the label of its component. The labels here are texts for visitors; a translation would
    change them.
    """

    def get_api_info(self, *args: Any, **options: Any) -> Any:
        """What the API page and ``Client.view_api`` show; the parameters are those of ``gr.Blocks.get_api_info``."""
        info = super().get_api_info(*args, **options)
        endpoint = info["named_endpoints"].get(f"/{NAME}")
        if endpoint is not None:
            for output, (name, text) in zip(endpoint["returns"], texts.OUTPUTS.items(), strict=True):
                output["label"] = name
                output["python_type"]["description"] = text
            for parameter in endpoint["parameters"]:
                parameter["python_type"]["description"] = help_of(parameter["parameter_name"])
        return info


def help_of(parameter: str) -> str:
    """One line about a parameter: from ``texts.PARAMETERS``, else the help of its field of Choices."""
    name = PARAMETERS.get(parameter, parameter)
    return texts.PARAMETERS.get(name) or str(field_of(name).metadata["help"])
