from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from untrained import random_generator

from hum2guitar import Config
from hum2guitar.synthesis.condition import build_condition
from hum2guitar.synthesis.generate import generate
from hum2guitar.synthesis.samplers.noise import AGE, BAND_ROWS, Noise, NoteNoise


def test_the_network_reads_the_label_and_after_it_standard_normal_noise_of_the_seed() -> None:
    label, seen = torch.rand(3, 64, 100), []

    def forward(read: torch.Tensor, extra: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        seen.append((read, extra))
        return extra[-1]

    first, again, other = (Noise().sample(forward, label, torch.zeros(4), seed, 1.0) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.abs().max() == 1  # clipped
    assert all(torch.equal(read, label) for read, _ in seen)
    assert all(len(extra) == Noise.extra_channels for _, extra in seen)
    noise, _, other_noise = (extra[-1] for _, extra in seen)
    assert noise.mean().item() == pytest.approx(0, abs=0.05)
    assert noise.std().item() == pytest.approx(1, abs=0.05)
    assert abs(torch.corrcoef(torch.stack([noise.flatten(), other_noise.flatten()]))[0, 1]) < 0.05


def test_in_follow_the_network_reads_zeros_in_place_of_noise() -> None:
    label = torch.rand(3, 64, 100)
    generated = Noise().sample(lambda read, extra, condition: extra[-1], label, torch.tensor([0, 1.0]), 0, 1.0)
    assert not generated.any()


def test_the_noise_is_as_strong_as_the_configuration_says(tiny: Config) -> None:
    network, condition = random_generator(replace(tiny, sampler="noise")), build_condition(None, "plucked", tiny)
    label = np.random.default_rng(0).uniform(-1, 1, (3, tiny.n_mels, 60)).astype(np.float32)

    def spread(scale: float) -> float:
        config = replace(tiny, sampler="noise", noise_scale=scale)
        a, b = (generate(network, label, condition, config, seed=seed) for seed in (0, 1))
        return float((a - b).std())

    assert spread(0) == 0
    assert 0.3 * spread(1) < spread(0.5) < 0.7 * spread(1)


def test_a_mel_made_of_noise_is_the_same_in_pieces_as_in_one_pass(tiny: Config) -> None:
    config = replace(tiny, sampler="noise")
    network, condition = random_generator(config), build_condition(None, "plucked", config)
    label = np.random.default_rng(0).uniform(-1, 1, (3, config.n_mels, 301)).astype(np.float32)
    whole, pieces, other = (
        generate(network, label, condition, config, segment_frames=n, seed=seed)
        for n, seed in ((301, 5), (60, 5), (301, 6))
    )
    np.testing.assert_allclose(pieces, whole, atol=1e-3)  # dB
    assert np.abs(other - whole).max() > 1


def test_the_noise_of_a_note_stays_until_the_next_pluck() -> None:
    label = torch.zeros(2, 3, 512, 60)
    label[0, AGE] = torch.arange(60).remainder(20)  # plucked at 0, 20 and 40
    label[1, AGE] = torch.arange(60)  # plucked once
    white, by_note, by_band = NoteNoise().draw(label, torch.Generator().manual_seed(0)).unbind(1)
    assert (white.diff(dim=-1) != 0).all()
    for noise in (by_note, by_band):
        changes = noise.diff(dim=-1) != 0  # from one frame to the next
        assert set(torch.nonzero(changes[0].any(0)).flatten().tolist()) == {19, 39}
        assert not changes[1].any()
        assert (noise[0, :, 0] != noise[1, :, 0]).all()
        assert noise[0, :, [0, 20, 40]].std().item() == pytest.approx(1, abs=0.35)
    neighbours = torch.corrcoef(torch.stack([by_note[0, 1:, 0], by_note[0, :-1, 0]]))[0, 1]
    assert abs(neighbours) < 0.15
    bands = torch.stack([by_band[0, BAND_ROWS // 3 :, 0], by_band[0, : -(BAND_ROWS // 3), 0]])
    assert torch.corrcoef(bands)[0, 1] > 0.4  # those that share two thirds of their bins
    assert by_band[0, BAND_ROWS // 2, 0].item() == pytest.approx(
        by_note[0, :BAND_ROWS, 0].sum().item() / BAND_ROWS**0.5, abs=1e-5
    )
