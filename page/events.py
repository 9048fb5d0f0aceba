"""Which widget calls which callback."""

from __future__ import annotations

from functools import partial
from typing import Any

import gradio as gr

from . import api, texts
from .arrival import Arrival
from .callbacks import Callbacks
from .exports import Exports
from .layout import Widgets
from .settings import Settings
from .showing import OUTPUTS, SOUND, Showing, arrived, sent

SHOWN_UNLESS = {"second_share": ("second_guitar", api.NO_SECOND), "tune_strength": ("tune", "off")}
OWN: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
BEAT = ("quantise", "bpm")
# a take that arrives is scrolled to once, with its first picture
REVEAL = "(heading)=>{if(heading.includes('arriving'))document.getElementById('take').scrollIntoView()}"


def connect(
    page: gr.Blocks, widgets: Widgets, callbacks: Callbacks, showing: Showing, arrival: Arrival, settings: Settings
) -> None:
    """Connect the widgets of a page to its callbacks."""
    parameters: dict[str, Any] = api.parameters(widgets.choices)
    widgets.program.click(
        callbacks.convert,
        inputs_kwargs={"recording": widgets.recording, **parameters, api.NOTES: widgets.notes},
        outputs=[widgets.guitar, widgets.picture, widgets.details, widgets.other],
        concurrency_limit=None,
        api_name=api.NAME,
        api_description=texts.API,
    )
    for slider, (choice, nothing) in SHOWN_UNLESS.items():
        widgets.choices[choice].change(  # type: ignore[attr-defined]
            lambda chosen, nothing=nothing: gr.update(visible=chosen != nothing),
            widgets.choices[choice],
            widgets.choices[slider],
            **OWN,
        )
    _connect_takes(widgets, showing, parameters | {SOUND: widgets.sound}, settings)
    widgets.heading.change(None, widgets.heading, None, js=REVEAL, api_visibility="private")

    async def arrive(kept: Any, request: gr.Request) -> tuple[str, str]:
        showing.visits.of(request.session_hash)
        return arrived(arrival, settings.are_defaults(kept))

    page.load(arrive, settings.state, [widgets.heading, widgets.heard], **OWN)


def _connect_takes(widgets: Widgets, showing: Showing, chosen: dict[str, Any], settings: Settings) -> None:
    """Convert what is recorded, uploaded or clicked, and convert again what is shown as soon as a setting changes."""

    async def restore(name: str | None, request: gr.Request) -> list[Any]:
        kept = showing.settings_of(name, request)
        return [gr.update(value=kept[each]) if each in kept else gr.skip() for each in chosen]

    recorded = {"recording": widgets.recording, **chosen}
    widgets.upload.upload(lambda file: file, widgets.upload, widgets.recording, **OWN)
    _shows(widgets, widgets.recording.change, showing.arrive, recorded)
    _shows(widgets, widgets.convert.click, showing.convert, recorded)
    _shows(widgets, partial(gr.on, [widget.input for widget in chosen.values()]), showing.again, chosen)
    restored = widgets.takes.input(restore, widgets.takes, list(chosen.values()), **OWN)
    settings.keep_at(restored.then)
    _shows(widgets, restored.then, showing.back, {"name": widgets.takes, **chosen})
    _shows(widgets, widgets.view.edit, showing.edit, chosen)
    moved = widgets.view.beat(_read_beat, None, [chosen[name] for name in BEAT], **OWN)
    settings.keep_at(moved.then)
    _shows(widgets, moved.then, showing.again, chosen)
    widgets.view.export(
        Exports(showing).make,
        None,
        widgets.view,
        show_progress_on=[widgets.stage],
        concurrency_limit=None,
        trigger_mode="multiple",
        api_visibility="private",
    )
    widgets.cancel.click(showing.cancel, None, widgets.cancel, **OWN)


def _read_beat(event: gr.EventData) -> list[Any]:
    """The settings of the beat that the view asks for."""
    asked = sent(event)
    return [gr.update(value=asked[name]) if name in asked else gr.skip() for name in BEAT]


def _shows(widgets: Widgets, trigger: Any, show: Any, inputs: dict[str, Any]) -> None:
    """Show a take at a trigger, in place of the one before. Gradio sets no limit: ``Jobs`` does."""
    trigger(
        show,
        inputs_kwargs=inputs,
        outputs=[getattr(widgets, name) for name in OUTPUTS],
        show_progress_on=[widgets.stage],
        concurrency_limit=None,
        trigger_mode="multiple",
        api_visibility="private",
    )
