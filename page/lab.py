"""The lab: compares sounds when it is a visitor's turn. ``lab_api`` has the endpoints."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from hum2guitar import Choices, Hum2Guitar, UserError
from hum2guitar.analysis import audio
from hum2guitar.comparison import compare_guitar, compare_inversions, compare_sounds, compare_trackers
from hum2guitar.comparison.clip import MAX_SECONDS
from hum2guitar.comparison.shown import Picture, Result
from hum2guitar.stages import Progress

from . import texts
from .errors import showing_errors
from .folder import new_folder
from .jobs import Jobs, Stopped
from .visits import in_turn

Outputs = tuple[Any, ...]
Compare = Callable[[Progress], Result]
COMPARED = 0.95  # the completed share when only the files have to be written


def serve(result: Result) -> Outputs:
    """Write a comparison to the folder that Gradio serves from: a wav of each sound, and one npz of all panels.

    Returns
    -------
    tuple
        The sounds (paths), the panels (path) and the numbers (dict), as in ``lab_api.OUTPUTS``.
    """
    with new_folder() as folder:
        paths = []
        for name, waveform in result.sounds().items():
            paths.append(folder / f"{name}.wav")
            audio.save(paths[-1], waveform, result.sample_rate)
        panels = folder / "panels.npz"
        np.savez_compressed(panels, **arrays(result))
        sounds = [save_file_to_cache(path, get_upload_folder()) for path in paths]
        return sounds, save_file_to_cache(panels, get_upload_folder()), result.numbers()


@dataclass(frozen=True)
class Lab:
    """The comparisons of one page. All its visitors share the converter, which holds no state between calls.

    Every comparison gives what ``give`` makes of its result, or ``n_outputs`` times ``gr.skip()``, which leaves a page
    as it is, if the visitor has left. It raises gr.Error with a sentence that says what is wrong.

    Attributes
    ----------
    converter : makes the guitar
    trackers : names of the F0 trackers that can be used
    jobs : the turns of the server
    give : writes the files of a result, in the thread of the job; for programs by default
    n_outputs : the number of outputs that ``give`` returns
    """

    converter: Hum2Guitar
    trackers: tuple[str, ...]
    jobs: Jobs
    give: Callable[[Result], Outputs] = serve
    n_outputs: int = 3

    async def compare_guitar(
        self,
        recording: str | None,
        guitar: str,
        inversion: str,
        tracker: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (how Gradio recognises it)
    ) -> Outputs:
        """Compare a guitar recording (path) with its resynthesis."""

        def order() -> Compare:
            path = given(recording)
            choices = Choices(tracker=self._usable(tracker), guitar=guitar, inversion=inversion)
            self.converter.check(choices)
            return lambda report: compare_guitar(self.converter, *load(path), choices, progress=report)

        return await self._in_turn(request, progress, order)

    async def compare_inversions(
        self,
        recording: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Outputs:
        """Compare a recording (path) with its own mel through each inversion."""

        def order() -> Compare:
            path = given(recording)
            return lambda report: compare_inversions(*load(path), self.converter.config, progress=report)

        return await self._in_turn(request, progress, order)

    async def compare_trackers(
        self,
        recording: str | None,
        first_tracker: str,
        second_tracker: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Outputs:
        """Compare the F0 of a recording (path) by two trackers."""

        def order() -> Compare:
            path, names = given(recording), (self._usable(first_tracker), self._usable(second_tracker))
            config, device = self.converter.config, str(self.converter.device)
            return lambda report: compare_trackers(*load(path), config, *names, device=device, progress=report)

        return await self._in_turn(request, progress, order)

    async def compare_sounds(
        self,
        first: str | None,
        second: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Outputs:
        """Compare any two sounds (paths)."""

        def order() -> Compare:
            one, other, config = given(first), given(second), self.converter.config
            return lambda report: compare_sounds(load(one), load(other), config, progress=report)

        return await self._in_turn(request, progress, order)

    def _usable(self, tracker: str) -> str:
        """Return the name of a tracker; raises UserError where it cannot be used here."""
        if tracker not in self.trackers:
            raise UserError(f"there is no tracker {tracker!r} here; choose one of {', '.join(self.trackers)}")
        return tracker

    async def _in_turn(self, request: gr.Request, progress: gr.Progress, order: Callable[[], Compare]) -> Outputs:
        """Compare in a thread when it is the visitor's turn; ``order`` refuses what is not possible before that."""
        with showing_errors(), suppress(Stopped):
            compare = order()

            def work(report: Progress) -> Outputs:
                return self.give(compare(lambda share, stage: report(COMPARED * share, stage)))

            result: Outputs = await in_turn(self.jobs, request, progress, work)
            return result
        return (gr.skip(),) * self.n_outputs


def given(recording: str | None) -> str:
    """Return the path of a recording. Raises UserError where there is none."""
    if recording is None:
        raise UserError(texts.NO_RECORDING)
    return recording


def load(recording: str) -> tuple[np.ndarray, int]:
    """Read a recording of at most ``MAX_SECONDS``. Raises AudioError where it cannot be read."""
    return audio.load(recording, MAX_SECONDS)


def arrays(result: Result) -> dict[str, Any]:
    """Name the arrays of the panels, as in "mel_recording", "difference_guitar", "f0_swift" and "cents".

    Mels and differences are (M, N) float16 in dB, with "frequencies_hz" (M,). Curves are (N,) float32, NaN where there
    is nothing. "frame_s" is the time from one frame to the next in s.
    """
    found: dict[str, Any] = {}
    for panel in result.panels():
        found["frame_s"] = panel.frame_s
        if isinstance(panel, Picture):
            found["frequencies_hz"] = panel.frequencies_hz
            found[f"{panel.kind}_{panel.name}"] = panel.values.astype(np.float16)
        else:
            found |= {name if name == panel.name else f"{panel.kind}_{name}": y for name, y in panel.curves.items()}
    return found
