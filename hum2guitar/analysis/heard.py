"""Everything that is heard in a recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from hum2guitar import mel
from hum2guitar.analysis import f0, notes, onsets
from hum2guitar.config import Config
from hum2guitar.note import Note


@dataclass(frozen=True)
class Heard:
    """One recording: F0, confidence and onset strength (N,), frame energy (N,) dB, mel (M, N) dB, and its notes."""

    f0_hz: np.ndarray
    confidence: np.ndarray
    energy_db: np.ndarray
    onset_strength: np.ndarray
    mel_db: np.ndarray
    notes: list[Note]


def analyse(waveform: np.ndarray, config: Config, tracker: f0.Tracker) -> Heard:
    """Everything the label and the pictures need of a (T,) waveform that ``audio.prepare`` made."""
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
        notes=notes.segment(conditioned, f0_hz, confidence, config),
    )
