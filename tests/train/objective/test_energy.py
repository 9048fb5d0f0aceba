from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from corpora import SETTINGS, TINY, one_batch

from hum2guitar import Hum2Guitar
from hum2guitar.synthesis.samplers.noise import NoteNoise
from train.objective.energy import Energy, EnergyWeights
from train.objective.objective import Batch
from train.objective.regression import Regression, RegressionWeights
from train.objective.stages import plan
from train.run.export import export
from train.run.fit import fit
from train.run.trainer import Trainer
from train.run.warm_start import warm_start

SHORT = replace(SETTINGS, objective="energy", weights=EnergyWeights(), joint_only=True)
PLUCKED, FOLLOW = torch.tensor([1.0, 0, 0, 0]), torch.tensor([1.0, 0, 0, 1.0])
CONFIG = replace(TINY, sampler="note_noise")
WEIGHTS = EnergyWeights(texture=1.0)


def batch_of(condition: torch.Tensor, target: torch.Tensor | None = None) -> Batch:
    source = torch.Generator().manual_seed(2)
    shape = (len(condition), 1, TINY.n_mels, 16) if target is None else target.shape
    label, made = (torch.rand(shape[0], c, *shape[2:], generator=source) for c in (len(TINY.label_channels), 1))
    target = made if target is None else target
    plucked = torch.nonzero(condition[:, -1] == 0).flatten()
    return Batch(label, target, label, condition, plucked, plan(6)[-1], 0, torch.Generator().manual_seed(0))


def losses_of(batch: Batch, *generated: torch.Tensor) -> dict[str, float]:
    """The losses where the network generates these mels, one after the other."""
    losses = Energy(CONFIG, WEIGHTS).step(batch, lambda seen, condition: torch.cat(generated))
    return {name: loss.item() for name, loss in losses.items()}


def test_plucked_labels_are_generated_twice_from_other_noise_and_those_of_follow_once_without() -> None:
    batch, seen = batch_of(torch.stack([PLUCKED, FOLLOW])), []

    def draw(network_input: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        seen.append((network_input, condition))
        return network_input[:, :1]

    Energy(CONFIG, WEIGHTS).step(batch, draw)
    ((network_input, condition),) = seen
    assert torch.equal(network_input[:, :-3], batch.label[[0, 1, 0]])
    assert torch.equal(condition, torch.stack([PLUCKED, FOLLOW, PLUCKED]))
    noise = network_input[:, -3:]
    assert noise[1].abs().max() == 0
    assert noise[0].std().item() == pytest.approx(1, abs=0.1)
    assert not torch.equal(noise[0], noise[2])


def test_in_follow_the_losses_are_those_of_regression_and_no_area_is_scored() -> None:
    batch = batch_of(torch.stack([FOLLOW, FOLLOW]))
    generated = 1 - 2 * batch.target
    expected = Regression(TINY, RegressionWeights()).mel_losses(batch, generated)
    by_cell = {name: loss.item() for name, loss in expected.items()}
    assert losses_of(batch, generated) == pytest.approx(by_cell | {"patch_power": 0, "texture": 0})


def test_the_loss_is_the_mean_distance_from_the_target_less_half_the_distance_between_the_two() -> None:
    batch = batch_of(PLUCKED[None])
    losses = losses_of(batch, batch.target + 0.1, batch.target - 0.3)
    assert losses["l1"] == pytest.approx((0.1 + 0.3) / 2 - 0.4 / 2, abs=1e-6)
    assert losses_of(batch, batch.target + 0.1, batch.target + 0.3)["l1"] == pytest.approx(0.2 - 0.1)


@pytest.mark.parametrize("name", ["l1", "delta_mel", "patch_power", "texture"])
def test_of_all_spreads_that_of_the_targets_has_the_lowest_loss(name: str) -> None:
    random = torch.Generator().manual_seed(0)
    a, b, target = (torch.randn(1, 1, 256, 256, generator=random) / 10 for _ in range(3))
    batch = batch_of(PLUCKED[None], target)
    loss = {spread: losses_of(batch, spread * a, spread * b)[name] for spread in (0.0, 0.6, 1.0, 1.5)}
    assert min(loss, key=lambda spread: loss[spread]) == 1.0


def test_it_learns_to_be_as_random_as_its_targets(run: Path, corpus: Path) -> None:
    """Begun from a run in which nothing is random, on one label whose targets differ by noise."""
    trainer = Trainer(TINY, replace(SHORT, steps=60, learning_rate=2e-3))
    warm_start(trainer, run)
    label, target, condition = (image[:1] for image in one_batch(corpus))
    condition = torch.tensor([[1.0, 0, 0, 0]])
    random = torch.Generator().manual_seed(0)
    for _ in range(60):
        noisy = target + 0.1 * torch.randn(target.shape, generator=random)
        trainer.train_step((label, noisy, condition))
    with torch.no_grad():
        a, b = (trainer.generator(torch.cat([label, NoteNoise().draw(label, random)], 1), condition) for _ in range(2))
    assert 0.03 < ((a - b).std() / 2**0.5).item() < 0.3


def test_its_checkpoint_is_random_in_plucked_and_not_in_follow(corpus: Path, tmp_path: Path) -> None:
    fit(corpus, tmp_path / "run", TINY, replace(SHORT, steps=2))
    export(tmp_path / "run", tmp_path / "c.safetensors")
    converter = Hum2Guitar.from_pretrained(tmp_path / "c.safetensors")
    assert converter.config.sampler == "note_noise"
    label = one_batch(corpus)[0][0].numpy()
    for condition, random in ((PLUCKED, True), (FOLLOW, False)):
        first, other = (converter.generate(label, condition.numpy(), seed=seed) for seed in (0, 1))
        assert (first != other).any() == random
