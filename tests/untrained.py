"""A small Config, so that a test takes milliseconds, and untrained generators of it."""

from __future__ import annotations

import torch

from hum2guitar import Config
from hum2guitar.synthesis import generator

TINY = Config(
    sample_rate=16000,
    n_fft=1024,
    hop_length=256,
    n_mels=64,
    fmax_hz=8000.0,
    f0_max_hz=1500.0,
    global_width=4,
    global_blocks=1,
    local_width=4,
    local_blocks=1,
    guitars=("nylon", "steel"),
)


def random_generator(config: Config, seed: int = 0) -> generator.Generator:
    """An untrained generator whose every part has a say: what starts at zero in training is drawn at random."""
    torch.manual_seed(seed)
    network = generator.build(config).eval()
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return network
