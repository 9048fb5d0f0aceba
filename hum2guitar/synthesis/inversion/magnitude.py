"""Mel spectrogram → magnitude of the STFT."""

from __future__ import annotations

import numpy as np

from hum2guitar.config import Config
from hum2guitar.mel import mel_basis, sparse_basis

METHODS = ("multiplicative", "nnls")
BLOCK_FRAMES = 128  # computed at a time, so that they stay in the cache


def mel_to_power(mel_db: np.ndarray, config: Config) -> np.ndarray:
    """Convert a mel spectrogram to mel power: (M, N) dB → (M, N) power. ``mel_floor_db`` becomes 0."""
    mel_power = 10 ** (mel_db / 10) - 10 ** (config.mel_floor_db / 10)
    mel_power[mel_power < 1e-10] = 0
    return mel_power


def mel_to_magnitude(
    mel_power: np.ndarray, config: Config, method: str = "multiplicative", updates: int = 10
) -> np.ndarray:
    """Estimate the magnitude of the STFT from mel power.

    ``multiplicative`` updates the power X from a flat start by X ← X · Aᵀ(M / AX) / Aᵀ1, with the mel power M and the
    sparse mel basis A (Richardson 1972, Lucy 1974; Lee and Seung 2001 for the Kullback-Leibler divergence). ``nnls`` is
    the non-negative least squares of librosa, which the original Hum2Guitar used. It is less accurate on plucked
    strings, and slower.

    Parameters
    ----------
    mel_power : (M, N)
    config : the settings of the mel spectrogram
    method : one of ``METHODS``
    updates : number of multiplicative updates

    Returns
    -------
    magnitude : (F, N) float32 — a frame's bins lie side by side in memory, as the STFT gives them

    Raises
    ------
    ValueError
        If the method is unknown.
    """
    if method == "nnls":
        from librosa.util import nnls

        return np.sqrt(nnls(mel_basis(config), mel_power.astype(np.float32))).astype(np.float32)
    if method != "multiplicative":
        raise ValueError(f"there is no method {method!r}; known are {', '.join(METHODS)}")
    magnitude = np.empty((mel_power.shape[1], config.n_bins), dtype=np.float32)
    for start in range(0, len(magnitude), BLOCK_FRAMES):
        block = slice(start, start + BLOCK_FRAMES)
        magnitude[block] = np.sqrt(_multiplicative(mel_power[:, block], config, updates)).T
    return magnitude.T


def _multiplicative(mel_power: np.ndarray, config: Config, updates: int) -> np.ndarray:
    """Estimate the power (F, N) of a few frames."""
    basis, transposed, column_sum = sparse_basis(config)
    power = np.ones((config.n_bins, 1), dtype=np.float32) * mel_power.mean(axis=0, dtype=np.float32)
    for _ in range(updates):
        ratio = mel_power / np.maximum(basis @ power, 1e-12)
        power *= (transposed @ ratio) / column_sum
    return power
