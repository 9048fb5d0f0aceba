"""Mel power → magnitude: multiplicative updates on the sparse mel basis."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.sparse

from hum2guitar.config import Config
from hum2guitar.mel import mel_basis

METHODS = ("multiplicative", "nnls")


def mel_to_power(mel_db: np.ndarray, config: Config) -> np.ndarray:
    """(M, N) dB → (M, N) power: what lies on the mel's floor is silence, not noise at the floor's level."""
    mel_power = 10 ** (mel_db / 10) - 10 ** (config.mel_floor_db / 10)
    mel_power[mel_power < 1e-10] = 0
    return mel_power


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
        raise ValueError(f"there is no method {method!r}; known are {', '.join(METHODS)}")
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
