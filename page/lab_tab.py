"""The second tab: one choice of experiment, what it compares, and the result in a view and a table.

``Lab`` compares. No text is written here (``lab_texts``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.helpers import Examples

from hum2guitar import Choices, Config
from hum2guitar.synthesis.inversion import fitting

from . import lab_texts, layout, texts, view
from .lab import Lab
from .lab_shown import Shown, cancelled

NAMES = tuple(lab_texts.EXPERIMENTS)
GUITAR, INVERSIONS, TRACKERS, SOUNDS = NAMES
IN = {"second": {SOUNDS}, "guitar": {GUITAR}, "inversion": {GUITAR}, "tracker": {GUITAR}}
IN |= {"first_tracker": {TRACKERS}, "second_tracker": {TRACKERS}}
PAUSE = "() => { document.dispatchEvent(new CustomEvent('view:pause')); }"
REVEAL = "(said) => { if (!said) document.querySelector('#lab-result').scrollIntoView(); }"


@dataclass(frozen=True)
class Widgets:
    """The widgets of the tab.

    ``inputs`` are the recordings and the choices by the names of ``IN`` and "first"; ``abouts`` and ``examples`` are
    those of each experiment.
    """

    experiment: gr.Radio
    abouts: dict[str, gr.Markdown]
    inputs: dict[str, Component]
    examples: dict[str, Examples]
    compare: gr.Button
    cancel: gr.Button
    stage: gr.HTML
    said: gr.HTML
    heading: gr.HTML
    view: gr.HTML
    numbers: gr.HTML


def draw(config: Config, trackers: Iterable[str]) -> Widgets:
    """Draw the tab into the Blocks that are open.

    Parameters
    ----------
    config : of the checkpoint: its guitars, and the mels that an inversion has to fit
    trackers : names of the F0 trackers to offer
    """
    gr.Markdown(lab_texts.INTRODUCTION)
    options = [(experiment.name, name) for name, experiment in lab_texts.EXPERIMENTS.items()]
    experiment = gr.Radio(options, value=GUITAR, label=lab_texts.EXPERIMENT, elem_id="lab-experiment")
    abouts = {name: gr.Markdown(each.about, visible=name == GUITAR) for name, each in lab_texts.EXPERIMENTS.items()}
    with gr.Row(equal_height=False):
        with gr.Column():
            inputs: dict[str, Component] = {"first": _recording(lab_texts.RECORDING, "lab-first")}
            inputs["second"] = _recording(lab_texts.SECOND, "lab-second", visible=False)
            examples = {name: _draw_examples(name, inputs) for name in NAMES}
            gr.Markdown(lab_texts.LICENCE)
        with gr.Column():
            inputs |= _draw_choices(config, tuple(trackers))
            compare = gr.Button(lab_texts.COMPARE, variant="primary")
            cancel = gr.Button(texts.STOP, visible=False, elem_id="lab-cancel")
            said = gr.HTML(elem_id="lab-said")
            stage = gr.HTML(elem_id="lab-stage", min_height=45)
    result = {"heading": gr.HTML(elem_id="lab-result"), "view": view.draw(elem_id="lab-view")}
    numbers = gr.HTML(elem_id="lab-numbers")
    return Widgets(experiment, abouts, inputs, examples, compare, cancel, stage, said, **result, numbers=numbers)


def _recording(label: str, elem_id: str, visible: bool = True) -> gr.Audio:
    return gr.Audio(
        sources=["upload", "microphone"],
        type="filepath",
        label=label,
        buttons=[],
        elem_id=elem_id,
        elem_classes=layout.RECORDER,
        visible=visible,
    )


def _draw_examples(name: str, inputs: dict[str, Component]) -> Examples:
    experiment = lab_texts.EXPERIMENTS[name]
    return gr.Examples(
        [[str(layout.ASSETS / file_name) for file_name in files] for files in experiment.examples],
        inputs=[inputs["first"], inputs["second"]][: len(next(iter(experiment.examples)))],
        example_labels=list(experiment.examples.values()),
        label=lab_texts.EXAMPLES,
        cache_examples=False,
        visible=name == GUITAR,
        api_visibility="private",
    )


def _draw_choices(config: Config, trackers: tuple[str, ...]) -> dict[str, Component]:
    """Draw the choices of the experiments; those of the first one are visible."""
    defaults = Choices()
    named = layout.guitar_options(config.guitars)
    inversions = [(texts.CHOICES["inversion"].shown(name), name) for name in fitting(config)]
    tracked = [(texts.CHOICES["tracker"].shown(name), name) for name in trackers]
    label = {name: texts.CHOICES[name].label for name in ("guitar", "inversion", "tracker")}
    return {
        "guitar": gr.Dropdown(named, value=defaults.guitar, label=label["guitar"]),
        "inversion": gr.Dropdown(inversions, value=defaults.inversion, label=label["inversion"]),
        "tracker": gr.Dropdown(tracked, value=defaults.tracker, label=label["tracker"]),
        "first_tracker": gr.Dropdown(tracked, value="swift", label=lab_texts.FIRST_TRACKER, visible=False),
        "second_tracker": gr.Dropdown(tracked, value="cepstrum", label=lab_texts.SECOND_TRACKER, visible=False),
    }


def connect(tabs: gr.Tabs, widgets: Widgets, lab: Lab) -> None:
    """Let the tab compare, and let what plays pause when another tab is chosen. Gradio sets no limit: ``Jobs`` does."""
    tabs.change(None, None, None, js=PAUSE, api_visibility="private")
    own: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    shown = [*widgets.abouts.values(), *(each.dataset for each in widgets.examples.values())]
    shown += [widgets.inputs[name] for name in IN]
    widgets.experiment.change(visible, widgets.experiment, shown, **own)
    buttons, outputs = [widgets.compare, widgets.cancel], [widgets.view, widgets.numbers, widgets.heading, widgets.said]
    runs = []
    for trigger in (widgets.compare.click, *(each.load_input_event.success for each in widgets.examples.values())):
        begun = trigger(lambda: (*_running(True), ""), None, [*buttons, widgets.said], **own)
        run = begun.then(
            Shown(lab).compare,
            inputs_kwargs={"experiment": widgets.experiment, **widgets.inputs},
            outputs=outputs,
            show_progress_on=[widgets.stage],
            concurrency_limit=None,
            api_visibility="private",
        )
        run.then(lambda: _running(False), None, buttons, **own).then(None, widgets.said, None, js=REVEAL, **own)
        runs.append(run)
    widgets.cancel.click(
        lambda: (*_running(False), cancelled()),
        None,
        [*buttons, widgets.said],
        cancels=runs,
        **own,
    )


def _running(running: bool) -> tuple[Any, Any]:
    """The two buttons: to compare, or to cancel while something runs."""
    return gr.update(visible=not running), gr.update(visible=running)


def visible(chosen: str) -> list[Any]:
    """Show what belongs to an experiment: its explanation, its examples and its inputs."""
    own = [name == chosen for name in NAMES]
    return [gr.update(visible=shown) for shown in (*own, *own, *(chosen in names for names in IN.values()))]
