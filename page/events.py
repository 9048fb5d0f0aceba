"""Which widget calls which callback."""

from __future__ import annotations

from typing import Any

import gradio as gr

from . import api, texts
from .callbacks import Callbacks
from .layout import Widgets

SHOWN_UNLESS = {"second_share": ("second_guitar", api.NO_SECOND), "tune_strength": ("tune", "off")}


def connect(widgets: Widgets, callbacks: Callbacks) -> None:
    """Connect the widgets of a page to its callbacks."""
    widgets.video.upload(
        lambda file: file, widgets.video, widgets.recording, show_progress="hidden", api_visibility="private"
    )
    inputs: dict[str, Any] = {"recording": widgets.recording, **api.parameters(widgets.choices)}
    # a click on an example converts it
    triggers = (widgets.convert.click, widgets.examples.load_input_event.success)
    runs = [_shows(widgets, callbacks, trigger, inputs) for trigger in triggers]
    widgets.program.click(
        callbacks.convert,
        inputs_kwargs=inputs,
        outputs=[widgets.guitar, widgets.picture, widgets.details, widgets.other],
        concurrency_limit=None,
        api_name=api.NAME,
        api_description=texts.API,
    )
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


def _shows(widgets: Widgets, callbacks: Callbacks, trigger: Any, inputs: dict[str, Any]) -> Any:
    """Convert for the page at a trigger. Gradio sets no limit: ``Jobs`` does."""
    return trigger(
        callbacks.show,
        inputs_kwargs=inputs,
        outputs=[widgets.view, widgets.heard],
        show_progress_on=[widgets.stage],
        concurrency_limit=None,
        api_visibility="private",
    )
