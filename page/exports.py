"""Files to take away. Each is made of what is shown to a visitor when he asks for it, and not before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
import numpy as np

from hum2guitar import Choices, Conversion, Sound, UserError
from hum2guitar.export import EXPORTS
from hum2guitar.stages import Progress
from hum2guitar.synthesis import guitars

from . import texts
from .errors import showing_errors
from .folder import new_folder
from .jobs import Stopped
from .language import told
from .showing import Showing, sent, shown_name
from .takes import Taken
from .view import kept
from .view.take import GUITARS
from .view.texts import FILES
from .visits import in_turn

KINDS = {  # id of a file in the menu, a key of ``FILES`` → its export and suffix
    "wav": ("sound", ".wav"),
    "flac": ("sound", ".flac"),
    "mp3": ("sound", ".mp3"),
    "midi": ("midi", ".mid"),
    "midi_bends": ("midi_bends", ".mid"),
    "tab": ("tab", ".txt"),
    "gp": ("gp", ".gp5"),
    "musicxml": ("musicxml", ".musicxml"),
    "csv": ("csv", ".csv"),
    "notes": ("notes_out", ".json"),
    "details": ("details", ".json"),
    "npz": ("npz", ".npz"),
    "png": ("figure", ".png"),
    "svg": ("figure", ".svg"),
}
NAMED = ("midi_bends", "notes", "details")  # their suffix does not tell them apart
NOT_IN_NAMES = re.compile(r'[\x00-\x1f\\/:*?"<>|]+')  # on some system


@dataclass(frozen=True)
class Exports:
    """Makes files for the visitors of one page."""

    showing: Showing

    async def make(
        self,
        event: gr.EventData,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (how Gradio recognises it)
    ) -> Any:
        """Make a file of what is shown.

        Parameters
        ----------
        event : says which: ``id``, a key of ``KINDS``; ``sound``, the id of a sound; ``number`` of the order
        request : says to whom it is shown
        progress : shows the stages of what has to be made first

        Returns
        -------
        update : of the view: ``made`` has the number, and the file, or a sentence that says what is wrong
        """
        asked = sent(event)
        made: dict[str, Any] = {"number": asked.get("number")}
        visit = self.showing.visits.get(request.session_hash)
        try:
            with showing_errors(), suppress(Stopped):
                if visit is None:
                    raise UserError(texts.GONE)
                if asked.get("id") not in KINDS:
                    raise UserError(texts.UNUSABLE)
                if visit.name and visit.shown is None:
                    raise UserError(texts.NO_GUITAR)
                taken = visit.shown or Taken(visit.recording, {})
                work = partial(self._make, taken, shown_name(visit.name), asked)
                made["file"] = await in_turn(self.showing.jobs, request, progress, work)
        except gr.Error as error:
            made["said"] = error.message
        return gr.update(made=made)

    def _make(self, taken: Taken, name: str, asked: Mapping[str, Any], report: Progress) -> dict[str, Any]:
        """Make a file in a thread, of a new rendering where it needs the sound; gives it as Gradio serves it."""
        export_name, suffix = KINDS[asked["id"]]
        export, converter = EXPORTS[export_name], self.showing.converter
        shown = self.showing.read(taken.settings)[0] if taken.settings else Choices()
        sound_id = str(asked.get("sound"))
        choices = self.showing.inverted(sound_id, shown)
        analysed = self.showing.analysed(taken.recording, choices, report)
        played = converter.arrange(analysed.heard, choices, taken.notes, progress=report)
        sound = converter.render(played, choices, progress=report) if export.reads_sound else self._silence(choices)
        report(0.99, "done")
        with new_folder() as folder:
            path = folder / file_name(name, str(asked["id"]), sound_id, suffix)
            export.save(path, Conversion(analysed.heard, played, sound, choices))
            file: dict[str, Any] = kept({"file": path})["file"]
        return file

    def _silence(self, choices: Choices) -> Sound:
        """A sound that was not rendered, for the exports that read no more than which guitar it is."""
        config, nothing = self.showing.converter.config, np.zeros(0, np.float32)
        shares = guitars.shares_of(choices.guitar, choices.articulation, config)
        return Sound(waveform=nothing, sample_rate=config.sample_rate, mel_db=nothing, label=nothing, guitar=shares)


def file_name(take: str, file: str, sound: str, suffix: str) -> str:
    """Name a file after its take, so that every system can keep it."""
    classic = suffix in EXPORTS["sound"].suffixes and sound == GUITARS[1]
    more = texts.CLASSIC if classic else FILES[file] if file in NAMED else ""
    name = f"{take}, {told(more).partition(',')[0]}" if more else take
    return " ".join(NOT_IN_NAMES.sub(" ", name).split())[:100] + suffix
