"""The interface that all generators share."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch
from torch import nn

from hum2guitar.config import Config


class Generator(nn.Module):
    """A network that turns a label into a mel.

    A subclass is constructed with ``(config, extra_channels)`` and holds its coarse network as the attribute
    ``global_generator``, which is trained first.

    Attributes
    ----------
    time_stride : frames that the network reduces to one; a piece of a label must begin at a multiple of it
    context_frames : how many frames to either side of a frame have an influence on it, a multiple of
        ``time_stride``; None where every frame depends on the whole label, so that a label cannot be cut into pieces
    """

    time_stride: ClassVar[int] = 1
    context_frames: int | None = None

    def __init__(self, config: Config, extra_channels: int = 0) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """(B, C', M, N), (B, K) → mel (B, 1, M, N) by the range [-1, 1], for any N from 1 up.

        C' is C plus the sampler's extra channels, which come last. The mel is float32 whatever the network
        computes in: the eight bits of bfloat16 are too few for the differences between cells that the losses score.
        """

    @abstractmethod
    def coarse(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """(B, C', M, N), (B, K) → (B, 1, M / 2, N) float32: the mel of the global network alone."""

    @staticmethod
    @abstractmethod
    def halve_frequency(image: torch.Tensor) -> torch.Tensor:
        """(B, C, M, N) → (B, C, M / 2, N): the resolution at which the global network works and is trained."""
