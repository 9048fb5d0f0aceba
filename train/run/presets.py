"""What each preset costs: its parameters, and the multiplications for five seconds."""

from __future__ import annotations

import torch
from torch.utils.flop_counter import FlopCounterMode

from hum2guitar.config import PRESETS, Config
from hum2guitar.synthesis import generator
from hum2guitar.synthesis.condition import condition_size
from train.data.dataset import SEGMENT_FRAMES


def parameters(config: Config) -> int:
    """Return the number of the generator's weights."""
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in generator.build(config).parameters())


def gmac(config: Config, n_frames: int = SEGMENT_FRAMES) -> float:
    """Count the multiply-accumulates of one forward pass, in thousand millions, without computing anything."""
    with torch.device("meta"):
        network = generator.build(config)
        label = torch.empty(1, len(config.label_channels), config.n_mels, n_frames)
        condition = torch.empty(1, condition_size(config))
    with FlopCounterMode(display=False) as counter:
        network(label, condition)
    return counter.get_total_flops() / 2e9


def table() -> str:
    """Return one line for each preset."""
    return "\n".join(
        f"{name:8}{parameters(config) / 1e6:6.2f} M parameters{gmac(config):8.1f} GMAC for 5 s"
        for name, config in PRESETS.items()
    )
