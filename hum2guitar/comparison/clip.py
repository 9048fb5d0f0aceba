"""A sound as a comparison shows and measures it, and the distance of one sound to another."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from hum2guitar import mel
from hum2guitar.analysis import audio
from hum2guitar.config import Config
from hum2guitar.metrics import SAMPLE_RATE, likeness
from hum2guitar.metrics.treble import SAMPLE_RATE as TREBLE_RATE
from hum2guitar.metrics.treble import treble

MAX_SECONDS = 120.0  # of a recording that is compared: the pictures of longer ones would be large


@dataclass(frozen=True)
class Clip:
    """One sound of a comparison.

    Attributes
    ----------
    waveform : (T,) float32 — at ``config.sample_rate`` and ``config.loudness_db``
    mel_db : (M, N) float32 — dB, its mel spectrogram
    treble_db : the level after a pluck in dB by band and time (see ``treble.treble``), NaN where no note counts
    config : the settings of the mel spectrogram
    """

    waveform: np.ndarray
    mel_db: np.ndarray
    treble_db: dict[str, float]
    config: Config


@dataclass(frozen=True)
class Distance:
    """How far a sound is from a reference. The measures are those of ``metrics.likeness``.

    Attributes
    ----------
    difference_db : (M, N) float32 — dB, the mel of the sound less that of the reference, 0 where neither can be heard
    mel_l1_db : dB, the mean difference of the mels; lower is better
    delta_mel_ratio : the size of the mel's changes against the reference's; below 1 is blurred
    delta_mel_correlation : the correlation of these changes with the reference's
    log_spectral_distance_db : dB, by Gray and Markel
    """

    difference_db: np.ndarray
    mel_l1_db: float
    delta_mel_ratio: float
    delta_mel_correlation: float
    log_spectral_distance_db: float

    @property
    def numbers(self) -> dict[str, float | None]:
        """The four figures by name, ready for JSON: None where a figure is not defined."""
        names = ("mel_l1_db", "delta_mel_ratio", "delta_mel_correlation", "log_spectral_distance_db")
        return {name: rounded(getattr(self, name)) for name in names}


def read(waveform: np.ndarray, sample_rate: int, config: Config) -> np.ndarray:
    """Prepare a recording of at most ``MAX_SECONDS`` as ``audio.prepare`` does: (T,) float32. Raises AudioError."""
    return audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db, MAX_SECONDS)


def clip_of(waveform: np.ndarray, config: Config) -> Clip:
    """Set the loudness of a waveform (T,) at ``config.sample_rate``, and compute what a comparison shows of it."""
    waveform = audio.set_loudness(waveform, config.sample_rate, config.loudness_db)
    power = mel.power_spectrogram(torch.from_numpy(waveform), config)
    plucks = treble(audio.resample(waveform, config.sample_rate, TREBLE_RATE))
    levels = {name: float(level) for name, level in plucks.items()}
    return Clip(waveform, mel.power_to_mel_db(power, config).numpy(), levels, config)


def distance(reference: Clip, estimate: Clip) -> Distance:
    """Measure how far a clip is from a reference of the same length."""
    config = reference.config
    a, b = (
        audio.set_loudness(
            audio.resample(clip.waveform, config.sample_rate, SAMPLE_RATE), SAMPLE_RATE, config.loudness_db
        )
        for clip in (reference, estimate)
    )
    reference_db, estimate_db, _ = likeness.clipped(reference.mel_db, estimate.mel_db)
    size, correlation = likeness.delta_mel(a, b)
    return Distance(
        difference_db=estimate_db - reference_db,
        mel_l1_db=float(likeness.mel_l1(a, b)),
        delta_mel_ratio=float(size),
        delta_mel_correlation=float(correlation),
        log_spectral_distance_db=float(likeness.log_spectral_distance(a, b)),
    )


def treble_numbers(clips: Mapping[str, Clip]) -> dict[str, dict[str, float | None]]:
    """List the treble of each clip by its name, in dB by band and time as in "5-10 kHz, 40 ms"; ready for JSON."""
    return {
        name: {measure.replace("–", "-"): rounded(level) for measure, level in clip.treble_db.items()}
        for name, clip in clips.items()
    }


def rounded(figure: float) -> float | None:
    """Round a figure to 3 decimals; None for NaN, which JSON does not have."""
    return round(figure, 3) if math.isfinite(figure) else None
