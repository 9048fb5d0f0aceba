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


class Conv(nn.Conv2d):
    """3 × 3 convolution that keeps the image's size, or divides it by the stride."""

    def __init__(self, in_channels: int, out_channels: int, stride: int | tuple[int, int] = 1) -> None:
        super().__init__(in_channels, out_channels, 3, stride=stride, padding=1)


class UpsamplingConv(Conv):
    """3 × 3 convolution of an image whose rows, and columns too if asked for, are each repeated once.

    Repeated rows make none of the checkerboards of strided transposes. They are not computed: of the three rows that a
    kernel sees, two are equal, so their weights are added. The even and the odd rows of the result are two convolutions
    of the small image, with kernels of two rows. It takes less than half the time.
    """

    def __init__(self, in_channels: int, out_channels: int, columns: bool) -> None:
        super().__init__(in_channels, out_channels)
        self.columns = columns

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, M, N) → (B, C', 2·M, N or 2·N)."""
        b, _, m, n = x.shape
        step = 2 if self.columns else 1
        kernels = [((i, 0), kernel) for i, kernel in enumerate(_halves(self.weight, 2))]
        if self.columns:
            kernels = [((i, j), part) for (i, _), kernel in kernels for j, part in enumerate(_halves(kernel, 3))]
        bias = None if self.bias is None else self.bias.repeat(len(kernels))
        found = F.conv2d(x, torch.cat([kernel for _, kernel in kernels]), bias, padding=1)
        shape, layout = (b, self.out_channels, 2 * m, step * n), torch.channels_last
        result = torch.empty(shape, dtype=found.dtype, device=found.device, memory_format=layout)
        for ((i, j), _), part in zip(kernels, found.chunk(len(kernels), dim=1), strict=True):
            result[:, :, i::2, j::step] = part[:, :, i : i + m, j : j + n]
        return result


def _halves(kernel: torch.Tensor, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the two kernels that a kernel of three rows is, on the even and on the odd rows of repeated ones."""
    first, middle, last = kernel.unbind(dim)
    return torch.stack([first, middle + last], dim), torch.stack([first + middle, last], dim)


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
