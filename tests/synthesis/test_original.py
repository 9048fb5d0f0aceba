"""The preset ``original`` against the network that Kim Seonjoo published (source/model.py of hwang9u/hum2guitar)."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn
from untrained import random_generator

from hum2guitar import Config
from hum2guitar.config import PRESETS
from hum2guitar.errors import UserError
from hum2guitar.synthesis import generator

# kind, channels in, channels out, kernel, stride, padding, padding mode, output padding, parameters
Layer = tuple[str, int, int, int, tuple[int, int], tuple[int, int], str, tuple[int, int], int]


def conv(a: int, b: int, parameters: int, kernel: int = 3, stride=(1, 1), padding=(0, 0), mode: str = "zeros") -> Layer:
    return "Conv2d", a, b, kernel, stride, padding, mode, (0, 0), parameters


def up(a: int, b: int, parameters: int, stride=(1, 1), output_padding=(0, 0)) -> Layer:
    return "ConvTranspose2d", a, b, 3, stride, (0, 0), "zeros", output_padding, parameters


def same(channels: int, parameters: int) -> Layer:
    return conv(channels, channels, parameters, padding=(1, 1), mode="reflect")


GLOBAL = [
    conv(1, 64, 640, padding=(1, 1)),  # 1 · 64 · 9 + 64
    conv(64, 128, 73_856, mode="reflect"),  # the mode is named but there is no padding
    conv(128, 256, 295_168, mode="reflect"),
    conv(256, 512, 1_180_160, mode="reflect"),
    *6 * [same(512, 2_359_808)],  # three residual blocks
    up(512, 256, 1_179_904),
    up(256, 128, 295_040),
    up(128, 64, 73_792),
    conv(64, 1, 577, padding=(1, 1)),  # with tanh, in the global stage only
]
LOCAL = [
    conv(1, 32, 832, kernel=5, stride=(2, 1), padding=(2, 2), mode="reflect"),
    conv(32, 64, 18_496, padding=(1, 1), mode="reflect"),
    *6 * [same(64, 36_928)],
    up(64, 32, 18_464, stride=(2, 1), output_padding=(1, 0)),
    conv(32, 1, 801, kernel=5, padding=(1, 1), mode="reflect"),
]


def layers(network: nn.Module) -> list[Layer]:
    """The convolutions in order, as the table above describes them; padding without extent has no mode."""
    return [
        (
            type(module).__name__,
            module.in_channels,
            module.out_channels,
            module.kernel_size[0],
            module.stride,
            module.padding,
            module.padding_mode,
            module.output_padding,
            sum(parameter.numel() for parameter in module.parameters()),
        )
        for module in network.modules()
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)
    ]


def without_idle_modes(table: list[Layer]) -> list[Layer]:
    return [(*row[:6], "zeros" if row[5] == (0, 0) else row[6], *row[7:]) for row in table]


@pytest.fixture(scope="module")
def published() -> nn.Module:
    with torch.device("meta"):
        return generator.build(PRESETS["original"])


@pytest.fixture
def small(tiny) -> Config:
    return replace(tiny, architecture="original", global_width=4, local_width=2)


def condition(config: Config) -> torch.Tensor:
    return torch.zeros(1, len(config.guitars) + 2)


def label(config: Config, n_frames: int, seed: int = 0) -> torch.Tensor:
    shape = (1, len(config.label_channels), config.n_mels, n_frames)
    return 2 * torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 1


def test_every_layer_is_that_of_the_published_network(published):
    in_order = without_idle_modes(layers(published.global_generator))
    assert in_order == without_idle_modes(GLOBAL)
    assert without_idle_modes(layers(published)) == without_idle_modes(GLOBAL + LOCAL)


def test_the_totals_are_those_of_the_published_network(published):
    parameters = {name: parameter.numel() for name, parameter in published.named_parameters()}
    in_global = sum(n for name, n in parameters.items() if name.startswith("global_generator."))
    assert in_global == 17_257_985  # his GlobalGenerator
    assert sum(parameters.values()) == in_global + 260_161
    assert sum(parameters.values()) - 577 == 17_517_569  # his LocalEnhancer, which leaves the global head out


def test_instance_normalisation_has_no_weights_and_follows_all_convolutions_but_those_that_end_a_network(published):
    norms = [module for module in published.modules() if isinstance(module, nn.InstanceNorm2d)]
    assert len(norms) == len(GLOBAL + LOCAL) - 2
    assert not any(norm.affine or norm.track_running_stats for norm in norms)


def test_the_weights_begin_kaiming_normal_and_the_biases_at_a_hundredth():
    config = replace(PRESETS["original"], global_width=32, local_width=16, global_blocks=1)
    for module in generator.build(config).modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            fan_in = module.weight[0].numel()
            assert (module.bias == 0.01).all()
            if module.weight.numel() > 1000:
                assert module.weight.std().item() == pytest.approx((2 / fan_in) ** 0.5, rel=0.1)


@pytest.mark.parametrize("n_frames", [8, 9, 31, 32])
def test_the_unpadded_layers_together_keep_every_size(small, n_frames):
    network = random_generator(small)
    sizes: list[torch.Size] = []
    network.up.register_forward_hook(lambda *arguments: sizes.append(arguments[-1].shape[-2:]))
    with torch.inference_mode():
        generated = network(label(small, n_frames), condition(small))
    assert sizes == [(small.n_mels + 2, n_frames + 2)]
    assert generated.shape == (1, 1, small.n_mels, n_frames)
    assert generated.abs().max() <= 1


def test_it_reads_the_semantic_harmonics_alone(small):
    network, one = random_generator(small), label(small, 20)
    other = one.clone()
    other[:, 1:] = label(small, 20, seed=1)[:, 1:]
    harmonics = one.clone()
    harmonics[:, 0] = label(small, 20, seed=1)[:, 0]
    with torch.inference_mode():
        generated = network(one, condition(small))
        torch.testing.assert_close(network(other, condition(small) + 1), generated, rtol=0, atol=0)
        assert (network(harmonics, condition(small)) - generated).abs().max() > 0.01


def test_half_the_frequency_resolution_is_the_mean_of_three_rows_without_those_beyond_the_edge(small):
    rows = torch.tensor([0.0, 3, 6, 12])[None, None, :, None]
    halved = generator.build(small).halve_frequency(rows)
    torch.testing.assert_close(halved.flatten(), torch.tensor([1.5, 7.0]))


def test_widths_that_cannot_be_added_are_refused_with_those_that_can(small):
    with pytest.raises(UserError, match="4 must be twice local_width 3; use local_width 2 or global_width 6"):
        generator.build(replace(small, local_width=3))
