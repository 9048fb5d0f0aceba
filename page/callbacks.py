"""What the events call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import gradio as gr
import numpy as np
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from hum2guitar import Choices, Conversion, Hum2Guitar, Sound, UserError
from hum2guitar.analysis import audio
from hum2guitar.export import EXPORTS, details
from hum2guitar.stages import Progress

from . import api, texts
from .errors import sentence, showing_errors
from .folder import new_folder
from .jobs import Jobs, Stopped
from .language import told
from .view import kept
from .view.take import Take
from .visits import in_turn


@dataclass(frozen=True)
class Converted:
    """A conversion, the sound by the other inversion, and the recording: (T,) float32 and its sample rate in Hz."""

    conversion: Conversion
    other: Sound
    recording: np.ndarray
    sample_rate: int


@dataclass(frozen=True)
class Callbacks:
    """The callbacks of one page. All its visitors share the converter, which holds no state between calls."""

    converter: Hum2Guitar
    other: str  # the inversion of the second sound
    jobs: Jobs

    async def show(
        self,
        recording: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (how Gradio recognises it)
        **chosen: Any,
    ) -> tuple[Any, ...]:
        """Convert a recording for the page when it is its turn; parameters and errors are those of ``convert``.

        Returns
        -------
        tuple
            The value of the view, and a line that says what was heard.
        """
        return await self._in_turn(recording, request, progress, chosen, present) or (gr.skip(), gr.skip())

    async def convert(
        self,
        recording: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (how Gradio recognises it)
        **chosen: Any,
    ) -> tuple[Any, ...]:
        """Convert a recording for a program when it is its turn.

        Parameters
        ----------
        recording : path of an audio file, None before there is one
        request : says whose conversion this is
        progress : shows how many conversions come before it, then the stage
        chosen : values by the names of ``api.PARAMETERS``

        Returns
        -------
        tuple
            The guitar (path), the picture (path), the details (dict), the other sound (path), as in ``texts.OUTPUTS``.
            Each is ``gr.skip()``, which leaves the page as it is, if the visitor has left.

        Raises
        ------
        gr.Error
            With a sentence that says what is wrong.
        """
        return await self._in_turn(recording, request, progress, chosen, serve) or (gr.skip(),) * len(texts.OUTPUTS)

    async def _in_turn(
        self,
        recording: str | None,
        request: gr.Request,
        progress: gr.Progress,
        chosen: Mapping[str, Any],
        give: Callable[[Converted], tuple[Any, ...]],
    ) -> tuple[Any, ...] | None:
        """Convert, and make of it what is given back; None if the visitor has left. Raises gr.Error."""
        with showing_errors(), suppress(Stopped):
            if recording is None:
                raise UserError(texts.NO_RECORDING)
            choices = api.read_choices(chosen)
            self.converter.check(choices)

            def work(report: Progress) -> tuple[Any, ...]:
                return give(self._convert(recording, choices, report))

            result: tuple[Any, ...] = await in_turn(self.jobs, request, progress, work)
            return result
        return None

    def _convert(self, recording: str, choices: Choices, report: Progress) -> Converted:
        """Analyse once, render twice."""

        def first(share: float, stage: str) -> None:
            report(0.7 * share, stage)

        def second(share: float, stage: str) -> None:
            report(0.7 + 0.25 * share, "other")

        waveform, sample_rate = audio.load(recording)
        heard = self.converter.analyse(waveform, sample_rate, choices, progress=first)
        played = self.converter.arrange(heard, choices)
        sound = self.converter.render(played, choices, progress=first)
        other = self.converter.render(played, replace(choices, inversion=self.other, iterations=None), progress=second)
        report(0.95, "done")
        return Converted(Conversion(heard, played, sound, choices), other, waveform, sample_rate)


def heard_line(described: dict[str, Any] | None) -> str:
    """Return a line that says what was heard, and a paragraph for each warning."""
    if described is None:
        return told(texts.NOTHING_HEARD)
    seconds = sum(described["seconds"].values())
    heard = texts.HEARD.format(summary=described["summary"], seconds=seconds)
    return told("\n\n".join([heard, *(texts.WARNING.format(warning=sentence(text)) for text in described["warnings"])]))


def describe(conversion: Conversion, other: Sound) -> dict[str, Any]:
    """Describe a conversion, with the seconds that the sound by the other inversion took."""
    described = details.describe(conversion)
    seconds = described["seconds"] | {"other": round(sum(other.seconds.values()), 3)}
    return described | {"seconds": seconds}


def present(converted: Converted) -> tuple[Any, ...]:
    """Write the sounds and pictures of the view; gives the view's value, and a line that says what was heard."""
    conversion, sounds = converted.conversion, {"guitar": converted.conversion.sound, "other": converted.other}
    with new_folder() as folder:
        audio.save(folder / "hum.wav", converted.recording, converted.sample_rate)
        take = Take(uuid4().hex, folder, conversion.config)
        take.hear(conversion.heard, folder / "hum.wav")
        take.play(conversion.played, conversion.sound.label)
        take.generate(conversion.sound.mel_db)
        for name, sound in sounds.items():
            audio.save(folder / f"{name}.wav", sound.waveform, sound.sample_rate)
            take.sound(name, sound, folder / f"{name}.wav")
        return kept(take.value()), heard_line(describe(conversion, converted.other))


def serve(converted: Converted) -> tuple[Any, ...]:
    """Write guitar, picture and other sound to the folder that Gradio serves from, as ``texts.OUTPUTS`` names them."""
    conversion, other = converted.conversion, converted.other
    with new_folder() as folder:
        guitar, picture, other_guitar = (folder / name for name in ("guitar.wav", "picture.png", "other.wav"))
        audio.save(guitar, conversion.waveform, conversion.sample_rate)
        audio.save(other_guitar, other.waveform, other.sample_rate)
        EXPORTS["figure"].save(picture, conversion)
        paths = [save_file_to_cache(path, get_upload_folder()) for path in (guitar, picture, other_guitar)]
    return paths[0], paths[1], describe(conversion, other), paths[2]
