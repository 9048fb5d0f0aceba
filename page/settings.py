"""The settings of a visitor, kept by the browser: a reload of the page brings them back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

STORAGE_KEY = "hum2guitar-settings"
SECRET = "public: settings are no secret"  # nosec B105 # Gradio encrypts with it; a new one would forget the settings of everybody


def remember(page: gr.Blocks, choices: Mapping[str, Component]) -> gr.BrowserState:
    """Let the browser remember the values of widgets, and set them when the page is opened again.

    The browser keeps them without a call to the server. A value that a widget no longer offers is forgotten.

    Parameters
    ----------
    page : the Blocks that are open
    choices : its widgets, by the names under which their values are kept

    Returns
    -------
    state : holds the values by name
    """
    widgets = list(choices.values())
    state = gr.BrowserState({}, storage_key=STORAGE_KEY, secret=SECRET)
    page.load(
        lambda kept: restored(choices, kept),
        state,
        widgets,
        show_progress="hidden",
        queue=False,
        api_visibility="private",
    )
    keep = f"(...values) => [Object.fromEntries({json.dumps(list(choices))}.map((name, i) => [name, values[i]]))]"
    for widget in widgets:
        widget.input(None, widgets, state, js=keep, api_visibility="private")  # type: ignore[attr-defined]
    return state


def restored(choices: Mapping[str, Component], kept: Any) -> list[Any]:
    """For each widget, the update to its kept value; none where nothing is kept, or nothing that it offers."""
    values = kept if isinstance(kept, dict) else {}
    return [
        gr.update(value=values[name]) if name in values and offers(widget, values[name]) else gr.skip()
        for name, widget in choices.items()
    ]


def offers(widget: Component, value: Any) -> bool:
    """Whether a value can be chosen with a widget."""
    try:
        widget.preprocess(value)
    except (gr.Error, TypeError, ValueError):
        return False
    return value is not None
