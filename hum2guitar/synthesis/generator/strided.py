"""``strided`` (presets small, medium, base): this project's own coarse-to-fine generator.

It has the plan of Pix2PixHD (Wang et al., CVPR 2018): a global network at half the frequency resolution, and a local
enhancer around it. It folds pairs of mel rows into channels, has strides, and has no normalisation over time. So a hum
that is generated in pieces equals the hum generated whole. docs/method.md lists all that differs, with the reasons.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn
from torch.nn import functional as F

from hum2guitar.config import Config
from hum2guitar.synthesis.condition import condition_size
from hum2guitar.synthesis.generator.base import Generator
from hum2guitar.synthesis.generator.layers import (
    Conv,
    ResidualBlock,
    UpsamplingConv,
    add_height,
    append_silence,
    fold,
    unfold,
)


class GlobalGenerator(nn.Module):
    """The coarse network: half the mel's frequency resolution, two strides of 2 along frequency and time."""

    def __init__(self, config: Config, in_channels: int) -> None:
        super().__init__()
        width, n_conditions = config.global_width, condition_size(config)
        self.n_base_rows = config.n_base_mels / 4  # half the mel's resolution, then folded
        self.stem = Conv(2 * in_channels + 1, width)
        self.stem_condition = nn.Linear(n_conditions, width, bias=False)
        self.down = nn.ModuleList([Conv(width, 2 * width, stride=2), Conv(2 * width, 4 * width, stride=2)])
        self.blocks = nn.ModuleList([ResidualBlock(4 * width, n_conditions) for _ in range(config.global_blocks)])
        self.up = nn.ModuleList(
            [UpsamplingConv(4 * width, 2 * width, columns=True), UpsamplingConv(2 * width, width, columns=True)]
        )
        self.head = Conv(width, 2)

    def forward(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """(B, C', M / 2, N), (B, K) → features (B, W, M / 4, N); N a multiple of 4."""
        x = self.stem(add_height(fold(label), self.n_base_rows)) + self.stem_condition(condition)[:, :, None, None]
        skips = []
        for down in self.down:
            skips.append(x)
            x = down(F.silu(x))
        for block in self.blocks:
            x = block(x, condition)
        for up, skip in zip(self.up, reversed(skips), strict=True):
            x = up(F.silu(x)) + skip
        return x

    def to_mel(self, features: torch.Tensor) -> torch.Tensor:
        """Features → the coarse mel (B, 1, M / 2, N), in [-1, 1] but for overshoot."""
        return unfold(self.head(F.silu(features)).float()) - 1


class StridedGenerator(Generator):
    """The whole generator: full resolution in frequency, every frame, the global features joined in."""

    time_stride: ClassVar[int] = 4

    def __init__(self, config: Config, extra_channels: int = 0) -> None:
        super().__init__(config, extra_channels)
        self.channels, self.n_base_rows = config.label_channels, config.n_base_mels / 2  # folded
        in_channels = len(self.channels) + extra_channels
        width, n_conditions = config.local_width, condition_size(config)
        self.context_frames = _context_frames(config)
        self.global_generator = GlobalGenerator(config, in_channels)
        self.stem = Conv(2 * in_channels + 1, width)
        self.down = Conv(width, 2 * width, stride=(2, 1))
        self.join = nn.Conv2d(config.global_width, 2 * width, 1)
        self.blocks = nn.ModuleList([ResidualBlock(2 * width, n_conditions) for _ in range(config.local_blocks)])
        self.up = UpsamplingConv(2 * width, width, columns=False)
        self.head = Conv(width, 2)

    def forward(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """(B, C', M, N), (B, K) → mel (B, 1, M, N) in [-1, 1] but for overshoot; any N from 1 up.

        The frames after the last one count as silence, up to a multiple of ``time_stride``.
        """
        n_frames = label.shape[-1]
        label = append_silence(label, -n_frames % self.time_stride, self.channels)
        coarse = self.global_generator(self.halve_frequency(label), condition)
        stem = self.stem(add_height(fold(label), self.n_base_rows))
        x = self.down(F.silu(stem)) + self.join(F.silu(coarse))
        for block in self.blocks:
            x = block(x, condition)
        x = self.up(F.silu(x)) + stem
        return (unfold(self.head(F.silu(x)).float()) - 1)[..., :n_frames]

    def coarse(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """(B, C', M, N), (B, K) → (B, 1, M / 2, N): the mel of the global network alone."""
        n_frames = label.shape[-1]
        label = append_silence(label, -n_frames % self.time_stride, self.channels)
        features = self.global_generator(self.halve_frequency(label), condition)
        return self.global_generator.to_mel(features)[..., :n_frames]

    @staticmethod
    def halve_frequency(image: torch.Tensor) -> torch.Tensor:
        """(B, C, M, N) → (B, C, M / 2, N), each pair of rows averaged."""
        return F.avg_pool2d(image, (2, 1))


def _context_frames(config: Config) -> int:
    """Add up how far the 3 × 3 convolutions reach in time at each of the strides, and round up to a multiple of 4."""
    at_stride_4 = 4 * (2 * config.global_blocks + 2)
    at_stride_2 = 2 * 2
    at_stride_1 = 2 * config.local_blocks + 6
    return -(-(at_stride_4 + at_stride_2 + at_stride_1) // 4) * 4
