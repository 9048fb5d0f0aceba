"""``direct``: the network's output is the mel. For networks trained by regression or adversarially."""

from __future__ import annotations

import torch

from hum2guitar.synthesis.samplers.base import Forward


class Direct:
    """One pass through the network; nothing is random."""

    extra_channels = 0
    passes = 1

    def sample(
        self, forward: Forward, label: torch.Tensor, condition: torch.Tensor, seed: int, noise_scale: float
    ) -> torch.Tensor:
        """(C, M, N), (K,) → (M, N) in [-1, 1]; what overshoots is clipped."""
        return forward(label, label[:0], condition).clip(-1, 1)
