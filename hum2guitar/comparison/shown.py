"""What a comparison gives to whoever draws and plays it: waveforms, pictures and curves, with names and units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from hum2guitar import mel
from hum2guitar.analysis import audio
from hum2guitar.comparison.clip import Clip, Distance
from hum2guitar.synthesis.sound import OUTPUT_LOUDNESS_DB

MEL, DIFFERENCE, F0 = "mel", "difference", "f0"  # kinds of panels
SHOWN_DB = 70.0  # range of the colours of a mel, below the loudest cell of all mels of a comparison
DIFFERENCE_DB = 24.0  # the colours of a difference go from less to more than this


@dataclass(frozen=True)
class Picture:
    """A panel that is a picture: the mel of a sound, or the difference of two mels.

    Attributes
    ----------
    kind : ``MEL`` or ``DIFFERENCE``
    name : the name of the sound; of a difference, that of the sound from which the reference was taken away
    values : (M, N) float32 — dB, from low to high frequencies
    frequencies_hz : (M,) float32 — Hz, the centre of each row
    frame_s : s, from one column to the next; the first column is at 0
    low_db, high_db : dB, the ends of the colour scale; they lie symmetrically around 0 for a difference
    """

    kind: str
    name: str
    values: np.ndarray
    frequencies_hz: np.ndarray
    frame_s: float
    low_db: float
    high_db: float


@dataclass(frozen=True)
class Curves:
    """A panel of curves over time.

    Attributes
    ----------
    kind : ``F0``
    name : what the curves are: "f0", or "cents" for the distance of the second F0 to the first
    unit : "Hz" or "cents"
    curves : (N,) float32 by name, NaN where there is nothing
    frame_s : s, from one value to the next; the first one is at 0
    spans : [start, end] in s of each stretch to mark: where the curves disagree
    """

    kind: str
    name: str
    unit: str
    curves: dict[str, np.ndarray]
    frame_s: float
    spans: list[list[float]]


Panel = Picture | Curves


class Result(Protocol):
    """The interface of a comparison's result."""

    @property
    def sample_rate(self) -> int:
        """The sample rate of all sounds in Hz."""
        ...

    def sounds(self) -> dict[str, np.ndarray]:
        """Return waveforms (T,) float32 by name, all equally loud and ready to be played together."""
        ...

    def panels(self) -> list[Panel]:
        """Return what can be drawn, on one time axis with the sounds."""
        ...

    def numbers(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        ...


def audible(clips: Mapping[str, Clip]) -> dict[str, np.ndarray]:
    """Bring clips to ``OUTPUT_LOUDNESS_DB``, or to less where a peak would come too near to full scale.

    All of them get the same gain, so they stay equally loud.
    """
    config = next(iter(clips.values())).config
    peak = max(float(np.abs(clip.waveform).max()) for clip in clips.values())
    gain = min(10 ** ((OUTPUT_LOUDNESS_DB - config.loudness_db) / 20), 10 ** (-audio.HEADROOM_DB / 20) / peak)
    return {name: (gain * clip.waveform).astype(np.float32) for name, clip in clips.items()}


def pictures(clips: Mapping[str, Clip], distances: Mapping[str, Distance]) -> list[Panel]:
    """Return the mel of each clip, then the differences. All mels have one colour scale."""
    loudest_db = max(float(clip.mel_db.max()) for clip in clips.values())
    config = next(iter(clips.values())).config
    grid = mel.mel_frequencies(config), config.frame_s
    mels = [Picture(MEL, name, clip.mel_db, *grid, loudest_db - SHOWN_DB, loudest_db) for name, clip in clips.items()]
    differences = [
        Picture(DIFFERENCE, name, found.difference_db, *grid, -DIFFERENCE_DB, DIFFERENCE_DB)
        for name, found in distances.items()
    ]
    return [*mels, *differences]
