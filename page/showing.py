"""Takes as the page shows them: each part of a conversion as soon as it is ready, or a sentence about what is wrong."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from typing import Any
from uuid import uuid4

import gradio as gr

from hum2guitar import Choices, Conversion, Hum2Guitar
from hum2guitar.analysis import audio
from hum2guitar.stages import Progress

from . import api, texts
from .arrival import Arrival
from .errors import paragraph, sentence, showing_errors
from .folder import new_folder
from .jobs import Jobs, Stopped
from .language import told
from .takes import Analysed, Analyses, Taken, Visit, Visits, read_notes, take_of
from .view import kept
from .view.take import GUITARS, Take
from .visits import Staged, in_turn

OUTPUTS = ("view", "heading", "heard", "said", "cancel", "takes")  # widgets of the page
SOUND = "sound"  # the setting of the page that is no choice of a conversion
SOUNDS = {"guitar": GUITARS[:1], "other": GUITARS[1:], "both": GUITARS}  # its values → ids of the sounds to make
FIRST_END = 0.7  # the completed share when the first of two sounds is ready
INVERSION_START = 0.6  # the share at which a conversion reports that the inversion begins
Update = tuple[Any, ...]


@dataclass(frozen=True)
class Part:
    """What is ready of a take: the value of the view, and once there is a sound, the line about what was heard."""

    view: dict[str, Any]
    heard: str | None = None


@dataclass(frozen=True)
class Showing:
    """Converts for the visitors of one page. All of them share the converter, which holds no state between calls.

    Each method with a request is a generator of updates of ``OUTPUTS``. What is wrong is said by one of them, and
    nothing is raised. ``settings`` are values by the names of ``api.PARAMETERS``, and "sound", a key of ``SOUNDS``.

    Attributes
    ----------
    converter : makes the guitar
    other : the inversion of the second sound
    jobs : the turns of the server
    visits : what is kept of the latest visits
    analyses : what is kept of the latest takes
    """

    converter: Hum2Guitar
    other: str
    jobs: Jobs
    visits: Visits
    analyses: Analyses = field(default_factory=Analyses)

    async def convert(
        self,
        recording: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (how Gradio recognises it)
        **settings: Any,
    ) -> AsyncIterator[Update]:
        """Convert a recording (path, or None before there is one), in place of what is converted for this visitor."""
        if recording is None:
            yield update(said=paragraph("alert", sentence(told(texts.NO_RECORDING))))
            return
        async for each in self._convert(recording, settings, request, progress):
            yield each

    async def arrive(
        self,
        recording: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
        **settings: Any,
    ) -> AsyncIterator[Update]:
        """Convert what has just come into the recorder, as ``convert`` does; nothing happens where it was emptied."""
        visit = self.visits.get(request.session_hash)
        if recording is None or (visit and visit.converts and visit.converted == recording):
            yield update()  # a generator that yields nothing empties the widgets
            return
        async for each in self._convert(recording, settings, request, progress):
            yield each

    async def again(
        self,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
        **settings: Any,
    ) -> AsyncIterator[Update]:
        """Convert what is shown with other settings; where that needs a new analysis, say that it is stale."""
        visit = self.visits.get(request.session_hash)
        if visit is None:
            yield gone()
            return
        recording = visit.current
        is_known = self.analyses.get(recording, settings["tracker"]) is not None
        if visit.shown == visit.taken(recording, settings):
            visit.begin()
            yield update(heading=heading("current", visit.name), said="", cancel=gr.update(visible=False))
        elif is_known or visit.converts or not visit.name:
            async for each in self._convert(recording, settings, request, progress):
                yield each
        else:
            said = paragraph("status", told(texts.NEW_ANALYSIS))
            yield update(heading=heading("stale", visit.name), said=said, view=unplayed())

    async def back(
        self,
        name: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
        **settings: Any,
    ) -> AsyncIterator[Update]:
        """Convert an earlier take of the visit again; ``settings_of`` says with what it was converted last."""
        taken = self._kept(name, request)
        if taken is None:
            yield gone()
            return
        async for each in self._convert(taken.recording, settings, request, progress):
            yield each

    async def edit(
        self,
        event: gr.EventData,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
        **settings: Any,
    ) -> AsyncIterator[Update]:
        """Convert what is shown with the notes of a visitor: ``event`` has the name of the take, and the notes."""
        visit = self.visits.get(request.session_hash)
        if visit is None:
            yield gone()
            return
        given = sent(event)
        recording = visit.current
        if given.get("take") != take_of(recording):  # another take came meanwhile
            yield update()
            return
        try:
            with showing_errors():
                visit.correct(recording, read_notes(given.get("notes")))
        except gr.Error as error:
            yield update(said=paragraph("alert", error.message), view=unplayed())
            return
        async for each in self.again(request, progress, **settings):
            yield each

    def settings_of(self, name: str | None, request: gr.Request) -> Mapping[str, Any]:
        """The settings that an earlier take was converted with; none where it is no longer kept."""
        taken = self._kept(name, request)
        return taken.settings if taken else {}

    async def cancel(self, request: gr.Request) -> Any:
        """Cancel what is converted for a visitor. Gives the button, hidden where there is nothing to cancel."""
        visit = self.visits.get(request.session_hash)
        if visit is None or not visit.converts:
            return gr.update(visible=False)
        visit.cancel()
        return gr.skip()

    def _kept(self, name: str | None, request: gr.Request) -> Taken | None:
        """An earlier take of a visit, by its name."""
        visit = self.visits.get(request.session_hash)
        return visit.takes.get(name or "") if visit else None

    async def _convert(
        self, recording: str, settings: Mapping[str, Any], request: gr.Request, progress: gr.Progress
    ) -> AsyncIterator[Update]:
        """Convert when it is the visitor's turn, and say how it ended."""
        visit, start = self.visits.of(request.session_hash), time.perf_counter()
        name, state, said = visit.name_of(recording), visit.state_for(recording), ""
        newest: dict[str, Any] = {}
        taken = visit.taken(recording, settings)
        turn, visit.converted = visit.begin(), recording
        try:
            with showing_errors():
                choices, sounds = self.read(settings)
                by_parts = state != "stale"  # otherwise the guitar of before stays until there is another one
                work = partial(self._work, taken, choices, sounds, start, by_parts)
                visit.work = Staged(lambda give: in_turn(self.jobs, request, progress, partial(work, give)))
                yield update(said="", cancel=gr.update(visible=True), heading=heading(state, visit.name))
                with suppress(Stopped):
                    async for part in visit.work:
                        visit.show(recording, name)
                        state = "arriving" if part.heard is None else "current"
                        newest = {"view": part.view, "heard": part.heard or ""}
                        yield update(**newest, heading=heading(state, name))
                    visit.keep(name, taken)
        except gr.Error as error:
            said = paragraph("alert", error.message)
        if not visit.is_newest(turn):
            yield update()  # Gradio sends the last update once more when a generator ends
            return
        state = "unfinished" if state == "arriving" else state
        if visit.shown != taken:
            said = said or paragraph("status", told(texts.CANCELLED[state]))
            newest["view"] = unplayed(newest.get("view"))
        hidden = gr.update(visible=False)
        # a browser that is busy sees the last of several updates alone, so it has what the others had
        yield update(**newest, said=said, cancel=hidden, heading=heading(state, visit.name), takes=listed(visit))

    def read(self, settings: Mapping[str, Any]) -> tuple[Choices, tuple[str, ...]]:
        """Read the choices, and the ids of the sounds to make. Raises UserError for what is not possible."""
        choices = api.read_choices({name: value for name, value in settings.items() if name != SOUND})
        self.converter.check(choices)
        return choices, SOUNDS[settings[SOUND]]

    def _work(
        self,
        taken: Taken,
        choices: Choices,
        sounds: tuple[str, ...],
        start: float,
        by_parts: bool,
        give: Callable[[Part], None],
        report: Progress,
    ) -> None:
        """Convert in a thread, and give each part as soon as it is ready."""
        end = 1.0 if len(sounds) == 1 else FIRST_END
        first: Progress = lambda share, stage: report(end * share, stage)  # noqa: E731
        converter = self.converter
        analysed = self.analysed(taken.recording, choices, first)

        def show(view: dict[str, Any]) -> None:
            if by_parts:
                give(Part(kept(view)))

        with new_folder() as folder:
            take = Take(analysed.take, folder, converter.config, guitars=sounds)
            show(take.hear(analysed.heard, analysed.hum))
            played = converter.arrange(analysed.heard, choices, taken.notes, progress=first)
            drawn = converter.draw_label(played, progress=first)
            show(take.play(played, drawn.label))
            generated = converter.generate_mel(drawn, choices, progress=first)
            show(take.generate(generated.mel_db))
            heard = ""
            for name in sounds:
                step = second(report) if heard else first
                sound = converter.invert(generated, self.inverted(name, choices), progress=step)
                audio.save(folder / f"{name}.wav", sound.waveform, sound.sample_rate)
                view = take.sound(name, sound, folder / f"{name}.wav")
                conversion = Conversion(analysed.heard, played, sound, choices)
                heard = heard or heard_line(conversion.summary, time.perf_counter() - start, conversion.warnings)
                give(Part(kept(view), heard))

    def inverted(self, sound: str, choices: Choices) -> Choices:
        """The choices that a sound of the guitar is made with, by its id."""
        return replace(choices, inversion=self.other, iterations=None) if sound == GUITARS[1] else choices

    def analysed(self, recording: str, choices: Choices, progress: Progress) -> Analysed:
        """Return the analysis of a recording that is kept; else analyse it, and keep the result."""
        known = self.analyses.get(recording, choices.tracker)
        if known is not None:
            return known
        waveform, sample_rate = audio.load(recording)
        heard = self.converter.analyse(waveform, sample_rate, choices, progress=progress)
        with new_folder() as folder:
            audio.save(folder / "hum.wav", waveform, sample_rate)
            analysed = Analysed(heard, kept({"file": folder / "hum.wav"})["file"], take_of(recording))
        self.analyses.keep(recording, choices.tracker, analysed)
        return analysed


def sent(event: gr.EventData) -> Mapping[str, Any]:
    """What the script of the view sent with an event; nothing where a program sent something else."""
    return event._data if isinstance(event._data, dict) else {}


def second(report: Progress) -> Progress:
    """Make the report of a second inversion, after the first one has reported up to ``FIRST_END``."""

    def reported(share: float, stage: str) -> None:
        done = (share - INVERSION_START) / (1 - INVERSION_START)
        report(FIRST_END + (1 - FIRST_END) * done, "other")

    return reported


def update(**parts: Any) -> Update:
    """An update of the widgets that are named, of those in ``OUTPUTS``; the others stay as they are."""
    return tuple(parts.get(name, gr.skip()) for name in OUTPUTS)


def gone() -> Update:
    """The update that says that the server keeps nothing of what is shown."""
    return update(said=paragraph("alert", sentence(told(texts.GONE))), view=unplayed())


def unplayed(view: Mapping[str, Any] | None = None) -> Any:
    """An update of the view, to a value or none, that says: the notes that are shown will not be played."""
    given: dict[str, Any] = {"value": view} if view else {}
    return gr.update(**given, unplayed=uuid4().hex)


def shown_name(name: str) -> str:
    """The name of what is shown, in the visitor's language; "" is that of the example that is shown on arrival."""
    return told(name or next(iter(texts.EXAMPLES.values())))


def heading(state: str, name: str) -> str:
    """The heading of the result as HTML. Its state is read by the style sheet too."""
    name = shown_name(name)
    text = told(texts.STATES[state]).format(name=name) if state in texts.STATES else name
    return f'<h2 data-state="{state}"><span role="status">{escape(text)}</span></h2>'


def arrived(arrival: Arrival, is_current: bool) -> tuple[str, str]:
    """The heading of what is shown on arrival, and the line about what was heard, in the visitor's language.

    It is not current where the browser remembers other settings than those that it was made with.
    """
    return heading("arrival" if is_current else "stale", ""), heard_line(arrival.summary, None, arrival.warnings)


def listed(visit: Visit) -> Any:
    """The takes that can be gone back to, once there are two."""
    names = [(told(name), name) for name in visit.takes]
    chosen = visit.name if visit.name in visit.takes else None
    return gr.update(choices=names, value=chosen, visible=len(names) > 1)


def heard_line(summary: str, seconds: float | None, warnings: Iterable[str]) -> str:
    """Return a line that says what was heard and how long it took, if at all, and a paragraph for each warning."""
    heard = (texts.HEARD_BEFORE if seconds is None else texts.HEARD).format(summary=summary, seconds=seconds)
    return told("\n\n".join([heard, *(texts.WARNING.format(warning=sentence(text)) for text in warnings)]))
