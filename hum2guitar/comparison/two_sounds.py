"""Any two sounds on the same axes, aligned in time and matched in level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hum2guitar.comparison.alignment import Alignment, align, overlapping
from hum2guitar.comparison.clip import Clip, Distance, clip_of, distance, read, rounded, treble_numbers
from hum2guitar.comparison.shown import Panel, audible, pictures
from hum2guitar.config import Config
from hum2guitar.stages import Progress

FIRST, SECOND = "first", "second"
NOT_ALIKE = "the two sounds are not enough alike to be aligned; they are compared from their beginnings"


@dataclass(frozen=True)
class TwoSounds:
    """Two sounds where they overlap.

    Attributes
    ----------
    first, second : the sounds, equally long
    distance : of the second to the first
    alignment : where the second lay against the first
    """

    first: Clip
    second: Clip
    distance: Distance
    alignment: Alignment

    @property
    def sample_rate(self) -> int:
        """The sample rate of both sounds in Hz."""
        return self.first.config.sample_rate

    def sounds(self) -> dict[str, np.ndarray]:
        """As ``shown.Result``: "first" and "second"."""
        return audible(self._clips())

    def panels(self) -> list[Panel]:
        """As ``shown.Result``: the mels of both sounds, and their difference."""
        return pictures(self._clips(), {SECOND: self.distance})

    def numbers(self) -> dict[str, Any]:
        """As ``shown.Result``: the distance, the treble, and the offset of the second sound in s."""
        return self.distance.numbers | {
            "treble_db": treble_numbers(self._clips()),
            "offset_s": round(self.alignment.offset_s, 5),
            "correlation": rounded(self.alignment.correlation),
            "warnings": [] if self.alignment.found else [NOT_ALIKE],
        }

    def _clips(self) -> dict[str, Clip]:
        return {FIRST: self.first, SECOND: self.second}


def compare_sounds(
    first: tuple[np.ndarray, int], second: tuple[np.ndarray, int], config: Config, *, progress: Progress | None = None
) -> TwoSounds:
    """Compare two sounds where they overlap after ``alignment.align``.

    Two sounds that are not alike are compared from their beginnings, and a warning says so.

    Parameters
    ----------
    first, second : waveform (T,) or (T, channels) and sample rate in Hz, as ``audio.load`` gives them; 0.5 s to 2 min
    config : the settings of the mel spectrograms, as ``Hum2Guitar.config``
    progress : called with the completed share, 0 to 1, and the name of the stage

    Raises
    ------
    AudioError
        If a sound cannot be used.
    """
    report = progress or (lambda share, stage: None)
    report(0.0, "reading")
    one, other = (read(*sound, config) for sound in (first, second))
    found = align(one, other, config.sample_rate)
    report(0.4, "done")
    cut = overlapping(one, other, round(found.offset_s * config.sample_rate))
    reference, estimate = (clip_of(sound, config) for sound in cut)
    return TwoSounds(reference, estimate, distance(reference, estimate), found)
