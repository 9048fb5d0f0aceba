"""Generators nobody trained."""

from __future__ import annotations

import torch

from hum2guitar import Config, generator


def random_generator(config: Config, seed: int = 0) -> generator.Generator:
    """An untrained generator whose every part has a say: what starts at zero in training is drawn at random."""
    torch.manual_seed(seed)
    network = generator.build(config).eval()
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return network
