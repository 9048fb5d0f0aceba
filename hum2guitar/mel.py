"""The mel spectrogram: waveform → power → mel in dB → mel in [-1, 1], and the inverse of the last step."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy
import torch

from hum2guitar.config import Config

ENERGY_SMOOTHED_S = 0.2  # standard deviation of the window; without it, delta_mel correlates 0.02 less (train/RUNS.md)

ENERGY_HIGHEST_HZ = 11025.0  # hiss above it must not raise the level that a guitar follows
UNSCALED_RATE = 22050  # Hz, the sample rate at which the window of the STFT is a plain Hann window

Array = Any  # np.ndarray or torch.Tensor, for functions that take both


def stft(waveform: torch.Tensor, config: Config) -> torch.Tensor:
    """Compute the STFT with a periodic Hann window, centred frames and zero padding.

    A sound has the same level at every sample rate if the windows are equally long in seconds (see ``window``).

    Parameters
    ----------
    waveform : (..., T) float
    config : the settings of the STFT

    Returns
    -------
    spectrum : (..., F, N) complex
    """
    weights = window(config, waveform.device)
    flat = waveform.reshape(-1, waveform.shape[-1])
    spectrum = torch.stft(
        flat, config.n_fft, config.hop_length, window=weights, center=True, pad_mode="constant", return_complex=True
    )
    return spectrum.reshape(*waveform.shape[:-1], *spectrum.shape[-2:])


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def window(config: Config, device: torch.device | None = None) -> torch.Tensor:
    """Compute the window (n_fft,): a Hann window times the time from one sample to the next, in 1/22050 s.

    With this factor the STFT is a Riemann sum of the Fourier integral over time, whose value does not depend on the
    sample rate. So levels in dB mean the same on every grid.
    """
    return torch.hann_window(config.n_fft, device=device) * (UNSCALED_RATE / config.sample_rate)


@lru_cache(maxsize=8)
def mel_basis(config: Config) -> np.ndarray:
    """Compute the mel filters: triangles from librosa, each row with the sum 1, so that white noise has a flat mel.

    With Slaney's area normalisation, neighbouring low rows differ by up to 20 dB, because a narrow triangle samples a
    single STFT bin at an arbitrary height. A translation-equivariant network cannot generate that pattern.

    Returns
    -------
    basis : (M, F) float32
    """
    from librosa.filters import mel  # imported here: it takes a second

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
def sparse_basis(config: Config) -> tuple[scipy.sparse.csr_matrix, scipy.sparse.csr_matrix, np.ndarray]:
    """Return the mel basis (M, F), its transpose, and the sums of its columns (F, 1), at least 1e-6."""
    basis = scipy.sparse.csr_matrix(mel_basis(config))
    column_sum = np.asarray(basis.sum(axis=0)).reshape(-1, 1)
    return basis, basis.T.tocsr(), np.maximum(column_sum, 1e-6).astype(np.float32)


@lru_cache(maxsize=8)
def mel_frequencies(config: Config) -> np.ndarray:
    """Compute the centre frequency of each mel bin, the centre of mass of its triangle: (M,) float32 in Hz."""
    linear = np.arange(config.n_bins) * config.sample_rate / config.n_fft
    return (mel_basis(config) @ linear).astype(np.float32)


def power_spectrogram(waveform: torch.Tensor, config: Config) -> torch.Tensor:
    """Compute the power spectrogram: (..., T) float → (..., F, N) power."""
    spectrum = stft(waveform, config)
    return spectrum.real**2 + spectrum.imag**2


def power_to_mel_db(power: torch.Tensor, config: Config) -> torch.Tensor:
    """Convert power to a mel spectrogram: (..., F, N) power → (..., M, N) dB, at least ``mel_floor_db``."""
    return power_to_db(_mel_basis_on(power.device, config) @ power, config)


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def _mel_basis_on(device: torch.device, config: Config) -> torch.Tensor:
    """The mel filters on a device, where they stay: a copy for each batch would make the host wait."""
    return torch.from_numpy(mel_basis(config)).to(device)


def frame_energy_db(power: torch.Tensor, config: Config) -> torch.Tensor:
    """Measure the energy of each frame from ``f0_min_hz`` to ``ENERGY_HIGHEST_HZ``.

    The scale is that of the peak of a single partial. A Hann window spreads a partial over several bins, and the sum of
    their powers is 1.5 times the power of the peak. So the sum is divided by 1.5.

    Parameters
    ----------
    power : (..., F, N) power
    config : the settings of the mel spectrogram

    Returns
    -------
    energy_db : (..., N) — dB, at least ``mel_floor_db``
    """
    lowest, highest = (int(hz * config.n_fft / config.sample_rate) for hz in (config.f0_min_hz, ENERGY_HIGHEST_HZ))
    return power_to_db(power[..., lowest : highest + 1, :].sum(dim=-2) / 1.5, config)


def with_energy_of(mel_db: np.ndarray, other_db: np.ndarray, config: Config, limit_db: float = 12.0) -> np.ndarray:
    """Give a mel spectrogram the energy over time of another one, above ``f0_min_hz``.

    The energies are smoothed over time (``ENERGY_SMOOTHED_S``), so crescendos are followed and attacks are kept. The
    change is limited to ``limit_db``: a breath must not amplify a silent frame to noise.

    Parameters
    ----------
    mel_db : (M, N) — dB
    other_db : (M, N) — dB
    config : the settings of both
    limit_db : the largest change in dB

    Returns
    -------
    mel_db : (M, N) — dB
    """
    rows = mel_frequencies(config) >= config.f0_min_hz
    powers = ((10 ** (x[rows] / 10)).sum(axis=0) for x in (mel_db, other_db))
    energy, target = (scipy.ndimage.gaussian_filter1d(power, ENERGY_SMOOTHED_S / config.frame_s) for power in powers)
    return mel_db + np.clip(10 * np.log10(target / energy), -limit_db, limit_db)


def power_to_db(power: torch.Tensor, config: Config) -> torch.Tensor:
    """Convert power to dB, at least ``mel_floor_db``."""
    return 10 * torch.log10(power.clamp_min(10 ** (config.mel_floor_db / 10)))


def normalise(mel_db: Array, config: Config) -> Array:
    """Map dB to [-1, 1]: ``mel_floor_db`` to -1, ``mel_ceil_db`` to 1. Values outside are clipped."""
    return ((mel_db - config.mel_floor_db) / config.db_per_unit - 1).clip(-1, 1)


def denormalise(mel: Array, config: Config) -> Array:
    """Map [-1, 1] to dB, the inverse of ``normalise``. Values outside are clipped."""
    return (mel.clip(-1, 1) + 1) * config.db_per_unit + config.mel_floor_db
