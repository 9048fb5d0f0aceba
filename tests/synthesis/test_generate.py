from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from untrained import random_generator

from hum2guitar import Config
from hum2guitar.errors import CheckpointError, UserError
from hum2guitar.synthesis import generator, samplers
from hum2guitar.synthesis.condition import build_condition
from hum2guitar.synthesis.generate import generate
from hum2guitar.synthesis.generator import Generator
from hum2guitar.synthesis.samplers import Forward


def label(config: Config, n_frames: int) -> np.ndarray:
    shape = (len(config.label_channels), config.n_mels, n_frames)
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)


def widths_of_passes(network: Generator, config: Config, n_frames: int, segment_frames: int) -> list[int]:
    """How many frames each pass through the network has."""
    widths: list[int] = []
    network.register_forward_pre_hook(lambda _, arguments: widths.append(arguments[0].shape[-1]))
    condition = build_condition(None, "plucked", config)
    generate(network, label(config, n_frames), condition, config, segment_frames=segment_frames)
    return widths


# --- pieces ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_frames", "segment_frames"), [(301, 100), (301, 30), (200, 50), (99, 100), (402, 4)])
def test_a_mel_generated_in_pieces_is_the_mel_generated_whole(tiny, n_frames, segment_frames):
    network, condition = random_generator(tiny), build_condition(None, "plucked", tiny)
    whole = generate(network, label(tiny, n_frames), condition, tiny, segment_frames=n_frames)
    pieces = generate(network, label(tiny, n_frames), condition, tiny, segment_frames=segment_frames)
    assert whole.std() > 0.5
    np.testing.assert_allclose(pieces, whole, atol=1e-3)  # dB


def test_no_pass_through_the_network_is_longer_than_a_segment_and_its_context(tiny):
    network = random_generator(tiny)
    widths = widths_of_passes(network, tiny, n_frames=500, segment_frames=100)
    assert len(widths) == 5
    assert max(widths) <= 100 + 2 * network.context_frames


def test_a_network_whose_statistics_span_the_whole_gets_the_whole(tiny):
    config = replace(tiny, architecture="original", global_width=4, local_width=2)
    assert widths_of_passes(random_generator(config), config, n_frames=90, segment_frames=20) == [90]


def test_the_mel_stays_within_the_range_of_the_config(tiny):
    network = random_generator(tiny)
    torch.nn.init.constant_(network.head.bias, 5.0)
    generated = generate(network, label(tiny, 20), build_condition(None, "plucked", tiny), tiny)
    assert generated.max() <= tiny.mel_ceil_db
    assert generated.min() >= tiny.mel_floor_db
    assert (generated == tiny.mel_ceil_db).mean() > 0.9


# --- samplers ----------------------------------------------------------------------------------------------------


class Refining:
    """A sampler as flow matching would need it: random start, one more input channel, several passes."""

    extra_channels = 1
    passes = 3

    def sample(
        self, forward: Forward, label: torch.Tensor, condition: torch.Tensor, seed: int, noise_scale: float
    ) -> torch.Tensor:
        mel = noise_scale * torch.randn(label.shape[1:], generator=torch.Generator().manual_seed(seed))
        for _ in range(3):
            mel = (mel + forward(label, mel[None], condition)) / 2
        return mel.clip(-1, 1)


@pytest.fixture
def refining(tiny, monkeypatch) -> Config:
    monkeypatch.setitem(samplers.SAMPLERS, "refining", Refining())
    return replace(tiny, sampler="refining")


def test_a_sampler_is_one_entry_of_the_table(refining):
    network, condition = random_generator(refining), build_condition("nylon", "plucked", refining)
    one, again, other = (
        generate(network, label(refining, 200), condition, refining, segment_frames=frames, seed=seed)
        for frames, seed in ((200, 0), (40, 0), (200, 1))
    )
    np.testing.assert_allclose(again, one, atol=1e-2)  # dB: the same in pieces
    assert np.abs(other - one).max() > 1


def test_the_network_has_no_room_for_another_samplers_channels(refining, tiny):
    condition = build_condition("nylon", "plucked", tiny)
    with pytest.raises(RuntimeError, match="channels"):
        generate(random_generator(tiny), label(tiny, 8), condition, refining)


def test_a_sampler_that_is_not_there_is_a_sentence(tiny):
    with pytest.raises(CheckpointError, match=r"the sampler 'tarot' is not known .* which knows direct"):
        generator.build(replace(tiny, sampler="tarot"))


def test_the_original_has_no_room_for_a_samplers_channels(refining):
    with pytest.raises(UserError, match="the sampler refining gives the network 1 more channels"):
        generator.build(replace(refining, architecture="original"))


def test_a_config_without_a_sampler_is_one_of_before_there_were_samplers(tiny):
    described = tiny.to_dict()
    del described["sampler"]
    assert Config.from_dict(described) == tiny
    assert tiny.sampler == "direct"
