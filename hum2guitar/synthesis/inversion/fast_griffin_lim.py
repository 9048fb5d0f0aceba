"""Fast Griffin-Lim: magnitude and initial phase → waveform."""

from __future__ import annotations

import numpy as np
import torch

from hum2guitar.config import Config
from hum2guitar.mel import istft, stft

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
    target = torch.from_numpy(np.ascontiguousarray(magnitude, dtype=np.float32))
    estimate = torch.polar(target, torch.from_numpy(np.ascontiguousarray(phase, dtype=np.float32)))
    previous = torch.zeros_like(estimate)
    for _ in range(iterations):
        consistent = stft(istft(estimate, n_samples, config), config)
        accelerated = consistent + MOMENTUM * (consistent - previous)
        estimate = target * accelerated / accelerated.abs().clamp_min(1e-12)
        previous = consistent
    return istft(estimate, n_samples, config).numpy()
