from __future__ import annotations

import dataclasses

import pytest
import torch
from torch.nn import functional
from untrained import random_generator

from hum2guitar import Config, mel
from hum2guitar.config import BASE, BASE_CHANNELS, PRESETS, SMALL
from hum2guitar.errors import CheckpointError
from hum2guitar.synthesis import generator
from hum2guitar.synthesis.condition import build_condition
from hum2guitar.synthesis.generator import GENERATORS
from hum2guitar.synthesis.generator.layers import UpsamplingConv, add_height, fold, unfold
from train.run.presets import gmac, parameters

FIVE_SECONDS = 216  # frames
GUITARS = tuple(f"guitar {i}" for i in range(8))


def label(config: Config, n_frames: int, batch: int = 1, seed: int = 0) -> torch.Tensor:
    values = torch.rand(
        (batch, len(config.label_channels), config.n_mels, n_frames), generator=torch.Generator().manual_seed(seed)
    )
    values[:, 0] = 2 * values[:, 0] - 1
    return values


def of(tiny: Config, architecture: str) -> Config:
    """The tiny Config of an architecture; the original's two widths depend on each other."""
    return dataclasses.replace(tiny, architecture=architecture, global_width=4, local_width=2)


def condition(config: Config, guitar: str | None = None, articulation: str = "plucked") -> torch.Tensor:
    return torch.from_numpy(build_condition(guitar, articulation, config))[None]


@pytest.mark.parametrize(
    ("architecture", "said"),
    [
        ("unet", r"the architecture 'unet' is not known .* which knows strided, original; use the version"),
        ("paper", r"the architecture paper is no longer there: the preset original took its place .* train it anew"),
    ],
)
def test_an_architecture_that_is_not_there_is_a_sentence(tiny, architecture, said):
    with pytest.raises(CheckpointError, match=said):
        generator.build(dataclasses.replace(tiny, architecture=architecture))


def test_a_label_channel_that_is_not_there_is_a_sentence(tiny):
    with pytest.raises(CheckpointError, match=r"the label channel 'breath' is not known .* age, upper partials; use"):
        generator.build(dataclasses.replace(tiny, label_channels=(*BASE_CHANNELS, "breath")))


@pytest.mark.parametrize(("preset", "limit"), [("small", 5), ("medium", 10), ("base", 30)])
def test_five_seconds_cost_no_more_than_promised(preset, limit):
    config = dataclasses.replace(PRESETS[preset], guitars=GUITARS)
    assert 0.1 * limit < gmac(config, FIVE_SECONDS) <= limit
    assert parameters(config) <= 5e6
    assert 2 * parameters(config) < 10e6  # bytes, as float16


def test_the_strided_network_really_strides():
    with torch.device("meta"):
        network = generator.build(SMALL)
    strides = [module.stride for module in network.global_generator.modules() if isinstance(module, torch.nn.Conv2d)]
    assert strides.count((2, 2)) == 2
    assert BASE.global_width > SMALL.global_width


@pytest.mark.parametrize("architecture", GENERATORS)
@pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 5, 7, 50])
def test_any_number_of_frames_is_generated(tiny, architecture, n_frames):
    config = of(tiny, architecture)
    network = random_generator(config)
    with torch.inference_mode():
        generated = network(label(config, n_frames, batch=2), condition(config).expand(2, -1))
        coarse = network.coarse(label(config, n_frames, batch=2), condition(config).expand(2, -1))
    assert generated.shape == (2, 1, config.n_mels, n_frames)
    assert coarse.shape == (2, 1, config.n_mels // 2, n_frames)
    assert torch.isfinite(generated).all()
    assert torch.isfinite(coarse).all()


def test_a_batch_is_its_rows(tiny):
    network, batch = random_generator(tiny), label(tiny, 20, batch=3)
    with torch.inference_mode():
        whole = network(batch, condition(tiny).expand(3, -1))
        for i in range(3):
            torch.testing.assert_close(whole[i : i + 1], network(batch[i : i + 1], condition(tiny)), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("global_blocks", "local_blocks"), [(1, 1), (4, 2), (2, 5)])
def test_frames_beyond_the_context_have_no_influence(tiny, global_blocks, local_blocks):
    config = dataclasses.replace(tiny, global_blocks=global_blocks, local_blocks=local_blocks)
    network = random_generator(config)
    context = network.context_frames
    n_frames = 2 * context + 41
    middle = n_frames // 2
    before = label(config, n_frames)
    after = before.clone()
    after[..., middle] = label(config, 1, seed=1)[..., 0]
    with torch.inference_mode():
        moved = (network(before, condition(config)) - network(after, condition(config))).abs().amax(dim=(0, 1, 2))
    reached = torch.nonzero(moved > 1e-7).flatten()
    assert reached.min() >= middle - context
    assert reached.max() <= middle + context
    assert reached.min() < middle - context // 3  # or the promise would be empty
    assert context % network.time_stride == 0


@pytest.mark.parametrize("label_channels", [BASE_CHANNELS, SMALL.label_channels])
def test_what_comes_after_the_last_frame_counts_as_silence(tiny, label_channels):
    tiny = dataclasses.replace(tiny, label_channels=label_channels)
    network, short = random_generator(tiny), label(tiny, 18)
    silence = short[..., -1:].expand(-1, -1, -1, 2).clone()
    silence[:, 0], silence[:, 1], silence[:, 3:] = -1, 0, -1
    with torch.inference_mode():
        padded = network(torch.cat([short, silence], dim=-1), condition(tiny))
        torch.testing.assert_close(network(short, condition(tiny)), padded[..., :18], rtol=0, atol=1e-6)


@pytest.mark.parametrize("rows", [2, 4])
def test_unfolding_undoes_folding(rows):
    image = torch.rand(2, 3, 16, 5)
    folded = fold(image, rows)
    assert folded.shape == (2, 3 * rows, 16 // rows, 5)
    torch.testing.assert_close(unfold(folded, rows), image, rtol=0, atol=0)


def test_folding_keeps_neighbouring_rows_together():
    rows = torch.arange(8.0).reshape(1, 1, 8, 1)
    torch.testing.assert_close(fold(rows, 2)[0, :, :, 0], torch.tensor([[0.0, 2, 4, 6], [1, 3, 5, 7]]))


@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (5, 8), (6, 3)])
def test_an_upsampling_convolution_is_the_convolution_of_repeated_rows_and_columns(columns, size):
    torch.manual_seed(0)
    layer, x = UpsamplingConv(3, 4, columns).double(), torch.randn(2, 3, *size, dtype=torch.float64, requires_grad=True)
    repeated = x.repeat_interleave(2, dim=2)
    repeated = repeated.repeat_interleave(2, dim=3) if columns else repeated
    expected = functional.conv2d(repeated, layer.weight, layer.bias, padding=1)
    torch.testing.assert_close(layer(x), expected)
    weights = torch.randn_like(expected)
    found, right = (
        torch.autograd.grad((image * weights).sum(), [x, *layer.parameters()]) for image in (layer(x), expected)
    )
    torch.testing.assert_close(found, right)


def test_half_the_frequency_resolution_is_the_mean_of_two_rows(tiny):
    image = torch.rand(1, 1, 6, 4)
    torch.testing.assert_close(
        generator.build(tiny).halve_frequency(image), (image[:, :, 0::2] + image[:, :, 1::2]) / 2
    )


def test_the_height_channel_rises_from_minus_one_to_one():
    height = add_height(torch.zeros(2, 3, 5, 4))[:, 3]
    torch.testing.assert_close(height, torch.linspace(-1, 1, 5)[None, :, None].expand(2, 5, 4))


def test_zero_weights_generate_the_floor_of_the_mel(tiny):
    network = generator.build(tiny).eval()
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    with torch.inference_mode():
        generated = network(label(tiny, 12), condition(tiny))
    torch.testing.assert_close(mel.denormalise(generated, tiny), torch.full_like(generated, tiny.mel_floor_db))


@pytest.mark.parametrize("part", ["stem_condition", "blocks"])
def test_the_condition_has_an_influence_in_the_stem_and_in_every_block(tiny, part):
    network, image = random_generator(tiny), label(tiny, 20)
    for name, parameter in network.named_parameters():
        if "condition" in name and part not in name:
            torch.nn.init.zeros_(parameter)
    with torch.inference_mode():
        generated = [
            network(image, condition(tiny, guitar, articulation))
            for guitar, articulation in [
                (None, "plucked"),
                ("nylon", "plucked"),
                ("steel", "plucked"),
                (None, "follow"),
            ]
        ]
    for other in generated[1:]:
        assert (other - generated[0]).abs().max() > 1e-4


def test_the_enhancer_joins_the_global_features(tiny):
    network, image = random_generator(tiny), label(tiny, 20)
    with torch.inference_mode():
        before = network(image, condition(tiny))
        torch.nn.init.zeros_(network.join.weight)
        assert (network(image, condition(tiny)) - before).abs().max() > 1e-4


@pytest.mark.parametrize("enlarging", ["up", "global_generator.up"])
def test_detail_reaches_the_output_by_the_skip_connections_alone(tiny, enlarging):
    network, one, other = random_generator(tiny), label(tiny, 20), label(tiny, 20, seed=1)
    for parameter in network.get_submodule(enlarging).parameters():
        torch.nn.init.zeros_(parameter)
    generate = network if enlarging == "up" else network.coarse
    with torch.inference_mode():
        assert (generate(one, condition(tiny)) - generate(other, condition(tiny))).abs().max() > 1e-3
