"""Three plucked strings with a known F0, their spectra, and distances between magnitudes."""

from __future__ import annotations

import numpy as np
import torch

from hum2guitar import mel
from hum2guitar.config import Config


def plucks(config: Config, seconds: float = 1.2) -> tuple[np.ndarray, np.ndarray]:
    """(T,) float32 waveform of three plucked strings, one after the other, and their F0 (N,) in Hz."""
    t = np.arange(int(seconds * config.sample_rate)) / config.sample_rate
    waveform, f0_hz = np.zeros(len(t)), np.full(config.n_frames(len(t)), np.nan, np.float32)
    frames_s = np.arange(len(f0_hz)) * config.frame_s
    for i, hz in enumerate((146.83, 220.0, 196.0)):
        age = t - i * seconds / 3
        rings = (age >= 0) & (age < seconds / 3)
        for k in range(1, 25):
            if k * hz < config.sample_rate / 2:
                waveform += (
                    rings * np.exp(-(1 + 0.7 * k) * np.maximum(age, 0)) * np.sin(2 * np.pi * k * hz * age + k) / k
                )
        f0_hz[frames_s >= i * seconds / 3] = hz
    return (0.1 * waveform).astype(np.float32), f0_hz


def spectra(waveform: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """The mel spectrogram (M, N) in dB, and the magnitude (F, N)."""
    power = mel.power_spectrogram(torch.from_numpy(waveform), config)
    return mel.power_to_mel_db(power, config).numpy(), power.sqrt().numpy()


def log_error_db(magnitude: np.ndarray, truth: np.ndarray) -> float:
    """The mean difference in dB over the bins within 60 dB of the maximum."""
    floor = truth.max() * 1e-3
    audible = truth > floor
    return float(np.abs(20 * np.log10(np.maximum(magnitude, floor)[audible] / truth[audible])).mean())


def inconsistency_db(waveform: np.ndarray, magnitude: np.ndarray, config: Config) -> float:
    """The distance of the magnitude of a waveform from a given magnitude, in dB re the latter."""
    reached = mel.stft(torch.from_numpy(waveform), config).abs().numpy()
    return float(20 * np.log10(np.linalg.norm(reached - magnitude) / np.linalg.norm(magnitude)))
