"""The discriminator of Kim Seonjoo's Hum2Guitar, layer by layer (github.com/hwang9u/hum2guitar, source/model.py).

It is larger than ``discriminator.MultiScaleDiscriminator`` (three scales of four layers, from 64 channels up), and none
of its strided convolutions is padded. It sees channel 0 of the label, the semantic harmonics, and the mel.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from hum2guitar.errors import UserError
from hum2guitar.synthesis.generator.original import halve_frequency, initialise
from train.objective.discriminator import LayeredDiscriminator, Scores, beside

N_SCALES, N_LAYERS, WIDTH = 3, 4, 64


class OriginalPatchDiscriminator(LayeredDiscriminator):
    """Unpadded convolutions of 4 × 4 with stride 2, 64-128-256-512 channels, each instance-normalised, then scores."""

    def __init__(self, width: int = WIDTH, n_layers: int = N_LAYERS) -> None:
        super().__init__()
        channels = [2] + [width * 2**i for i in range(n_layers)]
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 4, stride=2), nn.InstanceNorm2d(b), nn.LeakyReLU(0.2))
            for a, b in pairwise(channels)
        )
        self.score = nn.Conv2d(channels[-1], 1, 4, padding=2)


class OriginalDiscriminator(nn.Module):
    """The same discriminator at full, half and quarter frequency resolution; time is never halved between scales."""

    def __init__(self, n_scales: int = N_SCALES, width: int = WIDTH, n_layers: int = N_LAYERS) -> None:
        super().__init__()
        self.scales = nn.ModuleList(OriginalPatchDiscriminator(width, n_layers) for _ in range(n_scales))
        self.least_rows, self.least_frames = _least_size(n_scales, n_layers)
        initialise(self)

    def forward(self, label: torch.Tensor, mel: torch.Tensor) -> Scores:
        """Judge mels.

        Parameters
        ----------
        label : (B, C, M, N), of which channel 0 is seen
        mel : (B, 1, M, N)

        Returns
        -------
        for each scale, the outputs of each layer, the score last

        Raises
        ------
        UserError : the mel is so small that nothing is left of it after the unpadded convolutions
        """
        if mel.shape[-2] < self.least_rows or mel.shape[-1] < self.least_frames:
            raise UserError(
                f"the published discriminator has unpadded convolutions and needs at least {self.least_rows} mel rows "
                f"and {self.least_frames} frames, but this mel has {mel.shape[-2]} and {mel.shape[-1]}; use a Config "
                "with more n_mels, or another objective"
            )
        x = beside(mel, label[:, :1])
        outputs = []
        for i, scale in enumerate(self.scales):
            x = halve_frequency(x) if i else x
            outputs.append(scale(x))
        return outputs


def _least_size(n_scales: int, n_layers: int) -> tuple[int, int]:
    """(M, N) of the smallest mel of which the last layer at the last scale has a row and two frames."""
    rows, frames = 1, 2  # two, because instance normalisation needs more than one cell
    for _ in range(n_layers):
        rows, frames = 2 * rows + 2, 2 * frames + 2
    for _ in range(n_scales - 1):
        rows = 2 * rows - 1
    return rows, frames
