from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from corpora import SETTINGS, TINY, one_batch

from train.data.feed import Images
from train.objective.adversarial import Adversarial, AdversarialWeights
from train.objective.losses import adversarial_loss, gradient_penalty
from train.objective.objective import Batch
from train.objective.stages import plan
from train.run.trainer import Trainer

JUDGED_ALONE = AdversarialWeights(l1=0, delta_mel=0, feature_matching=0, adversarial=1)


def trainer_with(weights: AdversarialWeights, **settings: float) -> Trainer:
    return Trainer(TINY, replace(SETTINGS, steps=80, joint_only=True, weights=weights, **settings))


@torch.no_grad()
def scores(trainer: Trainer, images: Images) -> tuple[float, float]:
    """The discriminator's mean score of the real mels and of the generated ones."""
    label, target, condition = images
    discriminator = trainer.learners["discriminator"].network
    both = (discriminator(label, mel) for mel in (target, trainer.generator(label, condition)))
    real, generated = (sum(scale[-1].mean().item() for scale in found) / len(found) for found in both)
    return real, generated


def test_the_discriminator_learns_to_score_real_mels_above_generated_ones(corpus: Path) -> None:
    images = one_batch(corpus)
    trainer = trainer_with(AdversarialWeights(), learning_rate=1e-9)
    for _ in range(15):
        trainer.train_step(images)
    real, generated = scores(trainer, images)
    assert real > generated + 0.05


def test_the_generator_learns_to_be_taken_for_real(corpus: Path) -> None:
    """By a discriminator that has learnt first and then stays as it is."""
    images = one_batch(corpus)
    taught = trainer_with(AdversarialWeights(discriminator_rate=5e-3), learning_rate=1e-9)
    for _ in range(10):
        taught.train_step(images)
    trainer = trainer_with(replace(JUDGED_ALONE, discriminator_rate=1e-12), learning_rate=2e-2)
    trainer.learners["discriminator"].network.load_state_dict(taught.learners["discriminator"].network.state_dict())
    before = scores(trainer, images)[1]
    for _ in range(12):
        trainer.train_step(images)
    assert scores(trainer, images)[1] > before + 0.1


@pytest.mark.parametrize("name", ["l1", "delta_mel", "adversarial", "feature_matching"])
def test_a_loss_pulls_as_much_as_its_weight(corpus: Path, name: str) -> None:
    images = one_batch(corpus)
    none = dict.fromkeys(("l1", "delta_mel", "adversarial", "feature_matching"), 0.0)
    once, thrice, never = (
        trainer_with(AdversarialWeights(**none | {name: weight})).train_step(images)["generator_norm"]
        for weight in (1.0, 3.0, 0.0)
    )
    assert once > 0
    assert thrice == pytest.approx(3 * once, rel=1e-3)
    assert never == 0


def test_with_the_default_weights_the_discriminator_pulls_little_beside_the_regression(corpus: Path) -> None:
    """More made plucks dull: train/RUNS.md. The measured shares are what the run logs."""
    images = one_batch(corpus)
    trainer = trainer_with(AdversarialWeights(), log_steps=1)
    for _ in range(15):
        trainer.train_step(images)
    norms = trainer.norms.medians()
    assert set(norms) == {"l1", "delta_mel", "adversarial", "feature_matching"}
    assert 1e-4 < norms["adversarial"] / norms["l1"] < 0.1
    assert 1e-4 < norms["feature_matching"] / norms["l1"] < 0.1


def test_the_gradient_penalty_acts_every_sixteenth_step(corpus: Path) -> None:
    batch = one_batch(corpus)
    plain, penalised = (
        Trainer(TINY, replace(SETTINGS, joint_only=True, weights=AdversarialWeights(r1=r1))) for r1 in (0.0, 100.0)
    )
    for step, acts in ((0, True), (1, False), (15, False), (16, True)):
        for trainer in (plain, penalised):
            trainer.step = step
        for name, learner in penalised.learners.items():
            learner.network.load_state_dict(plain.learners[name].network.state_dict())
        a, b = plain.train_step(batch), penalised.train_step(batch)
        assert (b["discriminator"] > a["discriminator"] * 1.0001) == acts


@pytest.mark.parametrize(("step", "penalties"), [(0, 1), (1, 0), (16, 1)])
def test_every_sixteenth_step_has_sixteen_times_half_the_penalty_on_the_discriminator(
    step: int, penalties: int
) -> None:
    torch.manual_seed(0)
    label, target, condition = torch.rand(2, 3, 16, 16), torch.rand(2, 1, 16, 16), torch.zeros(2, 4)
    plain, with_r1 = (Adversarial(TINY, AdversarialWeights(r1=r1)) for r1 in (0.0, 3.0))
    with_r1.discriminator.load_state_dict(plain.discriminator.state_dict())
    batch = Batch(label, target, label, condition, torch.arange(len(label)), plan(12)[-1], step, torch.Generator())

    def loss(objective: Adversarial) -> float:
        return objective.step(batch, lambda label, condition: target + 0.1)["discriminator"].item()

    penalty = gradient_penalty(plain.discriminator, label, target).item()
    assert loss(with_r1) - loss(plain) == pytest.approx(penalties * 3.0 / 2 * 16 * penalty, rel=1e-3, abs=1e-6)
    real, generated = (plain.discriminator(label, mel) for mel in (target, target + 0.1))
    halves = adversarial_loss(real, real=True) + adversarial_loss(generated, real=False)
    assert loss(plain) == pytest.approx(halves.item() / 2, rel=1e-5)
