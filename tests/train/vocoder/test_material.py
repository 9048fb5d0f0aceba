"""What the vocoder learns from: the same each time, and each kind of mel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from corpora import TINY
from plucked_strings import plucks, spectra

from hum2guitar import Config, Hum2Guitar
from train.vocoder.material import KINDS, Material, damaged, noise


def test_a_segment_is_the_same_every_time_and_has_each_kind_of_mel(corpus: Path, generator: Path) -> None:
    converter = Hum2Guitar.from_pretrained(generator)
    levels = {}
    for kind in KINDS:
        one, same = (Material(corpus, "train", converter, 0, {kind: 1.0})[2] for _ in range(2))
        assert all(torch.equal(one[name], same[name]) for name in one)
        assert one["base_time"].shape == (TINY.n_bins, one["target"].shape[1] - 1)
        levels[kind] = one["base_db"]
    assert not torch.equal(levels["real"], levels["damaged"])
    assert not torch.equal(levels["real"], levels["generated"])


def test_a_batch_has_the_examples_from_its_first_on(corpus: Path, generator: Path) -> None:
    material = Material(corpus, "train", Hum2Guitar.from_pretrained(generator), 0)
    batch = material.batch(3, 2)
    for i in range(2):
        assert torch.equal(batch["heard"][i], material[3 + i]["heard"])


def test_damage_leaves_the_mel_within_its_range(default: Config, rng: np.random.Generator) -> None:
    mel_db, _ = spectra(plucks(default, 0.6)[0], default)
    worse = damaged(mel_db, default, rng)
    assert worse.min() >= default.mel_floor_db
    assert 0.5 < np.abs(worse - mel_db).mean() < 25


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_40_to_80_db_below_full_scale(seed: int) -> None:
    level_db = 20 * np.log10(noise(22050, np.random.default_rng(seed)).std())
    assert -80.1 < level_db < -39.9
