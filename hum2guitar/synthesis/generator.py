"""Label → mel: Pix2PixHD's coarse-to-fine generator (Wang et al., CVPR 2018), twice.

``strided`` (presets small, medium, base) is this project's own: it works on mel rows folded into channels, really
strides, and has no normalisation over time, so that a hum converted in pieces is the hum converted whole.
``paper`` has the layers of the original Hum2Guitar: nothing strided in time, instance normalisation, 17.5 M
parameters; for comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from hum2guitar.config import Config
from hum2guitar.synthesis.harmonics import CHANNELS


def condition(guitar: str | Mapping[str, float] | None, articulation: str, config: Config) -> np.ndarray:
    """(G + 2,) float32 — the share of each guitar, of "unknown" after the last, and 1 for ``follow``.

    A name is one guitar alone, None is "unknown"; of a mix, what the shares leave of 1 is "unknown"'s. The networks
    take the condition linearly, so a mix lies between its guitars wherever it enters them.

    Raises ValueError for a guitar that the Config does not name.
    """
    shares = guitar if isinstance(guitar, Mapping) else {} if guitar is None else {guitar: 1.0}
    vector = np.zeros(condition_size(config), dtype=np.float32)
    for name, share in shares.items():
        vector[config.guitars.index(name)] = share
    vector[len(config.guitars)] = 1 - sum(shares.values())
    vector[-1] = articulation == "follow"
    return vector


def condition_size(config: Config) -> int:
    """G + 2: the guitars, "unknown", and the articulation."""
    return len(config.guitars) + 2


def build(config: Config) -> LocalEnhancer | PaperEnhancer:
    """The untrained generator that the Config describes."""
    return PaperEnhancer(config) if config.architecture == "paper" else LocalEnhancer(config)


def halve_frequency(image: torch.Tensor) -> torch.Tensor:
    """(B, C, M, N) → (B, C, M / 2, N), each pair of rows averaged: what the global generator sees and is taught."""
    return F.avg_pool2d(image, (2, 1))


TIME_STRIDE = 4  # frames that the strided generator folds into one: pieces begin at its multiples


def context_frames(config: Config) -> int:
    """How far to either side, in frames, the strided generator can look; the overlap that segments need."""
    at_stride_4 = 4 * (2 * config.global_blocks + 2)
    at_stride_2 = 2 * 2
    at_stride_1 = 2 * config.local_blocks + 6
    return -(-(at_stride_4 + at_stride_2 + at_stride_1) // 4) * 4


def fold(image: torch.Tensor, rows: int = 2) -> torch.Tensor:
    """(B, C, M, N) → (B, C·rows, M / rows, N): neighbouring rows become channels."""
    b, c, m, n = image.shape
    return image.reshape(b, c, m // rows, rows, n).transpose(2, 3).reshape(b, c * rows, m // rows, n)


def unfold(image: torch.Tensor, rows: int = 2) -> torch.Tensor:
    """(B, C·rows, M, N) → (B, C, M·rows, N), the inverse of ``fold``."""
    b, c, m, n = image.shape
    return image.reshape(b, c // rows, rows, m, n).transpose(2, 3).reshape(b, c // rows, m * rows, n)


def add_height(image: torch.Tensor) -> torch.Tensor:
    """Append a channel that rises from -1 (lowest row) to 1: a string's spectrum depends on where it lies."""
    b, _, m, n = image.shape
    height = torch.linspace(-1, 1, m, device=image.device, dtype=image.dtype)
    return torch.cat([image, height[None, None, :, None].expand(b, 1, m, n)], dim=1)


class Conv(nn.Conv2d):
    """3 × 3 convolution that keeps the image's size, or divides it by the stride."""

    def __init__(self, in_channels: int, out_channels: int, stride: int | tuple[int, int] = 1) -> None:
        super().__init__(in_channels, out_channels, 3, stride=stride, padding=1)


class ResidualBlock(nn.Module):
    """x + conv(silu(conv(x) + condition)), without normalisation, the second convolution starting at zero.

    Normalisation-free as in EDSR (Lim et al. 2017): statistics over time would tie every frame to the whole hum.
    """

    def __init__(self, channels: int, n_conditions: int) -> None:
        super().__init__()
        self.widen = Conv(channels, channels)
        self.condition = nn.Linear(n_conditions, channels, bias=False)
        self.merge = Conv(channels, channels)
        for parameter in (*self.merge.parameters(), self.condition.weight):
            nn.init.zeros_(parameter)

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """(B, C, M, N), (B, K) → (B, C, M, N)."""
        hidden = self.widen(F.silu(x)) + self.condition(condition)[:, :, None, None]
        return x + self.merge(F.silu(hidden))


def upsample(x: torch.Tensor, factor: tuple[int, int]) -> torch.Tensor:
    """Nearest-neighbour enlargement; with a convolution after it, free of the checkerboards of strided transposes."""
    return F.interpolate(x, scale_factor=(float(factor[0]), float(factor[1])), mode="nearest")


class GlobalGenerator(nn.Module):
    """The coarse network: half the mel's frequency resolution, two strides of 2 along frequency and time."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, n_conditions = config.global_width, condition_size(config)
        self.stem = Conv(2 * len(CHANNELS) + 1, width)
        self.stem_condition = nn.Linear(n_conditions, width, bias=False)
        self.down = nn.ModuleList([Conv(width, 2 * width, stride=2), Conv(2 * width, 4 * width, stride=2)])
        self.blocks = nn.ModuleList([ResidualBlock(4 * width, n_conditions) for _ in range(config.global_blocks)])
        self.up = nn.ModuleList([Conv(4 * width, 2 * width), Conv(2 * width, width)])
        self.head = Conv(width, 2)

    def forward(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """(B, C, M / 2, N), (B, K) → features (B, W, M / 4, N); N a multiple of 4."""
        x = self.stem(add_height(fold(label))) + self.stem_condition(condition)[:, :, None, None]
        skips = []
        for down in self.down:
            skips.append(x)
            x = down(F.silu(x))
        for block in self.blocks:
            x = block(x, condition)
        for up, skip in zip(self.up, reversed(skips), strict=True):
            x = up(upsample(F.silu(x), (2, 2))) + skip
        return x

    def to_mel(self, features: torch.Tensor) -> torch.Tensor:
        """Features → the coarse mel (B, 1, M / 2, N), in [-1, 1] but for overshoot."""
        return unfold(self.head(F.silu(features))) - 1


class LocalEnhancer(nn.Module):
    """The whole strided generator: full resolution in frequency, every frame, the global features joined in."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, n_conditions = config.local_width, condition_size(config)
        self.global_generator = GlobalGenerator(config)
        self.stem = Conv(2 * len(CHANNELS) + 1, width)
        self.down = Conv(width, 2 * width, stride=(2, 1))
        self.join = nn.Conv2d(config.global_width, 2 * width, 1)
        self.blocks = nn.ModuleList([ResidualBlock(2 * width, n_conditions) for _ in range(config.local_blocks)])
        self.up = Conv(2 * width, width)
        self.head = Conv(width, 2)

    def forward(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """(B, C, M, N), (B, K) → mel (B, 1, M, N) in [-1, 1] but for overshoot; any N from 1 up."""
        n_frames = label.shape[-1]
        label = _pad_to_multiple(label, 4)
        coarse = self.global_generator(halve_frequency(label), condition)
        stem = self.stem(add_height(fold(label)))
        x = self.down(F.silu(stem)) + self.join(F.silu(coarse))
        for block in self.blocks:
            x = block(x, condition)
        x = self.up(upsample(F.silu(x), (2, 1))) + stem
        return (unfold(self.head(F.silu(x))) - 1)[..., :n_frames]

    def coarse(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """What the global generator draws alone: (B, C, M, N) → (B, 1, M / 2, N)."""
        n_frames = label.shape[-1]
        features = self.global_generator(halve_frequency(_pad_to_multiple(label, 4)), condition)
        return self.global_generator.to_mel(features)[..., :n_frames]


def _pad_to_multiple(label: torch.Tensor, multiple: int) -> torch.Tensor:
    """Silence after the last frame up to a multiple: floor in the harmonics, no onset, age held."""
    missing = -label.shape[-1] % multiple
    if not missing:
        return label
    silence = label[..., -1:].expand(*label.shape[:-1], missing).clone()
    silence[:, 0] = -1
    silence[:, 1] = 0
    return torch.cat([label, silence], dim=-1)


def _paper_conv(in_channels: int, out_channels: int, **options: object) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="replicate", **options),  # type: ignore[arg-type]
        nn.InstanceNorm2d(out_channels),
        nn.ReLU(),
    )


class PaperBlock(nn.Module):
    """The original's residual block: two convolutions, each instance-normalised."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        convolution = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="replicate")
        self.body = nn.Sequential(_paper_conv(channels, channels), convolution, nn.InstanceNorm2d(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, M, N) → the same shape."""
        return x + self.body(x)


class PaperGlobal(nn.Module):
    """The original's global network, 64-128-256-512 channels and back, at half frequency resolution."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        w = config.global_width
        widths = [w, 2 * w, 4 * w, 8 * w]
        layers: list[nn.Module] = [_paper_conv(len(CHANNELS) + condition_size(config), w)]
        layers += [_paper_conv(a, b) for a, b in pairwise(widths)]
        layers += [PaperBlock(8 * w) for _ in range(config.global_blocks)]
        layers += [_paper_conv(b, a) for a, b in reversed(list(pairwise(widths)))]
        self.body = nn.Sequential(*layers)
        self.head = nn.Conv2d(w, 1, 3, padding=1)

    def forward(self, label: torch.Tensor) -> torch.Tensor:
        """(B, C, M / 2, N) → features (B, W, M / 2, N)."""
        return self.body(label)

    def to_mel(self, features: torch.Tensor) -> torch.Tensor:
        """Features → (B, 1, M / 2, N)."""
        return torch.tanh(self.head(features))


class PaperEnhancer(nn.Module):
    """The original's local enhancer around its global network."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        w = config.global_width
        channels = len(CHANNELS) + condition_size(config)
        self.global_generator = PaperGlobal(config)
        self.down = nn.Sequential(_paper_conv(channels, w // 2, stride=(2, 1)), _paper_conv(w // 2, w))
        self.blocks = nn.Sequential(*[PaperBlock(w) for _ in range(config.local_blocks)])
        self.up = _paper_conv(w, w // 2)
        self.head = nn.Conv2d(w // 2, 1, 5, padding=2)

    def forward(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """(B, C, M, N), (B, K) → mel (B, 1, M, N) in [-1, 1]."""
        label = _append_condition(label, condition)
        x = self.blocks(self.down(label) + self.global_generator(halve_frequency(label)))
        return torch.tanh(self.head(self.up(upsample(x, (2, 1)))))

    def coarse(self, label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """What the global network draws alone: (B, C, M, N) → (B, 1, M / 2, N)."""
        features = self.global_generator(halve_frequency(_append_condition(label, condition)))
        return self.global_generator.to_mel(features)


def _append_condition(label: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
    maps = condition[:, :, None, None].expand(*condition.shape, *label.shape[-2:])
    return torch.cat([label, maps], dim=1)


Generator = LocalEnhancer | PaperEnhancer
