"""The settings of a visitor, kept by the browser: a reload of the page brings them back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

STORAGE_KEY = "hum2guitar-settings"
SECRET = "public: settings are no secret"  # nosec B105 # Gradio encrypts with it; a new one would forget the settings of everybody


@dataclass(frozen=True)
class Settings:
    """The settings that a browser remembers. It keeps them without a call to the server.

    Attributes
    ----------
    widgets : the widgets, by the names under which their values are kept
    state : the kept values by name
    """

    widgets: Mapping[str, Component]
    state: gr.BrowserState

    def keep_at(self, trigger: Callable[..., Any]) -> None:
        """Keep the values of the widgets whenever something happens, such as a widget's ``input``."""
        names = json.dumps(list(self.widgets))
        keep = f"(...values) => [Object.fromEntries({names}.map((name, i) => [name, values[i]]))]"
        trigger(None, list(self.widgets.values()), self.state, js=keep, api_visibility="private")

    def are_defaults(self, kept: Any) -> bool:
        """Whether kept values set every widget to the value that a new visitor sees."""
        updates = zip(self.widgets.values(), restored(self.widgets, kept), strict=True)
        return all(update.get("value", widget.value) == widget.value for widget, update in updates)


def remember(page: gr.Blocks, widgets: Mapping[str, Component]) -> Settings:
    """Let the browser remember the values of widgets, and set them when the page is opened again.

    A value that a widget no longer offers is forgotten.

    Parameters
    ----------
    page : the Blocks that are open
    widgets : those of the page, by the names under which their values are kept
    """
    settings = Settings(widgets, gr.BrowserState({}, storage_key=STORAGE_KEY, secret=SECRET))
    page.load(
        lambda kept: restored(widgets, kept),
        settings.state,
        list(widgets.values()),
        show_progress="hidden",
        queue=False,
        api_visibility="private",
    )
    for widget in widgets.values():
        settings.keep_at(widget.input)  # type: ignore[attr-defined]
    return settings


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
