"""The discriminator of ``adversarial``: it scores patches of a mel beside its label (Pix2PixHD, section 3.2)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

Scores = list[list[torch.Tensor]]


class LayeredDiscriminator(nn.Module):
    """Layers and a score; a subclass makes them. Feature matching needs the output of every layer."""

    layers: nn.ModuleList
    score: nn.Conv2d

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """(B, C, M, N) → features of each layer, then patch scores (B, 1, M', N') in float32."""
        outputs = []
        for layer in self.layers:
            x = layer(x)
            outputs.append(x)
        return [*outputs, self.score(x).float()]


def beside(label: torch.Tensor, mel: torch.Tensor) -> torch.Tensor:
    """(B, C, M, N), (B, 1, M, N) → (B, C + 1, M, N), channels last as the weights are.

    A generated mel has one channel and comes with its rows first. Joined to it, the label would take that layout too,
    and every discriminator's first convolution would turn it round again.
    """
    return torch.cat([label, mel], dim=1).contiguous(memory_format=torch.channels_last)


def judge_generated(discriminator: nn.Module, label: torch.Tensor, generated: torch.Tensor) -> Scores:
    """Judge generated mels so that their gradient reaches the generator and not the discriminator's weights."""
    discriminator.requires_grad_(False)
    scores = discriminator(label, generated)
    discriminator.requires_grad_(True)
    return scores


class PatchDiscriminator(LayeredDiscriminator):
    """Convolutions of 4 × 4 with stride 2 that double the channels, then a convolution for the score."""

    def __init__(self, in_channels: int, width: int, n_layers: int) -> None:
        super().__init__()
        channels = [in_channels] + [width * 2**i for i in range(n_layers)]
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(a, b, 4, stride=2, padding=1),
                nn.InstanceNorm2d(b) if i else nn.Identity(),
                nn.LeakyReLU(0.2),
            )
            for i, (a, b) in enumerate(pairwise(channels))
        )
        self.score = nn.Conv2d(channels[-1], 1, 3, padding=1)


class MultiScaleDiscriminator(nn.Module):
    """The same discriminator at full and at successively halved frequency resolution, as in the original.

    Time is not halved, because a blur differs from a guitar in how fast it changes. ``spectral_norm`` divides every
    convolution by its largest singular value (Miyato et al., ICLR 2018).
    """

    def __init__(
        self,
        label_channels: int = 3,
        n_scales: int = 2,
        width: int = 32,
        n_layers: int = 3,
        spectral_norm: bool = False,
    ) -> None:
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(label_channels + 1, width, n_layers) for _ in range(n_scales))
        if spectral_norm:
            for module in [module for module in self.modules() if isinstance(module, nn.Conv2d)]:
                parametrizations.spectral_norm(module)

    def forward(self, label: torch.Tensor, mel: torch.Tensor) -> Scores:
        """(B, C, M, N), (B, 1, M, N) → for each scale, the outputs of each layer."""
        x = beside(label, mel)
        outputs = []
        for i, scale in enumerate(self.scales):
            outputs.append(scale(F.avg_pool2d(x, (2**i, 1)) if i else x))
        return outputs
