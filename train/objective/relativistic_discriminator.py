"""The discriminator of ``relativistic``: it compares patches of mels beside their label, without normalisation.

Normalised layers hide how loud a patch is from the layers after them, and R3GAN (Huang et al., NeurIPS 2024, section 3)
shows that a discriminator with gradient penalties needs none. In place of it the layers begin at a scale that they keep
(He et al., ICCV 2015), and the residual branch and the score begin at zero (Fixup, Zhang et al., ICLR 2019). So the
first scores are 0, and the generator is not pulled before the discriminator has learnt something.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.mel import mel_frequencies
from train.objective.discriminator import LayeredDiscriminator, Scores, beside

BRIGHT_HZ = 4000.0  # a pluck is told from a bow above it, so one scale sees nothing else
LEAST_ROWS = 8
SLOPE = 0.2  # of the leaky rectifiers


class ResidualBlock(nn.Module):
    """x + a 3 × 3 and a 1 × 1 convolution, each after a rectifier; the second one begins at zero."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.widen = nn.Conv2d(channels, channels, 3, padding=1)
        self.merge = nn.Conv2d(channels, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, M, N) → the same shape."""
        return x + self.merge(F.leaky_relu(self.widen(F.leaky_relu(x, SLOPE)), SLOPE))


class PatchCritic(LayeredDiscriminator):
    """Three strided convolutions and a residual block: a score for 34 × 26 cells, every 8 rows and 4 frames."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        block = ResidualBlock(2 * width)
        self.layers = nn.ModuleList(
            [
                nn.Sequential(nn.Conv2d(in_channels, width, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE)),
                nn.Sequential(nn.Conv2d(width, 2 * width, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE)),
                nn.Sequential(nn.Conv2d(2 * width, 2 * width, 3, stride=(2, 1), padding=1), nn.LeakyReLU(SLOPE)),
                block,
            ]
        )
        self.score = nn.Conv2d(2 * width, 1, 1)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.kaiming_normal_(parameter, a=SLOPE)
            else:
                nn.init.zeros_(parameter)
        for last in (block.merge, self.score):
            nn.init.zeros_(last.weight)


class RelativisticDiscriminator(nn.Module):
    """Three critics: of the whole mel, of the mel at half the frequency resolution, and of its rows above 4 kHz.

    Each critic's scores are averaged by themselves, so the rows above 4 kHz count more than their share.

    Raises UserError for a mel that ends too low.
    """

    def __init__(self, config: Config, width: int = 32) -> None:
        super().__init__()
        self.first_bright = int((mel_frequencies(config) < BRIGHT_HZ).sum())
        if config.n_mels - self.first_bright < LEAST_ROWS:
            raise UserError(
                f"the objective relativistic compares mels above {BRIGHT_HZ:g} Hz, and this mel ends at "
                f"{config.fmax_hz:g} Hz; use a Config with a higher fmax_hz, or another objective"
            )
        in_channels = len(config.label_channels) + 1
        self.whole, self.coarse, self.bright = (PatchCritic(in_channels, width) for _ in range(3))

    def forward(self, label: torch.Tensor, mel: torch.Tensor) -> Scores:
        """(B, C, M, N), (B, 1, M, N) → for each critic, the outputs of each layer, the score last."""
        x = beside(label, mel)
        return [self.whole(x), self.coarse(F.avg_pool2d(x, (2, 1))), self.bright(x[:, :, self.first_bright :])]
