"""Waveform → power → mel in dB → [-1, 1], and the inverses that need only the Config."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from hum2guitar.config import Config

ENERGY_SMOOTHED_S = 0.2  # standard deviation; frame by frame costs 0.02 of the motion's correlation (train/RUNS.md)

Array = Any  # np.ndarray or torch.Tensor, where a function takes both: the few methods it uses have the same names


def stft(waveform: torch.Tensor, config: Config) -> torch.Tensor:
    """(..., T) float → (..., F, N) complex: periodic Hann window, frames centred, zeros beyond the ends."""
    window = torch.hann_window(config.n_fft, device=waveform.device)
    flat = waveform.reshape(-1, waveform.shape[-1])
    spectrum = torch.stft(
        flat, config.n_fft, config.hop_length, window=window, center=True, pad_mode="constant", return_complex=True
    )
    return spectrum.reshape(*waveform.shape[:-1], *spectrum.shape[-2:])


def istft(spectrum: torch.Tensor, n_samples: int, config: Config) -> torch.Tensor:
    """(F, N) complex → (n_samples,) float, the least-squares inverse of ``stft``."""
    window = torch.hann_window(config.n_fft, device=spectrum.device)
    return torch.istft(spectrum, config.n_fft, config.hop_length, window=window, center=True, length=n_samples)


@lru_cache(maxsize=8)
def mel_basis(config: Config) -> np.ndarray:
    """(M, F) float32 — librosa's triangles, each row summing to 1, so that white noise has a flat mel.

    (Slaney's area normalisation leaves a comb of up to 20 dB in the lowest rows, whose triangles hold a single
    STFT bin at an arbitrary height: a pattern that a translation-equivariant network cannot draw.)
    """
    from librosa.filters import mel  # here: librosa takes a second to import

    basis = mel(
        sr=config.sample_rate,
        n_fft=config.n_fft,
        n_mels=config.n_mels,
        fmin=config.fmin_hz,
        fmax=config.fmax_hz,
        norm=1,
    )
    return basis.astype(np.float32)


@lru_cache(maxsize=8)
def mel_frequencies(config: Config) -> np.ndarray:
    """(M,) float32 Hz — the frequency that each mel bin stands for: its triangle's centre of mass."""
    linear = np.arange(config.n_bins) * config.sample_rate / config.n_fft
    return (mel_basis(config) @ linear).astype(np.float32)


def power_spectrogram(waveform: torch.Tensor, config: Config) -> torch.Tensor:
    """(..., T) → (..., F, N) power."""
    spectrum = stft(waveform, config)
    return spectrum.real**2 + spectrum.imag**2


def power_to_mel_db(power: torch.Tensor, config: Config) -> torch.Tensor:
    """(..., F, N) power → (..., M, N) dB, not below ``mel_floor_db``."""
    mel_power = torch.from_numpy(mel_basis(config)).to(power.device) @ power
    return power_to_db(mel_power, config)


def frame_energy_db(power: torch.Tensor, config: Config) -> torch.Tensor:
    """(..., F, N) power → (..., N) dB: the frame's total from f0_min up, as one partial would have it at its peak.

    A Hann window spreads a partial over bins whose power sums to 1.5 times the peak's; hence the division.
    """
    lowest = int(config.f0_min_hz * config.n_fft / config.sample_rate)
    return power_to_db(power[..., lowest:, :].sum(dim=-2) / 1.5, config)


def with_energy_of(mel_db: np.ndarray, other_db: np.ndarray, config: Config, limit_db: float = 12.0) -> np.ndarray:
    """(M, N) dB twice → the first, moved over time to the second's energy from f0_min up, by at most ``limit_db``.

    The energies are smoothed (``ENERGY_SMOOTHED_S``): what swells and fades is followed, and how a string's level rises
    and falls from one frame to the next is left as it is. The limit keeps a place in which the one is silent and the
    other is not (a breath) from being blown up to noise.
    """
    rows = mel_frequencies(config) >= config.f0_min_hz
    powers = ((10 ** (x[rows] / 10)).sum(axis=0) for x in (mel_db, other_db))
    energy, wanted = (gaussian_filter1d(power, ENERGY_SMOOTHED_S / config.frame_s) for power in powers)
    return mel_db + np.clip(10 * np.log10(wanted / energy), -limit_db, limit_db)


def power_to_db(power: torch.Tensor, config: Config) -> torch.Tensor:
    """Power → dB, not below ``mel_floor_db``."""
    return 10 * torch.log10(power.clamp_min(10 ** (config.mel_floor_db / 10)))


def normalise(mel_db: Array, config: Config) -> Array:
    """dB → [-1, 1] by the Config's fixed range, clipped to it; a numpy array or a tensor."""
    span = config.mel_ceil_db - config.mel_floor_db
    return (2 * (mel_db - config.mel_floor_db) / span - 1).clip(-1, 1)


def denormalise(mel: Array, config: Config) -> Array:
    """[-1, 1] → dB, the inverse of ``normalise`` within the range."""
    span = config.mel_ceil_db - config.mel_floor_db
    return (mel.clip(-1, 1) + 1) / 2 * span + config.mel_floor_db
