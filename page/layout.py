"""The widgets of the page. No text is written here (``texts``), and nothing happens here (``events``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.helpers import Examples

from hum2guitar import Choices
from hum2guitar.arrangement.quantise import FASTEST_BPM
from hum2guitar.arrangement.register import MAX_CAPO

from . import texts, view
from .api import HALF, NO_SECOND

HERE = Path(__file__).parent
# in the package once installed, beside it in the repository
ASSETS = HERE / "assets" if (HERE / "assets").is_dir() else HERE.parent / "assets"
FIRST_EXAMPLE = ASSETS / next(iter(texts.EXAMPLES))
DEFAULTS = asdict(Choices())
SHARE = {"minimum": 0, "maximum": 1, "step": 0.05}


@dataclass(frozen=True)
class Widgets:
    """The widgets that events read, change or start from.

    ``choices`` holds the widget of each choice by its name. ``program`` and what follows it are not shown: programs
    start the endpoint with the one and get the others.
    """

    recording: gr.Audio
    video: gr.UploadButton
    convert: gr.Button
    stop: gr.Button
    stage: gr.HTML
    examples: Examples
    heard: gr.Markdown
    view: gr.HTML
    choices: dict[str, Component]
    program: gr.Button
    guitar: gr.Audio
    picture: gr.Image
    details: gr.JSON
    other: gr.Audio


def draw(guitars: tuple[str, ...], trackers: Iterable[str], other: str) -> Widgets:
    """Draw the page into the Blocks that are open.

    Parameters
    ----------
    guitars : names of the checkpoint's guitars
    trackers : names of the F0 trackers to offer
    other : the inversion of the second sound
    """
    gr.Markdown(texts.INTRODUCTION)
    with gr.Row(equal_height=False):
        with gr.Column():
            inputs = _draw_inputs()
        with gr.Column(), gr.Accordion(texts.CHOICES_HEADING, open=False):
            choices = draw_choices(guitars, trackers)
    heard = gr.Markdown(texts.NOTHING_HEARD, elem_id="heard")
    shown = view.draw(elem_id="view")
    gr.Markdown(texts.PRIVACY, elem_classes="small")
    return Widgets(**inputs, heard=heard, view=shown, choices=choices, **_draw_outputs(other))


def draw_choices(guitars: tuple[str, ...], trackers: Iterable[str]) -> dict[str, Component]:
    """Draw one widget for each choice; gives the widgets by the names of the choices."""
    widgets: dict[str, Component] = {}

    def add(name: str, kind: Callable[..., Component], **properties: Any) -> None:
        widgets[name] = kind(**(_properties(name, kind) | properties))  # a property given here comes first

    named = guitar_options(guitars)
    with gr.Row():
        add("guitar", gr.Dropdown, choices=named, min_width=150)
        add("second_guitar", gr.Dropdown, choices=[*_options("second_guitar"), *named], value=NO_SECOND, min_width=150)
    add("second_share", gr.Slider, **SHARE, value=HALF, visible=False)
    add("articulation", gr.Radio)
    with gr.Row():
        add("transpose", gr.Dropdown, allow_custom_value=True, scale=2, min_width=200)
        add("capo", gr.Number, precision=0, minimum=0, maximum=MAX_CAPO, min_width=140)
    add("strings", gr.Dropdown)
    add("tune", gr.Radio)
    add("tune_strength", gr.Slider, **SHARE, visible=False)
    with gr.Row():
        add("quantise", gr.Slider, **SHARE)
        add("bpm", gr.Number, minimum=0, maximum=FASTEST_BPM, min_width=140)
    add("body", gr.Slider, **SHARE)
    add("tracker", gr.Dropdown, choices=[(texts.CHOICES["tracker"].shown(name), name) for name in trackers])
    with gr.Row():
        add("iterations", gr.Slider, minimum=0, maximum=200, step=1, value=32, scale=2, min_width=200)
        add("seed", gr.Number, precision=0, minimum=0, min_width=100)
    return widgets


def guitar_options(guitars: tuple[str, ...]) -> list[tuple[str, str]]:
    """(what is shown, value) of the kinds, then of each guitar: "steel_archtop" is shown as "Steel-string guitar 1"."""
    return [(shown, name) for name, shown in texts.guitars(guitars).items()]


def _properties(name: str, kind: Callable[..., Component]) -> dict[str, Any]:
    """What the texts and Choices say of one choice."""
    text = texts.CHOICES[name]
    found: dict[str, Any] = {"label": text.label, "info": text.hint}
    if kind in (gr.Dropdown, gr.Radio):
        found["choices"] = _options(name)
    if name in DEFAULTS:
        found["value"] = DEFAULTS[name]
    return found


def _options(name: str) -> list[tuple[str, Any]]:
    return [(shown, value) for value, shown in texts.CHOICES[name].options.items()]


def _draw_inputs() -> dict[str, Any]:
    recording = gr.Audio(
        sources=["microphone", "upload"], type="filepath", label=texts.RECORDING, buttons=[], elem_id="hum"
    )
    # the recorder takes what the browser calls audio/*; a phone's video and a .webm are not audio/*
    video = gr.UploadButton(texts.VIDEO, file_types=[".mp4", ".webm"], size="sm")
    with gr.Row():
        convert = gr.Button(texts.CONVERT, variant="primary", scale=3, min_width=120)
        stop = gr.Button(texts.STOP, scale=1, min_width=80)
    stage = gr.HTML(elem_id="stage", padding=False)  # the progress is shown here, where it covers no result
    examples = gr.Examples(
        [[str(ASSETS / file_name)] for file_name in texts.EXAMPLES],
        inputs=[recording],
        example_labels=list(texts.EXAMPLES.values()),
        label=texts.EXAMPLES_HEADING,
        cache_examples=False,
    )
    return {
        "recording": recording,
        "video": video,
        "convert": convert,
        "stop": stop,
        "stage": stage,
        "examples": examples,
    }


def _draw_outputs(other: str) -> dict[str, Any]:
    return {
        "program": gr.Button(visible=False),
        "guitar": gr.Audio(type="filepath", label=texts.GUITAR, visible=False),
        "picture": gr.Image(type="filepath", label=texts.PICTURE, visible=False),
        "details": gr.JSON(label=texts.DETAILS_HEADING, visible=False),
        "other": gr.Audio(type="filepath", label=texts.OTHER[other], visible=False),
    }
