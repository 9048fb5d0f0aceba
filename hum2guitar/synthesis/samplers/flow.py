"""``flow``: the mel is reached from noise along a velocity field. For networks trained by flow matching."""

from __future__ import annotations

import torch

from hum2guitar.synthesis.samplers.base import Forward

STEPS = 16


def network_input(label: torch.Tensor, image: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
    """Append what the network reads beside the label.

    Parameters
    ----------
    label : (B, C, M, N)
    image : (B, 1, M, N) — a point on the way from noise to the mel
    time : (B, 1, 1, 1) — how far it is on the way, 0 to 1

    Returns
    -------
    (B, C + 2, M, N)
    """
    return torch.cat([label, image, time.expand_as(image)], dim=1)


class Flow:
    """Euler's method from Gaussian noise at time 0 to the mel at time 1 (Lipman et al., ICLR 2023).

    The network gives the velocity, mel minus noise, at a point and a time.
    """

    extra_channels = 2
    passes = STEPS

    def sample(
        self, forward: Forward, label: torch.Tensor, condition: torch.Tensor, seed: int, noise_scale: float
    ) -> torch.Tensor:
        """(C, M, N), (K,) → (M, N) in [-1, 1], from the noise of the seed."""
        noise = torch.randn(label.shape[1:], generator=torch.Generator().manual_seed(seed))
        image = noise_scale * noise.to(label.device)
        for i in range(STEPS):
            extra = torch.stack([image, torch.full_like(image, i / STEPS)])
            image = image + forward(label, extra, condition) / STEPS
        return image.clip(-1, 1)
