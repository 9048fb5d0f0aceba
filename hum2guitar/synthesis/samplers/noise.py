"""``noise``: the output of a network that reads noise beside the label is the mel.

It is for networks trained by ``relativistic`` or ``energy``.

Where a sound is random, the noise gives the network something to make it of. Without it, the same label always gives
the same cell, and the best that a network can do is to blur.
"""

from __future__ import annotations

import torch

from hum2guitar.synthesis.samplers.base import Forward


def network_input(label: torch.Tensor, noise: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
    """Append what the network reads beside the label.

    In ``follow`` it reads zeros, because what it generates is to resemble one recording.

    Parameters
    ----------
    label : (B, C, M, N)
    noise : (B, 1, M, N)
    condition : (B, K), its last column 1 for ``follow`` (``condition.build_condition``)

    Returns
    -------
    (B, C + 1, M, N)
    """
    return torch.cat([label, noise * (1 - condition[:, -1])[:, None, None, None]], dim=1)


class Noise:
    """One pass through the network, with a channel of normal noise.

    Less noise than in training gives a cleaner and duller sound, as in other generators that were trained to be random
    (the truncation of Brock et al., ICLR 2019). The noise of a whole label is made at once, so that a label that is
    generated in pieces gives the same mel.
    """

    extra_channels = 1
    passes = 1

    def sample(
        self, forward: Forward, label: torch.Tensor, condition: torch.Tensor, seed: int, noise_scale: float
    ) -> torch.Tensor:
        """(C, M, N), (K,) → (M, N) in [-1, 1], from the noise of the seed; what overshoots is clipped."""
        noise = noise_scale * torch.randn(label.shape[1:], generator=torch.Generator().manual_seed(seed))
        return forward(
            network_input(label[None], noise.to(label.device)[None, None], condition[None])[0], condition
        ).clip(-1, 1)
