"""What programs call: the endpoint ``/convert``."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from hum2guitar import Choices, Conversion, Hum2Guitar, Sound, UserError
from hum2guitar.analysis import audio
from hum2guitar.export import EXPORTS, details
from hum2guitar.note import Note
from hum2guitar.stages import Progress

from . import api, texts
from .errors import showing_errors
from .folder import new_folder
from .jobs import Jobs, Stopped
from .showing import FIRST_END, second
from .takes import read_notes
from .visits import in_turn


@dataclass(frozen=True)
class Converted:
    """A conversion, and the sound by the other inversion."""

    conversion: Conversion
    other: Sound


@dataclass(frozen=True)
class Callbacks:
    """The endpoint of one page. All its callers share the converter, which holds no state between calls."""

    converter: Hum2Guitar
    other: str  # the inversion of the second sound
    jobs: Jobs

    async def convert(
        self,
        recording: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (how Gradio recognises it)
        notes: Any = None,
        **chosen: Any,
    ) -> tuple[Any, ...]:
        """Convert a recording for a program when it is its turn.

        Parameters
        ----------
        recording : path of an audio file, None before there is one
        request : says whose conversion this is
        progress : shows how many conversions come before it, then the stage
        notes : to play in place of those that are heard, as ``takes.read_notes`` reads them
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
        with showing_errors(), suppress(Stopped):
            if recording is None:
                raise UserError(texts.NO_RECORDING)
            choices = api.read_choices(chosen)
            self.converter.check(choices)
            corrected = read_notes(notes)

            def work(report: Progress) -> tuple[Any, ...]:
                return serve(self._convert(recording, choices, corrected, report))

            result: tuple[Any, ...] = await in_turn(self.jobs, request, progress, work)
            return result
        return (gr.skip(),) * len(texts.OUTPUTS)

    def _convert(self, recording: str, choices: Choices, notes: tuple[Note, ...] | None, report: Progress) -> Converted:
        """Analyse and generate once, invert twice."""

        def first(share: float, stage: str) -> None:
            report(FIRST_END * share, stage)

        converter = self.converter
        heard = converter.analyse(*audio.load(recording), choices, progress=first)
        played = converter.arrange(heard, choices, notes, progress=first)
        generated = converter.generate_mel(converter.draw_label(played, progress=first), choices, progress=first)
        sound = converter.invert(generated, choices, progress=first)
        again = replace(choices, inversion=self.other, iterations=None)
        other = converter.invert(generated, again, progress=second(report))
        report(0.99, "done")
        return Converted(Conversion(heard, played, sound, choices), other)


def describe(conversion: Conversion, other: Sound) -> dict[str, Any]:
    """Describe a conversion, with the seconds that the sound by the other inversion took."""
    described = details.describe(conversion)
    seconds = described["seconds"] | {"other": round(other.seconds["inversion"], 3)}
    return described | {"seconds": seconds}


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
