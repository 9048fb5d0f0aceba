"""Layers that the strided generator and the vocoder share."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from hum2guitar.synthesis.harmonics import CHANNELS


def fold(image: torch.Tensor, rows: int = 2) -> torch.Tensor:
    """(B, C, M, N) → (B, C·rows, M / rows, N): neighbouring rows become channels."""
    b, c, m, n = image.shape
    return image.reshape(b, c, m // rows, rows, n).transpose(2, 3).reshape(b, c * rows, m // rows, n)


def unfold(image: torch.Tensor, rows: int = 2) -> torch.Tensor:
    """(B, C·rows, M, N) → (B, C, M·rows, N), the inverse of ``fold``."""
    b, c, m, n = image.shape
    return image.reshape(b, c // rows, rows, m, n).transpose(2, 3).reshape(b, c // rows, m * rows, n)


def add_height(image: torch.Tensor, n_base_rows: float | None = None) -> torch.Tensor:
    """Append a channel that rises with the row, because a string's spectrum depends on where it lies.

    Parameters
    ----------
    image : (B, C, M, N)
    n_base_rows : how many rows rise from -1 to 1; the rows above them go on with the same slope. None for all rows

    Returns
    -------
    (B, C + 1, M, N)
    """
    b, _, m, n = image.shape
    highest = 1.0 if n_base_rows is None else 2 * (m - 1) / (n_base_rows - 1) - 1
    height = torch.linspace(-1, highest, m, device=image.device, dtype=image.dtype)
    return torch.cat([image, height[None, None, :, None].expand(b, 1, m, n)], dim=1)


def upsample(x: torch.Tensor, factor: tuple[int, int]) -> torch.Tensor:
    """Repeat each row and column; a convolution after it makes none of the checkerboards of strided transposes."""
    return F.interpolate(x, scale_factor=(float(factor[0]), float(factor[1])), mode="nearest")


class Conv(nn.Conv2d):
    """3 × 3 convolution that keeps the image's size, or divides it by the stride."""

    def __init__(self, in_channels: int, out_channels: int, stride: int | tuple[int, int] = 1) -> None:
        super().__init__(in_channels, out_channels, 3, stride=stride, padding=1)


class ResidualBlock(nn.Module):
    """x + conv(silu(conv(x) + condition)), without normalisation, the second convolution starting at zero.

    Without normalisation as in EDSR (Lim et al., CVPR Workshops 2017): statistics over time would make every frame
    depend on the whole hum.
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


def append_silence(label: torch.Tensor, n_frames: int, channels: tuple[str, ...]) -> torch.Tensor:
    """(B, C', M, N) → (B, C', M, N + n_frames): each channel as ``harmonics.CHANNELS`` says, extra channels held."""
    if n_frames <= 0:
        return label
    silence = label[..., -1:].expand(*label.shape[:-1], n_frames).clone()
    for i, name in enumerate(channels):
        value = CHANNELS[name].silence
        if value is not None:
            silence[:, i] = value
    return torch.cat([label, silence], dim=-1)
