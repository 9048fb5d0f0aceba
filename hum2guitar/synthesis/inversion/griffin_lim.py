"""Magnitude → waveform by iterating: fast Griffin-Lim, from the phase of the F0 track or from a better one."""

from __future__ import annotations

import numpy as np
import torch

from hum2guitar.config import Config
from hum2guitar.mel import istft, stft

MOMENTUM = 0.99


def harmonic_phase(f0_hz: np.ndarray, config: Config, seed: int, start: int = 0, stop: int | None = None) -> np.ndarray:
    """Where Griffin-Lim starts: every bin follows its nearest harmonic.

    A harmonic's phase advances by 2π·k·F0·hop / rate from frame to frame, from a random start of its own (equal
    starts would add up to a click each period); bins of one Hann main lobe alternate in sign, for a frame's phase is
    counted from its beginning. Unvoiced bins advance at their own centre frequency.

    (N,) Hz with NaN → (F, N) float32 radians, or the frames from ``start`` to ``stop`` of it.
    """
    rng = np.random.default_rng(seed)
    first_phase = rng.uniform(0, 2 * np.pi, config.n_bins + 1)  # by harmonic number
    bin_hz = (np.arange(config.n_bins) * config.sample_rate / config.n_fft)[:, None]
    voiced = np.isfinite(f0_hz)
    f0 = np.where(voiced, f0_hz, 1.0).astype(np.float64)
    cycles = np.cumsum(np.where(voiced, f0, 0.0)) * config.frame_s
    frames = np.arange(len(f0_hz))[start:stop]
    voiced, f0, cycles = voiced[frames], f0[frames], cycles[frames]
    k = np.clip(np.rint(bin_hz / f0), 1, config.n_bins).astype(int)
    alternate = np.pi * (np.arange(config.n_bins) % 2)[:, None]
    voiced_phase = 2 * np.pi * np.mod(k * cycles, 1) + first_phase[k] + alternate
    unvoiced_phase = 2 * np.pi * np.mod(bin_hz * frames * config.frame_s, 1) + rng.uniform(0, 2 * np.pi, bin_hz.shape)
    return np.where(voiced, voiced_phase, unvoiced_phase).astype(np.float32)


def reconstruct(
    magnitude: np.ndarray, n_samples: int, config: Config, *, phase: np.ndarray, iterations: int = 32
) -> np.ndarray:
    """Fast Griffin-Lim (Perraudin, Balazs and Søndergaard 2013) from a given phase.

    (F, N) magnitude, (F, N) radians → (n_samples,) float32. ``iterations`` 0 trusts the starting phase.
    """
    target = torch.from_numpy(np.ascontiguousarray(magnitude, dtype=np.float32))
    estimate = torch.polar(target, torch.from_numpy(np.ascontiguousarray(phase, dtype=np.float32)))
    previous = torch.zeros_like(estimate)
    for _ in range(iterations):
        consistent = stft(istft(estimate, n_samples, config), config)
        accelerated = consistent + MOMENTUM * (consistent - previous)
        estimate = target * accelerated / accelerated.abs().clamp_min(1e-12)
        previous = consistent
    return istft(estimate, n_samples, config).numpy()
