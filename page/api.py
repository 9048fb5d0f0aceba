"""The endpoint ``/convert`` for programs: the names of its parameters and of its outputs."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component
from starlette.requests import Request
from starlette.responses import JSONResponse

from hum2guitar import Choices, UserError
from hum2guitar.choices import field_of
from hum2guitar.synthesis.guitars import ANY

from . import texts
from .errors import sentence, showing_errors

NAME = "convert"
NOTES = "notes"  # the parameter for corrected notes; it is the last one
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
    "strings": "strings",
    "quantise": "quantise",
    "bpm": "bpm",
}
KINDS = {  # of the parameters that are not fields of Choices
    "second_guitar": "str",
    "second_share": "float",
    "first_tracker": "str",
    "second_tracker": "str",
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


def check_kind(parameter: str, value: Any) -> None:
    """Raise UserError for a value of a kind that no widget gives: a list, a truth value, NaN, a text for a number.

    Which of the texts and numbers are possible is checked later, by the widgets and by ``Choices``.
    """
    kind = KINDS.get(parameter) or str(field_of(PARAMETERS.get(parameter, parameter)).type)
    text = isinstance(value, str)
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")
    whole = number and value == int(value)
    accepted = {"str": text, "float": number, "int | str": number or text}.get(kind, whole)
    if value is None or accepted:
        return
    wanted = {"str": "a text", "float": "a number", "int | str": "a whole number or a text"}.get(kind, "a whole number")
    raise UserError(texts.WRONG_KIND.format(parameter=parameter, value=reprlib.repr(value), wanted=wanted))


def check_recording(given: Any) -> None:
    """Raise UserError if a recording is given as anything but a file that was uploaded, or None."""
    if given is not None and not (isinstance(given, dict) and isinstance(given.get("path"), str)):
        raise UserError(texts.NO_FILE.format(value=reprlib.repr(given)))


def _whole(value: Any) -> Any:
    """Give a whole number as an int: JSON may say 32.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


async def answer_wrong_names(request: Request, error: Exception) -> JSONResponse:
    """Answer a call with a parameter that is not there, or without one that is needed; Gradio raises TypeError."""
    if not request.url.path.startswith("/gradio_api/call/"):
        raise error
    reason = str(error).split(". ")[0].rstrip(".")
    return JSONResponse({"detail": texts.WRONG_NAMES.format(reason=reason)}, 422)


class Page(gr.Blocks):
    """Blocks whose ``/convert`` answers every wrong value with a sentence and says what its parameters and outputs are.

    Gradio names an output by the label of its component. The labels here are texts for visitors, which are translated.
    """

    def check(self, parameter: str | None, value: Any) -> None:
        """Raise UserError for a value that a parameter of this name cannot have, whatever the recording is."""
        if parameter == "recording":
            check_recording(value)
        elif parameter in PARAMETERS:
            check_kind(parameter, value)

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **options: Any) -> Any:
        """Check the values that a program gives before the widgets do, which would fail without a sentence.

        The parameters are those of ``gr.Blocks.preprocess_data``. Raises gr.Error for a value that cannot be used.
        """
        with showing_errors(texts.UNUSABLE):
            for parameter, value in zip(block_fn.input_parameter_names or (), inputs, strict=False):
                self.check(parameter, value)
            return await super().preprocess_data(block_fn, inputs, *args, **options)

    def get_api_info(self, *args: Any, **options: Any) -> Any:
        """What the API page and ``Client.view_api`` show; the parameters are those of ``gr.Blocks.get_api_info``."""
        info = super().get_api_info(*args, **options)
        endpoint = info["named_endpoints"].get(f"/{NAME}")
        if endpoint is not None:
            for output, (name, text) in zip(endpoint["returns"], texts.OUTPUTS.items(), strict=True):
                output["label"] = name
                output["python_type"]["description"] = text
            for parameter in endpoint["parameters"]:
                parameter["label"] = parameter["parameter_name"]
                parameter["python_type"]["description"] = help_of(parameter["parameter_name"])
        return info


def help_of(parameter: str) -> str:
    """One sentence about a parameter: from ``texts.PARAMETERS``, else the help of its field of Choices."""
    return texts.PARAMETERS.get(parameter) or sentence(field_of(parameter).metadata["help"])
