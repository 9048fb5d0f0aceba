"""What the second tab shows of a comparison: the view's value, the table, a heading, or what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from uuid import uuid4

import gradio as gr

from hum2guitar import Config, UserError
from hum2guitar.comparison.shown import DIFFERENCE, F0, MEL, Result

from . import lab_texts, texts
from .errors import paragraph, showing_errors
from .folder import new_folder
from .lab import Lab, Outputs
from .lab_numbers import table
from .language import told
from .view import kept
from .view.compared import FOLLOWS, compare


@dataclass(frozen=True)
class Shown:
    """Shows the comparisons of a lab."""

    lab: Lab

    async def compare(
        self,
        experiment: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (how Gradio recognises it)
        **given: Any,
    ) -> Outputs:
        """Compare what is given when it is the visitor's turn.

        Parameters
        ----------
        experiment : one of ``lab_texts.EXPERIMENTS``
        given : the recordings, and the choices of all experiments, by the names of ``lab_tab.IN``

        Returns
        -------
        tuple
            The value of the view, the table, the heading, and "" or the sentence of an error as HTML. Where there is an
            error, or nobody waits for it any more, the result before it stays.
        """
        start = time.perf_counter()

        def give(result: Result) -> Outputs:
            return *present(result, experiment, self.lab.converter.config, start), ""

        try:
            with showing_errors():
                chosen = self._comparison(replace(self.lab, give=give, n_outputs=4), experiment, given)
            return await chosen(request, progress)
        except gr.Error as error:
            return gr.skip(), gr.skip(), gr.skip(), paragraph("alert", error.message)

    def _comparison(self, lab: Lab, experiment: str, given: dict[str, Any]) -> Callable[..., Any]:
        """The comparison of an experiment, with what it compares. Raises UserError where a recording is missing."""
        functions: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
            "guitar": (lab.compare_guitar, ("first", "guitar", "inversion", "tracker")),
            "inversions": (lab.compare_inversions, ("first",)),
            "trackers": (lab.compare_trackers, ("first", "first_tracker", "second_tracker")),
            "sounds": (lab.compare_sounds, ("first", "second")),
        }
        if experiment == "sounds" and given["first"] is not None and given["second"] is None:
            raise UserError(lab_texts.NO_SECOND)
        function, names = functions[experiment]
        return lambda *turn: function(*(given[name] for name in names), *turn)


def present(result: Result, experiment: str, config: Config, start: float) -> Outputs:
    """Write the sounds and pictures of a result; gives the view's value, the table and the heading.

    Parameters
    ----------
    result : of one of the experiments
    experiment : its name
    config : of the mels
    start : when the visitor asked for it, as ``time.perf_counter`` told; the heading says how long it took
    """
    sounds = list(result.sounds())
    names = [*sounds, *result.numbers().get("trackers", ()), "cents"]
    labels = {name: told(_label(name)) for name in names}
    with new_folder() as folder:
        value = kept(
            compare(uuid4().hex, result, config, folder, labels, lambda *panel: _title(experiment, labels, *panel))
        )
    made = table(result.numbers(), sounds, labels)
    name, seconds = told(lab_texts.EXPERIMENTS[experiment].name), f"{time.perf_counter() - start:.1f}"
    heading = told(lab_texts.COMPARED).format(experiment=name, seconds=seconds)
    return value, made, f"<h2>{escape(heading)}</h2>"


def _label(name: str) -> str:
    """What a sound, an inversion or a tracker is called."""
    for choice in ("inversion", "tracker"):
        if name in texts.CHOICES[choice].options:
            return texts.CHOICES[choice].shown(name)
    return lab_texts.LABELS.get(name, name)


def _title(experiment: str, labels: dict[str, str], kind: str, name: str) -> str:
    """What stands above a panel."""
    title = {
        MEL: lab_texts.FOLLOWS if name == FOLLOWS else lab_texts.MEL,
        DIFFERENCE: lab_texts.DIFFERENCE.get(experiment, ""),
        F0: lab_texts.CURVES.get(name, ""),
    }[kind]
    return told(title).format(sound=labels.get(name, name))


def cancelled() -> str:
    """What is said after a comparison was cancelled, as HTML."""
    return paragraph("status", told(lab_texts.CANCELLED))
