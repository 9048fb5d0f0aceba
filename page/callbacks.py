"""What the events call."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.context import LocalContext
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from hum2guitar import Choices, Conversion, Hum2Guitar, Sound, UserError
from hum2guitar.analysis import audio
from hum2guitar.export import details, figure
from hum2guitar.stages import Progress

from . import api, texts
from .errors import sentence, showing_errors
from .jobs import Jobs, Stopped
from .language import told
from .turns import visitor_of


@dataclass(frozen=True)
class Callbacks:
    """The callbacks of one page. All its visitors share the converter, which holds no state between calls."""

    converter: Hum2Guitar
    other: str  # the inversion of the second sound
    jobs: Jobs

    async def convert(
        self,
        recording: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (how Gradio recognises it)
        **chosen: Any,
    ) -> tuple[Any, ...]:
        """Convert a recording when it is its turn.

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
        with showing_errors(), suppress(Stopped):
            if recording is None:
                raise UserError(texts.NO_RECORDING)
            choices = api.read_choices(chosen)
            self.converter.check(choices)

            def work(check: Callable[[], None]) -> tuple[Any, ...]:
                def report(share: float, stage: str) -> None:
                    check()
                    progress(share, desc=told(texts.STAGES[stage]))

                return self._convert(recording, choices, report)

            visitor = visitor_of(request.client.host if request.client else "", request.session_hash or "")
            names = frozenset(name for name in (request.session_hash, LocalContext.event_id.get(None)) if name)
            return await self.jobs.run(
                visitor, names, work, lambda before: progress(0, desc=told(texts.waiting(before, self.jobs.warm)))
            )
        return (gr.skip(),) * len(texts.OUTPUTS)

    def _convert(self, recording: str, choices: Choices, report: Progress) -> tuple[Any, ...]:
        """Analyse once, render twice; gives what ``convert`` returns."""

        def first(share: float, stage: str) -> None:
            report(0.7 * share, stage)

        def second(share: float, stage: str) -> None:
            report(0.7 + 0.25 * share, "other")

        heard = self.converter.analyse(*audio.load(recording), choices, progress=first)
        played = self.converter.arrange(heard, choices)
        sound = self.converter.render(played, choices, progress=first)
        other = self.converter.render(played, replace(choices, inversion=self.other, iterations=None), progress=second)
        conversion = Conversion(heard, played, sound, choices)
        report(0.95, "done")
        guitar, picture, other_guitar = serve(conversion, other)
        return guitar, picture, describe(conversion, other), other_guitar


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


def serve(conversion: Conversion, other: Sound) -> list[str]:
    """Write guitar, picture and other sound to the folder that Gradio serves from."""
    Path(get_upload_folder()).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=get_upload_folder()) as folder:
        guitar, picture, other_guitar = (Path(folder, name) for name in ("guitar.wav", "picture.png", "other.wav"))
        audio.save(guitar, conversion.waveform, conversion.sample_rate)
        audio.save(other_guitar, other.waveform, other.sample_rate)
        figure.save(picture, conversion)
        return [save_file_to_cache(path, get_upload_folder()) for path in (guitar, picture, other_guitar)]
