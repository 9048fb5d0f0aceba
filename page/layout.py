"""The widgets of the page. No text is written here (``texts``), and nothing happens here (``events``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
from .view.texts import FILES

HERE = Path(__file__).parent
# in the package once installed, beside it in the repository
ASSETS = HERE / "assets" if (HERE / "assets").is_dir() else HERE.parent / "assets"
FIRST_EXAMPLE = ASSETS / next(iter(texts.EXAMPLES))
DEFAULTS = asdict(Choices())
UPLOADS = ["audio", "video", ".amr", ".caf", ".flac", ".m4a", ".mka", ".mkv", ".opus"]  # which systems hardly know
RECORDER = "recorder"  # the class of what recorder/recorder.js helps with
SHARE = {"minimum": 0, "maximum": 1, "step": 0.05}


@dataclass(frozen=True)
class Widgets:
    """The widgets that events read, change or start from.

    ``choices`` holds the widget of each choice by its name. ``program`` and what follows it are not shown: programs
    start the endpoint with the one and get the others.
    """

    recording: gr.Audio
    upload: gr.UploadButton
    convert: gr.Button
    cancel: gr.Button
    said: gr.HTML
    stage: gr.HTML
    examples: Examples
    heading: gr.HTML
    heard: gr.Markdown
    takes: gr.Radio
    view: gr.HTML
    sound: gr.Radio
    choices: dict[str, Component]
    program: gr.Button
    notes: gr.JSON
    guitar: gr.Audio
    picture: gr.Image
    details: gr.JSON
    other: gr.Audio


def draw(guitars: tuple[str, ...], trackers: Iterable[str], arrival: dict[str, Any]) -> Widgets:
    """Draw the page into the Blocks that are open.

    Parameters
    ----------
    guitars : names of the checkpoint's guitars
    trackers : names of the F0 trackers to offer
    arrival : the value of the view on arrival
    """
    gr.Markdown(texts.INTRODUCTION)
    with gr.Row(equal_height=False):
        with gr.Column():
            inputs = _draw_inputs()
        with gr.Column():
            choices = draw_main_choices(guitars)
            sound = gr.Radio(_shown(texts.SOUNDS), value=next(iter(texts.SOUNDS)), label=texts.SOUND)
            with gr.Accordion(texts.CHOICES_HEADING, open=False):
                choices |= draw_more_choices(guitars, trackers)
    result: dict[str, Any] = {
        "takes": gr.Radio([], label=texts.TAKES, visible=False, elem_id="takes"),
        "heading": gr.HTML(elem_id="take", padding=False),
        "heard": gr.Markdown(elem_id="heard"),
        "view": view.draw(elem_id="view", value=arrival, files=FILES),
    }
    gr.Markdown(texts.PRIVACY, elem_classes="small")
    return Widgets(**inputs, **result, sound=sound, choices=choices, **_draw_outputs())


def draw_main_choices(guitars: tuple[str, ...]) -> dict[str, Component]:
    """Draw one widget for each choice that most visitors want; gives the widgets by the names of the choices."""
    widgets: dict[str, Component] = {}
    with gr.Row():
        _add(widgets, "guitar", gr.Dropdown, choices=guitar_options(guitars), min_width=220)
        _add(widgets, "transpose", gr.Dropdown, allow_custom_value=True, min_width=220)
    _add(widgets, "articulation", gr.Radio)
    _add(widgets, "tune", gr.Radio)
    _add(widgets, "tune_strength", gr.Slider, **SHARE, visible=False)
    return widgets


def draw_more_choices(guitars: tuple[str, ...], trackers: Iterable[str]) -> dict[str, Component]:
    """Draw one widget for each other choice; gives the widgets by the names of the choices."""
    widgets: dict[str, Component] = {}
    mixed = [*_shown(texts.CHOICES["second_guitar"].options), *guitar_options(guitars)]
    tracked = [(texts.CHOICES["tracker"].shown(name), name) for name in trackers]
    _add(widgets, "second_guitar", gr.Dropdown, choices=mixed, value=NO_SECOND)
    _add(widgets, "second_share", gr.Slider, **SHARE, value=HALF, visible=False)
    with gr.Row():
        _add(widgets, "capo", gr.Number, precision=0, minimum=0, maximum=MAX_CAPO, min_width=140)
        _add(widgets, "strings", gr.Dropdown, min_width=140)
    with gr.Row():
        _add(widgets, "quantise", gr.Slider, **SHARE)
        _add(widgets, "bpm", gr.Number, minimum=0, maximum=FASTEST_BPM, min_width=140)
    _add(widgets, "body", gr.Slider, **SHARE)
    _add(widgets, "tracker", gr.Dropdown, choices=tracked)
    with gr.Row():
        _add(widgets, "iterations", gr.Slider, minimum=0, maximum=200, step=1, value=32, scale=2, min_width=200)
        _add(widgets, "seed", gr.Number, precision=0, minimum=0, min_width=100)
    return widgets


def _add(widgets: dict[str, Component], name: str, kind: Callable[..., Component], **properties: Any) -> None:
    """Draw the widget of a choice. A property that is given comes before what the texts and Choices say."""
    widgets[name] = kind(**(_properties(name, kind) | properties))


def guitar_options(guitars: tuple[str, ...]) -> list[tuple[str, str]]:
    """(what is shown, value) of the kinds, then of each guitar: "steel_archtop" is shown as "Steel-string guitar 1"."""
    return [(shown, name) for name, shown in texts.guitars(guitars).items()]


def _properties(name: str, kind: Callable[..., Component]) -> dict[str, Any]:
    """What the texts and Choices say of one choice."""
    text = texts.CHOICES[name]
    found: dict[str, Any] = {"label": text.label, "info": text.hint}
    if kind in (gr.Dropdown, gr.Radio):
        found["choices"] = _shown(text.options)
    if name in DEFAULTS:
        found["value"] = DEFAULTS[name]
    return found


def _shown(options: Mapping[Any, str]) -> list[tuple[str, Any]]:
    """(what is shown, value) of each option."""
    return [(shown, value) for value, shown in options.items()]


def _draw_inputs() -> dict[str, Any]:
    # it takes what is dropped on the page too, see recorder/dropped.js
    upload = gr.UploadButton(texts.UPLOAD, file_types=UPLOADS, elem_id="upload", render=False)
    recording = gr.Audio(
        sources=["microphone"],
        type="filepath",
        label=texts.RECORDING,
        buttons=[],
        elem_id="hum",
        elem_classes=RECORDER,
    )
    with gr.Row():
        upload.render()
        convert = gr.Button(texts.CONVERT, variant="primary", min_width=120)
        cancel = gr.Button(texts.STOP, min_width=80, visible=False, elem_id="cancel")
    said = gr.HTML(elem_id="said", padding=False)
    examples = gr.Examples(
        [[str(ASSETS / file_name)] for file_name in texts.EXAMPLES],
        inputs=[recording],
        example_labels=list(texts.EXAMPLES.values()),
        label=texts.EXAMPLES_HEADING,
        cache_examples=False,
        api_visibility="private",
    )
    stage = gr.HTML(elem_id="stage", padding=False)  # the progress is shown here, where it covers no result
    return {
        "recording": recording,
        "upload": upload,
        "convert": convert,
        "cancel": cancel,
        "said": said,
        "stage": stage,
        "examples": examples,
    }


def _draw_outputs() -> dict[str, Any]:
    return {
        "program": gr.Button(visible=False),
        "notes": gr.JSON(visible=False),
        "guitar": gr.Audio(type="filepath", label=texts.GUITAR, visible=False),
        "picture": gr.Image(type="filepath", label=texts.PICTURE, visible=False),
        "details": gr.JSON(label=texts.DETAILS_HEADING, visible=False),
        "other": gr.Audio(type="filepath", label=texts.OTHER, visible=False),
    }
