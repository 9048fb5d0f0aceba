"""The true mel spectrogram of a guitar recording → sound, by librosa or by an inversion of this project."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.cases.case import AbsentError
from benchmarks.cases.original import by_librosa
from hum2guitar.analysis import audio
from hum2guitar.analysis.heard import analyse
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.metrics import SAMPLE_RATE
from hum2guitar.metrics.likeness import logmag
from hum2guitar.synthesis import checkpoint as checkpoints
from hum2guitar.synthesis.inversion import INVERSIONS

LIBROSA = "librosa mel_to_audio"


class Case:
    """Invert the mel spectrogram of a recording.

    Parameters
    ----------
    name : ``LIBROSA``, or one of ``INVERSIONS``
    recording : a file
    seconds : so much of it from its beginning
    checkpoint : a file or a Hub id, whose settings the mel spectrogram has; None for the bundled one
    """

    def __init__(self, name: str, recording: str, seconds: float, checkpoint: str | None) -> None:
        self._name, self._config = name, checkpoints.load(checkpoints.resolve(checkpoint)).config
        if name != LIBROSA and (reason := INVERSIONS[name].incompatibility(self._config)):
            raise AbsentError(reason)
        waveform, sample_rate = audio.load(recording)
        self._truth = audio.prepare(
            waveform[: round(seconds * sample_rate)], sample_rate, self._config.sample_rate, self._config.loudness_db
        )
        self._heard = analyse(self._truth, self._config, load_tracker("swift"))

    def run(self) -> dict[str, float]:
        """As ``case.Case.run``."""
        heard, config = self._heard, self._config
        start = time.perf_counter()
        if self._name == LIBROSA:
            self._sound = by_librosa(heard.mel_db, config, iterations=32, momentum=0.99)
        else:
            self._sound = INVERSIONS[self._name].invert(heard.mel_db, heard.f0_hz, heard.n_samples, config)
        return {"inversion": time.perf_counter() - start}

    def facts(self) -> dict[str, Any]:
        """As ``case.Case.facts``: how far the sound is from the recording, in dB (``metrics.likeness.logmag``)."""
        true, made = (self._at_measured_rate(sound) for sound in (self._truth, self._sound))
        return {"error_db": float(logmag(true, made))}

    def _at_measured_rate(self, sound: np.ndarray) -> np.ndarray:
        return audio.resample(sound, self._config.sample_rate, SAMPLE_RATE)
