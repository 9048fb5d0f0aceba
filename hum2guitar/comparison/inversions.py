"""Where does the timbre go? A recording's own mel spectrogram through each inversion, beside the recording.

No network makes the mel, so whatever differs was lost on the way from the mel back to sound.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from hum2guitar.analysis.heard import analyse
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.comparison.clip import Clip, Distance, clip_of, distance, read, treble_numbers
from hum2guitar.comparison.shown import Panel, audible, pictures
from hum2guitar.config import Config
from hum2guitar.stages import Progress
from hum2guitar.synthesis.inversion import INVERSIONS, fitting, warm_up

RECORDING = "recording"
ANALYSED = 0.2  # the completed share when the analysis is done


@dataclass(frozen=True)
class Inversions:
    """A recording, and what each inversion makes of its mel.

    Attributes
    ----------
    recording : the recording itself
    inverted : the sounds by the name of the inversion
    distances : of each sound to the recording
    seconds : wall time of each inversion in s
    """

    recording: Clip
    inverted: dict[str, Clip]
    distances: dict[str, Distance]
    seconds: dict[str, float]

    @property
    def sample_rate(self) -> int:
        """The sample rate of all sounds in Hz."""
        return self.recording.config.sample_rate

    def sounds(self) -> dict[str, np.ndarray]:
        """As ``shown.Result``: "recording", then the inversions."""
        return audible(self._clips())

    def panels(self) -> list[Panel]:
        """As ``shown.Result``: the mel of each sound, then the difference of each inversion to the recording."""
        return pictures(self._clips(), self.distances)

    def numbers(self) -> dict[str, Any]:
        """As ``shown.Result``: distance and seconds of each inversion, and the treble of all sounds."""
        return {
            "inversions": {
                name: found.numbers | {"seconds": round(self.seconds[name], 3)}
                for name, found in self.distances.items()
            },
            "treble_db": treble_numbers(self._clips()),
        }

    def _clips(self) -> dict[str, Clip]:
        return {RECORDING: self.recording, **self.inverted}


def compare_inversions(
    waveform: np.ndarray, sample_rate: int, config: Config, *, progress: Progress | None = None
) -> Inversions:
    """Invert the mel of a recording in every way that fits a Config.

    A recording without pitch is inverted too: Griffin-Lim and the vocoder use its F0 where there is one.

    Parameters
    ----------
    waveform : (T,) or (T, channels) — any PCM or float dtype, 0.5 s to 2 min
    sample_rate : Hz
    config : the settings of the mel spectrogram, as ``Hum2Guitar.config``
    progress : called with the completed share, 0 to 1, and the name of the stage

    Raises
    ------
    AudioError
        If the recording cannot be used.
    """
    report = progress or (lambda share, stage: None)
    report(0.0, "f0")
    recording = read(waveform, sample_rate, config)
    heard = analyse(recording, config, load_tracker("swift"))
    warm_up(config)
    reference = clip_of(recording, config)
    names = fitting(config)
    inverted, distances, seconds = {}, {}, {}
    for done, name in enumerate(names):
        report(ANALYSED + (1 - ANALYSED) * done / len(names), "inversion")
        start = time.perf_counter()
        sound = INVERSIONS[name].invert(heard.mel_db, heard.f0_hz, heard.n_samples, config)
        seconds[name] = time.perf_counter() - start
        inverted[name] = clip_of(sound, config)
        distances[name] = distance(reference, inverted[name])
    return Inversions(reference, inverted, distances, seconds)
