from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from corpora import SETTINGS, TINY, one_batch

from train.objective.regression import RegressionWeights
from train.run.divergence import DivergedError
from train.run.machine import Machine
from train.run.trainer import Trainer


def test_only_what_a_stage_names_learns(corpus: Path) -> None:
    trainer = Trainer(TINY, SETTINGS)
    label, target, condition = one_batch(corpus)
    for step, expected in ((0, {True}), (4, {False}), (6, {True, False})):
        trainer.step = step
        before = {name: p.clone() for name, p in trainer.generator.named_parameters()}
        report = trainer.train_step((label, target, condition))
        changed = {
            n.startswith("global_generator.") for n, p in trainer.generator.named_parameters() if (p != before[n]).any()
        }
        assert changed == expected
        assert ("discriminator" in report) == (step == 6)


def test_a_step_whose_loss_is_no_number_changes_no_weight(corpus: Path) -> None:
    trainer = Trainer(TINY, replace(SETTINGS, joint_only=True))
    label, target, condition = one_batch(corpus)
    trainer.train_step((label, target, condition))
    before = copy.deepcopy(trainer.state())
    target[0, 0, 5, 5] = float("nan")
    with pytest.raises(DivergedError, match="diverged at step 1"):
        trainer.train_step((label, target, condition))
    assert trainer.step == 1
    after = trainer.state()
    for name in ("generator", "discriminator"):
        weights, moments = before[name]["network"], before[name]["optimiser"]["state"]
        assert all(torch.equal(weight, weights[key]) for key, weight in after[name]["network"].items())
        for i, found in after[name]["optimiser"]["state"].items():
            assert torch.equal(found["exp_avg"], moments[i]["exp_avg"])
    assert all(torch.equal(weight, before["average"][key]) for key, weight in after["average"].items())


def test_bfloat16_computes_the_same_loss_but_for_rounding(corpus: Path) -> None:
    images, settings = one_batch(corpus), replace(SETTINGS, joint_only=True, objective="regression", weights=None)
    machines = Machine(), Machine(bf16=True)
    plain, rounded = (Trainer(TINY, settings, machine.join()).train_step(images)["l1"] for machine in machines)
    assert rounded != plain
    assert rounded == pytest.approx(plain, rel=0.02)


def weights_of(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten().clone() for parameter in network.parameters()])


def test_the_learning_rate_rises_then_stays_then_falls_to_nothing(corpus: Path) -> None:
    """Adam's steps are as long as the learning rate: the first and the last change the weights less than the others."""
    trainer = Trainer(TINY, replace(SETTINGS, steps=120, joint_only=True, objective="regression", weights=None))
    images, moved = one_batch(corpus), []
    for _ in range(120):
        before = weights_of(trainer.generator)
        trainer.train_step(images)
        moved.append((weights_of(trainer.generator) - before).abs().mean().item())
    assert moved[0] < 0.2 * moved[59]
    assert moved[119] < 0.2 * moved[59]
    assert moved[119] < 0.5 * moved[100]


def test_the_averaged_weights_follow_the_trained_ones_and_move_less(corpus: Path) -> None:
    trainer = Trainer(TINY, replace(SETTINGS, steps=120, joint_only=True, objective="regression", weights=None))
    images, moved, averaged = one_batch(corpus), 0.0, 0.0
    began = weights_of(trainer.average.module)
    for step in range(60):
        before = weights_of(trainer.generator), weights_of(trainer.average.module)
        trainer.train_step(images)
        if step >= 40:
            moved += (weights_of(trainer.generator) - before[0]).norm().item()
            averaged += (weights_of(trainer.average.module) - before[1]).norm().item()
    assert 0 < averaged < 0.9 * moved
    now, average = weights_of(trainer.generator), weights_of(trainer.average.module)
    assert (average - now).norm() < (began - now).norm()
    assert not torch.equal(average, now)


def test_no_gradient_is_longer_than_the_objectives_limit(corpus: Path) -> None:
    """Whatever the batch: the weights of the losses are a million times the usual ones."""
    weights = RegressionWeights(l1=1e7, delta_mel=2e7)
    trainer = Trainer(TINY, replace(SETTINGS, joint_only=True, objective="regression", weights=weights))
    report = trainer.train_step(one_batch(corpus))
    gradients = [parameter.grad.flatten() for parameter in trainer.generator.parameters() if parameter.grad is not None]
    assert report["generator_norm"] > 1e4
    assert torch.cat(gradients).norm().item() == pytest.approx(10, rel=1e-3)
