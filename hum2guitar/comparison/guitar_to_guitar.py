"""Guitar to guitar, the experiment of the original: a guitar recording beside its resynthesis.

The recording is reduced to semantic harmonics, with its own pitch and dynamics, and the guitar plays these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hum2guitar.choices import Choices
from hum2guitar.comparison.clip import Clip, Distance, clip_of, distance, read, treble_numbers
from hum2guitar.comparison.shown import Panel, audible, pictures
from hum2guitar.pipeline import Conversion, Hum2Guitar
from hum2guitar.stages import Progress

RECORDING, GUITAR = "recording", "guitar"
CONVERTED = 0.8  # the completed share when the conversion is done
AS_PLAYED = Choices(transpose=0, articulation="follow")


@dataclass(frozen=True)
class GuitarToGuitar:
    """A guitar recording and its resynthesis.

    Attributes
    ----------
    recording, guitar : the two sounds, equally long
    distance : of the guitar to the recording
    conversion : how the guitar was made of the recording
    """

    recording: Clip
    guitar: Clip
    distance: Distance
    conversion: Conversion

    @property
    def sample_rate(self) -> int:
        """The sample rate of both sounds in Hz."""
        return self.conversion.sample_rate

    def sounds(self) -> dict[str, np.ndarray]:
        """As ``shown.Result``: "recording" and "guitar"."""
        return audible(self._clips())

    def panels(self) -> list[Panel]:
        """As ``shown.Result``: the mels of both sounds, and their difference."""
        return pictures(self._clips(), {GUITAR: self.distance})

    def numbers(self) -> dict[str, Any]:
        """As ``shown.Result``: the distance, the treble of both sounds, seconds by stage, and warnings.

        The warnings come without their advice, which is for whoever hums.
        """
        return self.distance.numbers | {
            "treble_db": treble_numbers(self._clips()),
            "seconds": {stage: round(seconds, 3) for stage, seconds in self.conversion.seconds.items()},
            "warnings": [what for what, *_ in (warning.split("; ") for warning in self.conversion.warnings)],
        }

    def _clips(self) -> dict[str, Clip]:
        return {RECORDING: self.recording, GUITAR: self.guitar}


def compare_guitar(
    converter: Hum2Guitar,
    waveform: np.ndarray,
    sample_rate: int,
    choices: Choices | None = None,
    *,
    progress: Progress | None = None,
) -> GuitarToGuitar:
    """Resynthesise a guitar recording at its own pitch in ``follow``, and measure how near it came.

    Parameters
    ----------
    converter : makes the guitar
    waveform : (T,) or (T, channels) — any PCM or float dtype, 0.5 s to 2 min
    sample_rate : Hz
    choices : its ``tracker``, ``guitar``, ``inversion``, ``iterations`` and ``seed`` are read; None for the defaults
    progress : called with the completed share, 0 to 1, and the name of the stage

    Raises
    ------
    AudioError
        If the recording cannot be used, or if no pitch is heard in it.
    UserError
        If a choice is not possible.
    """

    def converting(share: float, stage: str) -> None:
        if progress is not None:
            progress(CONVERTED * share, stage)

    recording = read(waveform, sample_rate, converter.config)
    conversion = converter.convert(waveform, sample_rate, _as_played(choices or Choices()), progress=converting)
    reference, guitar = (clip_of(sound, converter.config) for sound in (recording, conversion.waveform))
    return GuitarToGuitar(reference, guitar, distance(reference, guitar), conversion)


def _as_played(choices: Choices) -> Choices:
    """Keep the pitch and the dynamics of the recording, whatever else is chosen."""
    return replace(
        AS_PLAYED,
        tracker=choices.tracker,
        guitar=choices.guitar,
        inversion=choices.inversion,
        iterations=choices.iterations,
        seed=choices.seed,
    )
