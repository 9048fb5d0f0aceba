"""Fast Griffin-Lim: a magnitude and a starting phase → waveform."""

from __future__ import annotations

import numpy as np
import torch

from hum2guitar.config import Config
from hum2guitar.mel import istft, stft

MOMENTUM = 0.99


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
