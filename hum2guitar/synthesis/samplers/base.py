"""The interface that all samplers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

# label (C, M, N), extra channels (C' - C, M, N), condition (K,) → (M, N)
Forward = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


class Sampler(Protocol):
    """How a trained network is used to generate a mel.

    Attributes
    ----------
    extra_channels : how many channels the sampler appends to the label; C' = C + extra_channels
    passes : how often it applies the network
    """

    extra_channels: int
    passes: int

    def sample(
        self, forward: Forward, label: torch.Tensor, condition: torch.Tensor, seed: int, noise_scale: float
    ) -> torch.Tensor:
        """Generate one mel.

        Parameters
        ----------
        forward : applies the network once to a whole input, however long; may be called any number of times
        label : (C, M, N) float32
        condition : (K,) float32
        seed : of the noise, where the sampler reads any
        noise_scale : standard deviation of that noise

        Returns
        -------
        (M, N) float32 in [-1, 1], by ``mel.normalise``
        """
