"""The skip connections of the strided generator: each carries on what the deeper layers lose."""

from __future__ import annotations

import torch
from untrained import TINY, random_generator

from hum2guitar.synthesis.generator.layers import ResidualBlock

CONDITION = torch.tensor([[1.0, 0, 0, 0]])


def labels() -> tuple[torch.Tensor, torch.Tensor]:
    first, second = torch.rand(2, 1, 3, TINY.n_mels, 16, generator=torch.Generator().manual_seed(0))
    return first, second


@torch.no_grad()
def silence(*layers: torch.nn.Module) -> None:
    for layer in layers:
        for parameter in layer.parameters():
            parameter.zero_()


@torch.no_grad()
def test_fine_detail_of_the_label_reaches_the_mel_past_the_deep_layers() -> None:
    network = random_generator(TINY)
    silence(network.up)
    first, second = (network(label, CONDITION) for label in labels())
    assert (first - second).abs().mean() > 0.01


@torch.no_grad()
def test_the_label_reaches_the_coarse_mel_past_the_strided_layers() -> None:
    network = random_generator(TINY)
    silence(network.global_generator.up)
    first, second = (network.coarse(label, CONDITION) for label in labels())
    assert (first - second).abs().mean() > 0.01


@torch.no_grad()
def test_what_the_first_stride_keeps_reaches_the_coarse_mel_past_the_second() -> None:
    network = random_generator(TINY)
    silence(network.global_generator.up[0])
    label, _ = labels()
    before = network.coarse(label, CONDITION)
    network.global_generator.down[0].weight.mul_(2)
    assert (network.coarse(label, CONDITION) - before).abs().mean() > 0.001


@torch.no_grad()
def test_a_new_residual_block_passes_its_input_on_unchanged() -> None:
    block = ResidualBlock(6, 4)
    image = torch.randn(1, 6, 8, 5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(block(image, CONDITION), image)
