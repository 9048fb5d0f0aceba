"""Mel → magnitude → waveform: multiplicative updates, then fast Griffin-Lim from the F0 track's phase."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.sparse
import torch

from .config import Config
from .mel import istft, mel_basis, stft

METHODS = ("multiplicative", "nnls")
MOMENTUM = 0.99
SEGMENT_FRAMES = 1024  # 24 s; a longer mel is inverted piece by piece, so that memory stays bounded
OVERLAP_FRAMES = 32


def mel_to_magnitude(
    mel_power: np.ndarray, config: Config, method: str = "multiplicative", updates: int = 10
) -> np.ndarray:
    """(M, N) mel power → (F, N) float32 magnitude.

    ``multiplicative``: Richardson-Lucy / EM-NMF updates X ← X · Aᵀ(M / AX) / Aᵀ1 of the power from a flat start,
    on the sparse basis (Richardson 1972, Lucy 1974; Lee and Seung 2001 for the Kullback-Leibler cost). More
    accurate here than ``nnls`` (librosa's non-negative least squares, the original's way) and far faster.
    """
    if method == "nnls":
        from librosa.util import nnls

        return np.sqrt(nnls(mel_basis(config), mel_power.astype(np.float32))).astype(np.float32)
    if method != "multiplicative":
        raise ValueError(f"there is no inversion {method!r}; known are {', '.join(METHODS)}")
    basis, transposed, column_sum = _sparse_basis(config)
    power = np.ones((config.n_bins, mel_power.shape[1]), dtype=np.float32) * mel_power.mean(axis=0, dtype=np.float32)
    for _ in range(updates):
        ratio = mel_power / np.maximum(basis @ power, 1e-12)
        power *= (transposed @ ratio) / column_sum
    return np.sqrt(power)


@lru_cache(maxsize=8)
def _sparse_basis(config: Config) -> tuple[scipy.sparse.csr_matrix, scipy.sparse.csr_matrix, np.ndarray]:
    basis = scipy.sparse.csr_matrix(mel_basis(config))
    column_sum = np.asarray(basis.sum(axis=0)).reshape(-1, 1)
    return basis, basis.T.tocsr(), np.maximum(column_sum, 1e-6).astype(np.float32)


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


def griffin_lim(
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


def invert(
    mel_db: np.ndarray,
    f0_hz: np.ndarray,
    n_samples: int,
    config: Config,
    *,
    iterations: int = 32,
    seed: int = 0,
    method: str = "multiplicative",
) -> np.ndarray:
    """Mel in dB → waveform.

    (M, N) dB, (N,) Hz with NaN → (n_samples,) float32. Mels longer than ``SEGMENT_FRAMES`` are done in pieces
    that overlap by ``OVERLAP_FRAMES``, whose starting phases agree, cross-faded with equal gain.
    """
    floor = 10 ** (config.mel_floor_db / 10)
    waveform = np.zeros(n_samples, dtype=np.float32)
    fade = (OVERLAP_FRAMES - 1) * config.hop_length  # what two pieces share: n frames span n - 1 hops
    n_frames = mel_db.shape[1]
    for start in range(0, max(1, n_frames - OVERLAP_FRAMES), SEGMENT_FRAMES - OVERLAP_FRAMES):
        stop = min(start + SEGMENT_FRAMES, n_frames)
        # what lies on the mel's floor is silence, not noise at the floor's level
        mel_power = 10 ** (mel_db[:, start:stop] / 10) - floor
        mel_power[mel_power < 1e-10] = 0
        magnitude = mel_to_magnitude(mel_power, config, method)
        first = start * config.hop_length
        length = n_samples - first if stop == n_frames else (stop - start - 1) * config.hop_length
        phase = harmonic_phase(f0_hz, config, seed, start, stop)
        piece = griffin_lim(magnitude, length, config, phase=phase, iterations=iterations)
        if start:
            ramp = np.linspace(0, 1, min(fade, len(piece)), dtype=np.float32)
            piece[: len(ramp)] *= ramp
            waveform[first : first + len(ramp)] *= 1 - ramp
        waveform[first : first + len(piece)] += piece
    return waveform
