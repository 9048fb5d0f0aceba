"""``original`` (preset original): the network of Kim Seonjoo's Hum2Guitar, layer by layer, for comparison.

Source: github.com/hwang9u/hum2guitar, source/model.py (June 2023). It follows Pix2PixHD (Wang et al., CVPR 2018) but
nothing in it is strided in time, and its global network has no strides at all.

His network has one input channel, the mel of the semantic harmonics. So this one reads channel 0 of this project's
label and ignores the onsets, the age and the condition. Instance normalisation averages over the whole label, so a
label cannot be generated in pieces: ``context_frames`` is None.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from hum2guitar.config import BASE_CHANNELS, Config
from hum2guitar.errors import UserError
from hum2guitar.synthesis.generator.base import Generator
from hum2guitar.synthesis.generator.layers import append_silence

MIN_FRAMES = 8  # the global network's three unpadded convolutions take 6, its reflect padding needs 2


def halve_frequency(image: torch.Tensor) -> torch.Tensor:
    """(B, C, M, N) → (B, C, ⌈M / 2⌉, N): the mean of three rows, every second row; beyond the edge none are counted."""
    return F.avg_pool2d(image, (3, 1), stride=(2, 1), padding=(1, 0), count_include_pad=False)


def initialise(network: nn.Module) -> None:
    """Give every convolution Kaiming normal weights (He et al., ICCV 2015) and the bias 0.01."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                nn.init.constant_(module.bias, 0.01)


def _normalised(convolution: nn.Conv2d | nn.ConvTranspose2d) -> nn.Sequential:
    """A convolution, instance normalisation without weights of its own, and a rectifier."""
    return nn.Sequential(convolution, nn.InstanceNorm2d(convolution.out_channels), nn.ReLU())


class ResidualBlock(nn.Module):
    """x + two 3 × 3 convolutions with reflect padding, each instance-normalised."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _normalised(nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect")),
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect"),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, M, N) → the same shape."""
        return x + self.body(x)


class GlobalGenerator(nn.Module):
    """From W channels to 8 W (64 to 512) and back, at half the frequency resolution.

    The three convolutions down have no padding and the three transposed ones up undo that: M / 2 and N are kept.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        widths = [config.global_width * 2**i for i in range(4)]
        self.down = nn.Sequential(
            _normalised(nn.Conv2d(1, widths[0], 3, padding=1)),
            *[_normalised(nn.Conv2d(a, b, 3)) for a, b in pairwise(widths)],
        )
        self.blocks = nn.Sequential(*[ResidualBlock(widths[-1]) for _ in range(config.global_blocks)])
        self.up = nn.Sequential(*[_normalised(nn.ConvTranspose2d(a, b, 3)) for a, b in pairwise(reversed(widths))])
        self.head = nn.Conv2d(widths[0], 1, 3, padding=1)

    def forward(self, harmonics: torch.Tensor) -> torch.Tensor:
        """(B, 1, M / 2, N) → features (B, W, M / 2, N); N at least ``MIN_FRAMES``."""
        return self.up(self.blocks(self.down(harmonics)))

    def to_mel(self, features: torch.Tensor) -> torch.Tensor:
        """Features → the coarse mel (B, 1, M / 2, N) in [-1, 1]; used in the global stage of training alone."""
        return torch.tanh(self.head(features).float())


class OriginalGenerator(Generator):
    """The local enhancer around the global network.

    The transposed convolution gives M + 2 rows and N + 2 frames, and the last one, 5 × 5 with a padding of 1, takes
    the 2 away. So any even M and any N from ``MIN_FRAMES`` up keep their size. A shorter label is lengthened by
    silence and the result cut: the published network would fail on it.
    """

    def __init__(self, config: Config, extra_channels: int = 0) -> None:
        super().__init__(config, extra_channels)
        if extra_channels:
            raise UserError(
                f"the sampler {config.sampler} gives the network {extra_channels} more channels, but the architecture "
                "original sees the semantic harmonics alone; use another preset, or the sampler direct"
            )
        wide, narrow = config.global_width, config.local_width
        if wide != 2 * narrow:
            raise UserError(
                f"the architecture original adds the features of its two networks, so global_width {wide} must be "
                f"twice local_width {narrow}; use local_width {max(1, wide // 2)} or global_width {2 * narrow}"
            )
        self.global_generator = GlobalGenerator(config)
        self.down = nn.Sequential(
            _normalised(nn.Conv2d(1, narrow, 5, stride=(2, 1), padding=2, padding_mode="reflect")),
            _normalised(nn.Conv2d(narrow, wide, 3, padding=1, padding_mode="reflect")),
        )
        self.blocks = nn.Sequential(*[ResidualBlock(wide) for _ in range(config.local_blocks)])
        self.up = _normalised(nn.ConvTranspose2d(wide, narrow, 3, stride=(2, 1), output_padding=(1, 0)))
        self.head = nn.Conv2d(narrow, 1, 5, padding=1, padding_mode="reflect")
        initialise(self)

    def forward(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """(B, C, M, N), (B, K) → mel (B, 1, M, N) in [-1, 1]; any N from 1 up."""
        harmonics = self._harmonics(label)
        x = self.blocks(self.down(harmonics) + self.global_generator(self.halve_frequency(harmonics)))
        return torch.tanh(self.head(self.up(x)).float())[..., : label.shape[-1]]

    def coarse(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """(B, C, M, N), (B, K) → (B, 1, M / 2, N): the mel of the global network alone."""
        features = self.global_generator(self.halve_frequency(self._harmonics(label)))
        return self.global_generator.to_mel(features)[..., : label.shape[-1]]

    halve_frequency = staticmethod(halve_frequency)

    @staticmethod
    def _harmonics(label: torch.Tensor) -> torch.Tensor:
        return append_silence(label[:, :1], MIN_FRAMES - label.shape[-1], BASE_CHANNELS[:1])
