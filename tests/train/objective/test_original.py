from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from corpora import TINY

from train.data.feed import Images
from train.objective.objective import Batch
from train.objective.original import Original, OriginalWeights
from train.objective.stages import stage_at
from train.run.settings import Settings
from train.run.trainer import Trainer

CONFIG = replace(TINY, architecture="original", n_mels=368, global_width=4, local_width=2)
ORIGINAL = Settings(objective="original", steps=410, batch_size=1, learning_rate=2e-4)


def images() -> Images:
    """A label and a target as small as the discriminator allows in the coarse stage."""
    source = torch.Generator().manual_seed(0)
    label = torch.rand(1, 3, CONFIG.n_mels, 64, generator=source) * 2 - 1
    target = torch.rand(1, 1, CONFIG.n_mels, 64, generator=source) * 2 - 1
    return label, target, torch.tensor([[1.0, 0, 0, 0]])


def test_the_course_has_the_ratio_of_the_published_epochs() -> None:
    stages = Original(CONFIG, OriginalWeights()).stages(4100)
    assert [(stage.name, stage.steps) for stage in stages] == [("global", 2000), ("local", 100), ("joint", 2000)]


def test_the_rate_is_constant_and_then_falls_once_for_each_of_the_two_trainings() -> None:
    objective = Original(CONFIG, OriginalWeights())
    rates = [objective.rate_factor(step, objective.stages(410)) for step in range(411)]
    assert rates[:101] == [1.0] * 101
    assert rates[150] == pytest.approx(0.5)
    assert rates[199] == pytest.approx(0.01)
    assert rates[200:301] == [1.0] * 101
    assert rates[355] == pytest.approx(0.5)
    assert rates[410] == 0


def test_generator_and_discriminator_learn_from_the_first_step_of_every_stage_and_nothing_is_averaged() -> None:
    trainer = Trainer(CONFIG, replace(ORIGINAL, steps=41))
    for step, opponent in ((0, "global_discriminator"), (20, "discriminator"), (21, "discriminator")):
        trainer.step = step
        before = {name: flat(learner.network) for name, learner in trainer.learners.items()}
        report = trainer.train_step(images())
        changed = {name for name, learner in trainer.learners.items() if (flat(learner.network) != before[name]).any()}
        assert changed == {"generator", opponent}
        assert set(report) == {
            "adversarial", "feature_matching", opponent, "total", "generator_norm", f"{opponent}_norm"
        }  # fmt: skip
        assert torch.equal(flat(trainer.average.module), flat(trainer.generator))


@pytest.mark.parametrize(
    ("step", "opponent"), [(0, "global_discriminator"), (20, "discriminator"), (30, "discriminator")]
)
def test_in_every_stage_a_discriminator_takes_real_mels_for_1_and_generated_ones_for_0_and_the_generator_wants_1(
    step: int, opponent: str
) -> None:
    torch.manual_seed(0)
    objective = Original(CONFIG, OriginalWeights(instance_noise=0.0))
    label, target, condition = images()
    stage = stage_at(objective.stages(41), step)
    assert stage.adversarial
    generated = target.roll(5, dims=2)
    batch = Batch(label, target, label, condition, torch.arange(len(label)), stage, step, torch.Generator())
    losses = objective.step(batch, lambda label, condition: generated)
    network = objective.opponents[opponent].network
    real, other = ([scale[-1] for scale in network(label, mel)] for mel in (target, generated))
    as_real, as_generated = sum((score - 1).square().mean() for score in real), sum(s.square().mean() for s in other)
    torch.testing.assert_close(losses[opponent], as_real + as_generated)
    torch.testing.assert_close(losses["adversarial"], sum((score - 1).square().mean() for score in other))


def test_real_and_generated_mels_get_the_same_noise() -> None:
    """So a generator that gives the target itself has nothing to learn from the features."""
    torch.manual_seed(0)
    objective = Original(CONFIG, OriginalWeights())
    label, target, condition = images()
    stage = stage_at(objective.stages(41), 30)
    values = []
    for seed in (0, 0, 1):
        batch = Batch(
            label, target, label, condition, torch.arange(len(label)), stage, 30, torch.Generator().manual_seed(seed)
        )
        losses = objective.step(batch, lambda label, condition: target.clone())
        assert losses["feature_matching"].item() == pytest.approx(0, abs=1e-5)
        values.append(losses["discriminator"].item())
    assert values[0] == values[1] != values[2]


def flat(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])
