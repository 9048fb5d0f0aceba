"""Heard: everything that is known of a recording before anything is decided about how it is played."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from hum2guitar import mel
from hum2guitar.analysis import f0, notes, onsets
from hum2guitar.analysis.trackers.tracker import Tracker
from hum2guitar.config import Config
from hum2guitar.errors import AudioError
from hum2guitar.note import Note

TONE_SHARE = 0.5  # of the power within a semitone of the strongest frequency, from which a recording is a tone


@dataclass(frozen=True)
class Heard:
    """One recording as it was hummed. ``N`` frames, ``M`` mel bins.

    Attributes
    ----------
    f0_hz : (N,) float32 — Hz, NaN where unvoiced
    confidence : (N,) float32 — of the tracker, 0 to 1
    energy_db : (N,) float32 — dB, as ``mel.frame_energy_db`` counts it
    onset_strength : (N,) float32 — -1 to 1, as ``onsets.strength`` counts it
    mel_db : (M, N) float32 — dB
    notes : in order of onset, at the pitch that was hummed
    n_samples : length of the recording in samples at ``config.sample_rate``
    config : the analysis settings, which are those of the checkpoint
    warnings : sentences about what the recording lacks
    seconds : wall time by stage
    """

    f0_hz: np.ndarray
    confidence: np.ndarray
    energy_db: np.ndarray
    onset_strength: np.ndarray
    mel_db: np.ndarray
    notes: tuple[Note, ...]
    n_samples: int
    config: Config
    warnings: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


def analyse(waveform: np.ndarray, config: Config, tracker: Tracker) -> Heard:
    """Analyse a waveform (T,) float32 that ``audio.prepare`` made, at ``config.sample_rate``.

    The result has no notes where nothing is voiced.
    """
    conditioned = f0.condition(waveform, config)
    f0_hz, confidence = f0.track(conditioned, config, tracker)
    power = mel.power_spectrogram(torch.from_numpy(waveform), config)
    mel_db = mel.power_to_mel_db(power, config).numpy()
    return Heard(
        f0_hz=f0_hz,
        confidence=confidence,
        energy_db=mel.frame_energy_db(power, config).numpy(),
        onset_strength=onsets.strength(mel_db),
        mel_db=mel_db,
        notes=tuple(notes.segment(conditioned, f0_hz, confidence, config)),
        n_samples=len(waveform),
        config=config,
    )


def nothing_heard(waveform: np.ndarray, config: Config) -> AudioError:
    """The error for a prepared waveform (T,) in which no note was found: it says why, where that can be told."""
    power = np.abs(np.fft.rfft(waveform)) ** 2
    hz = np.arange(len(power)) * config.sample_rate / len(waveform)
    strongest_hz = float(hz[power.argmax()])
    share = power[np.abs(hz - strongest_hz) < 0.06 * strongest_hz].sum() / power.sum()
    if share > TONE_SHARE and strongest_hz > 0.97 * config.f0_max_hz:
        return AudioError(
            f"the recording sounds at {strongest_hz:.0f} Hz, and pitch is searched up to {config.f0_max_hz:.0f} Hz; "
            "whistle or hum lower"
        )
    if share > TONE_SHARE and strongest_hz < 1.03 * config.f0_min_hz:
        return AudioError(
            f"the recording sounds at {strongest_hz:.0f} Hz, and pitch is searched from {config.f0_min_hz:.0f} Hz up; "
            "hum higher"
        )
    return AudioError("no pitch was heard in the recording; hum or sing a melody, closer to the microphone")
