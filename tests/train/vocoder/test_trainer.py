"""The vocoder that learns: a step lowers the loss, and its weights, its rate and its average have their say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from corpora import TINY

from hum2guitar import Hum2Guitar
from train.run.divergence import DivergedError
from train.vocoder.losses import Weights
from train.vocoder.material import Batch, Material
from train.vocoder.settings import Settings
from train.vocoder.trainer import Trainer

SETTINGS = Settings(steps=400, batch_size=1, learning_rate=1e-2, width=8, blocks=1)


@pytest.fixture(scope="module")
def batch(corpus: Path, generator: Path) -> Batch:
    return Material(corpus, "train", Hum2Guitar.from_pretrained(generator), 0, {"real": 1.0}).batch(0, 1)


def weights_of(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def test_steps_lower_the_loss_of_a_batch(batch: Batch) -> None:
    trainer = Trainer(TINY, SETTINGS)
    totals = [trainer.train_step(batch)["total"] for _ in range(40)]
    assert totals[-1] < 0.95 * totals[0]
    assert trainer.step == 40


def test_the_total_is_the_weighted_sum_of_the_losses(batch: Batch) -> None:
    weights = Weights(level=2.0, delta_level=0.0, convergence=0.5, time=1.0, frequency=3.0)
    report = Trainer(TINY, replace(SETTINGS, weights=weights)).train_step(batch)
    assert report["total"] == pytest.approx(sum(weight * report[name] for name, weight in vars(weights).items()))


def test_losses_that_weigh_nothing_change_nothing(batch: Batch) -> None:
    nothing = Weights(level=0.0, delta_level=0.0, convergence=0.0, time=0.0, frequency=0.0)
    trainer = Trainer(TINY, replace(SETTINGS, weights=nothing))
    before = weights_of(trainer.network)
    trainer.train_step(batch)
    assert torch.equal(weights_of(trainer.network), before)


def test_the_learning_rate_rises_at_first(batch: Batch) -> None:
    trainer = Trainer(TINY, SETTINGS)
    changes = []
    for _ in range(10):
        before = weights_of(trainer.network)
        trainer.train_step(batch)
        changes.append((weights_of(trainer.network) - before).abs().max().item())
    assert changes[0] == pytest.approx(SETTINGS.learning_rate / 50, rel=0.01)  # Adam's first step is its rate
    assert changes[-1] > 3 * changes[0]


def test_the_average_lags_behind_the_weights(batch: Batch) -> None:
    trainer = Trainer(TINY, SETTINGS)
    began = weights_of(trainer.network)
    for _ in range(5):
        trainer.train_step(batch)
    lag = (weights_of(trainer.average.module) - weights_of(trainer.network)).norm()
    assert 0.01 < lag / (weights_of(trainer.network) - began).norm() < 0.9


def test_a_loss_that_is_no_number_stops_before_a_weight_changes(batch: Batch) -> None:
    trainer = Trainer(TINY, SETTINGS)
    before = weights_of(trainer.network)
    with pytest.raises(DivergedError):
        trainer.train_step(batch | {"base_db": torch.full_like(batch["base_db"], torch.nan)})
    assert torch.equal(weights_of(trainer.network), before)
