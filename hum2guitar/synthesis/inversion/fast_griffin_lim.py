"""Fast Griffin-Lim: magnitude and initial phase → waveform."""

from __future__ import annotations

import numpy as np
import torch

from hum2guitar.config import Config
from hum2guitar.mel import istft, stft

MOMENTUM = 0.99
BLOCK_FRAMES = 64  # updated at a time, so that what is computed in between stays in the cache


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
    # a frame's bins lie side by side in memory, as the STFT gives them
    target, angle = (torch.from_numpy(np.ascontiguousarray(x.T, dtype=np.float32)).T for x in (magnitude, phase))
    estimate = torch.polar(target, angle)
    previous = torch.zeros_like(estimate)
    for _ in range(iterations):
        consistent = stft(istft(estimate, n_samples, config), config)
        for first in range(0, estimate.shape[1], BLOCK_FRAMES):
            block = slice(first, first + BLOCK_FRAMES)
            _accelerate(estimate[:, block], target[:, block], consistent[:, block], previous[:, block])
        previous = consistent
    return istft(estimate, n_samples, config).numpy()


def _accelerate(estimate: torch.Tensor, target: torch.Tensor, consistent: torch.Tensor, previous: torch.Tensor) -> None:
    """Write the next estimate of some frames, (F, K) each; ``previous`` is overwritten too."""
    accelerated = torch.sub(consistent, previous, out=previous).mul_(MOMENTUM).add_(consistent)
    torch.mul(accelerated, target, out=estimate).div_(accelerated.abs().clamp_min_(1e-12))
