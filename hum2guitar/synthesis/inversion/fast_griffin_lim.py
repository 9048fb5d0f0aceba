"""Fast Griffin-Lim: magnitude and initial phase → waveform."""

from __future__ import annotations

import numpy as np

from hum2guitar.config import Config
from hum2guitar.synthesis.inversion.transform import istft, stft

MOMENTUM = 0.99


def reconstruct(
    magnitude: np.ndarray, n_samples: int, config: Config, *, phase: np.ndarray, iterations: int = 32
) -> np.ndarray:
    """Reconstruct a waveform from its magnitude by fast Griffin-Lim.

    N. Perraudin, P. Balazs and P. L. Søndergaard, "A fast Griffin-Lim algorithm", WASPAA 2013.

    Parameters
    ----------
    magnitude : (F, N)
    n_samples : length of the waveform
    config : the settings of the STFT
    phase : (F, N) — radians, the initial phase
    iterations : 0 inverts the STFT with the initial phase

    Returns
    -------
    waveform : (n_samples,) float32
    """
    from hum2guitar.synthesis.inversion._accelerate import accelerate  # imported here: numba takes a second

    # a frame's bins lie side by side in memory, as the STFT gives them
    target, angle = (np.ascontiguousarray(x.T, dtype=np.float32) for x in (magnitude, phase))
    estimate = np.empty(target.shape, np.complex64)
    np.multiply(target, np.cos(angle), out=estimate.real)
    np.multiply(target, np.sin(angle), out=estimate.imag)
    previous = np.zeros_like(estimate)
    for _ in range(iterations):
        consistent = stft(istft(estimate.T, n_samples, config), config).T
        accelerate(consistent, previous, target, np.float32(MOMENTUM), estimate)
        previous = consistent
    return istft(estimate.T, n_samples, config)
