"""Which widget calls which callback."""

from __future__ import annotations

from typing import Any

import gradio as gr

from . import api, texts
from .callbacks import Callbacks, heard_line
from .layout import Widgets

SHOWN_UNLESS = {"second_share": ("second_guitar", api.NO_SECOND), "tune_strength": ("tune", "off")}


def connect(widgets: Widgets, callbacks: Callbacks) -> None:
    """Connect the widgets of a page to its callbacks."""
    widgets.video.upload(
        lambda file: file, widgets.video, widgets.recording, show_progress="hidden", api_visibility="private"
    )
    runs = [
        _converts(widgets, callbacks, widgets.convert.click, "public"),
        # a click on an example converts it
        _converts(widgets, callbacks, widgets.examples.load_input_event.success, "private"),
    ]
    for run in runs:
        run.success(heard_line, widgets.details, widgets.heard, show_progress="hidden", api_visibility="private")
    widgets.stop.click(None, cancels=runs, api_visibility="private")
    for slider, (choice, nothing) in SHOWN_UNLESS.items():
        widgets.choices[choice].change(  # type: ignore[attr-defined]
            lambda chosen, nothing=nothing: gr.update(visible=chosen != nothing),
            widgets.choices[choice],
            widgets.choices[slider],
            show_progress="hidden",
            queue=False,
            api_visibility="private",
        )


def _converts(widgets: Widgets, callbacks: Callbacks, trigger: Any, visibility: str) -> Any:
    """Convert at a trigger; the public one is the endpoint of the API. Gradio sets no limit: ``Jobs`` does."""
    return trigger(
        callbacks.convert,
        inputs_kwargs={"recording": widgets.recording, **api.parameters(widgets.choices)},
        outputs=[widgets.guitar, widgets.picture, widgets.details, widgets.other],
        show_progress_on=[widgets.stage],
        concurrency_limit=None,
        api_name=api.NAME,
        api_description=texts.API,
        api_visibility=visibility,
    )
