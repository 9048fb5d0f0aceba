from __future__ import annotations

import math
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from corpora import SETTINGS, TINY, one_batch

from hum2guitar import Hum2Guitar
from train.objective.losses import gradient_penalty
from train.objective.objective import Batch
from train.objective.relativistic import Relativistic, RelativisticWeights
from train.objective.stages import plan
from train.run.export import export
from train.run.fit import fit, resume
from train.run.trainer import Trainer
from train.run.warm_start import warm_start

SHORT = replace(SETTINGS, objective="relativistic", weights=RelativisticWeights(), joint_only=True, steps=80)
LOSSES = ("l1", "delta_mel", "adversarial", "feature_matching")
GLOBAL, LOCAL, JOINT = plan(12)


def trainer_with(weights: RelativisticWeights, **settings: float) -> Trainer:
    return Trainer(TINY, replace(SHORT, weights=weights, **settings))


def objective_with(**weights: float) -> Relativistic:
    """An objective whose discriminator has a say from the first step."""
    torch.manual_seed(0)
    objective = Relativistic(replace(TINY, sampler="noise"), RelativisticWeights(**weights))
    for parameter in objective.discriminator.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.3)
    return objective


def batch_at(step: int, stage: object = JOINT, seed: int = 0) -> Batch:
    source = torch.Generator().manual_seed(2)
    label, target = (torch.rand(2, c, TINY.n_mels, 16, generator=source) for c in (len(TINY.label_channels), 1))
    return Batch(
        label, target, label, torch.zeros(2, 4), torch.arange(2), stage, step, torch.Generator().manual_seed(seed)
    )


def test_the_generator_reads_the_label_and_other_noise_at_each_step() -> None:
    seen: list[torch.Tensor] = []

    def draw(network_input: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        seen.append(network_input)
        return network_input[:, :1]

    for seed in (0, 0, 1):
        batch = batch_at(0, seed=seed)
        objective_with().step(batch, draw)
        assert torch.equal(seen[-1][:, :-1], batch.label)
    assert seen[0][:, -1].std().item() == pytest.approx(1, abs=0.1)
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])


@pytest.mark.parametrize("stage", [GLOBAL, LOCAL, JOINT])
def test_the_discriminator_judges_in_the_joint_stage_alone(stage: object) -> None:
    losses = objective_with().step(batch_at(0, stage), lambda seen, condition: seen[:, :1])
    judged = {"adversarial", "feature_matching", "discriminator"} if stage is JOINT else set()
    assert set(losses) == {"l1", "delta_mel"} | judged


def test_where_the_generated_mel_is_the_target_the_pair_is_even_and_the_features_are_equal() -> None:
    batch = batch_at(1)
    losses = objective_with().step(batch, lambda seen, condition: batch.target.clone())
    assert losses["adversarial"].item() == pytest.approx(3 * math.log(2))
    assert losses["discriminator"].item() == pytest.approx(3 * math.log(2))
    assert losses["feature_matching"].item() == 0


def test_what_the_discriminator_wins_the_generator_loses() -> None:
    """Softplus(-x) - softplus(x) = -x, and x is the mean lead of the real mels, summed over the critics."""
    batch, objective = batch_at(1), objective_with()
    generated = 1 - 3 * batch.target
    losses = objective.step(batch, lambda seen, condition: generated)
    real, other = (objective.discriminator(batch.label, mel) for mel in (batch.target, generated))
    lead = sum((a[-1] - b[-1]).mean().item() for a, b in zip(real, other, strict=True))
    assert abs(lead) > 0.02
    assert losses["adversarial"].item() - losses["discriminator"].item() == pytest.approx(lead, abs=1e-4)


@pytest.mark.parametrize(("step", "acts"), [(0, 1), (1, 0), (3, 0), (4, 1)])
def test_every_fourth_step_has_four_times_half_of_both_penalties(step: int, acts: int) -> None:
    batch = batch_at(step)
    generated = 1 - 3 * batch.target

    def loss(**weights: float) -> float:
        return objective_with(**weights).step(batch, lambda seen, condition: generated)["discriminator"].item()

    plain, discriminator = loss(r1=0, r2=0), objective_with().discriminator
    on_real, on_generated = (gradient_penalty(discriminator, batch.label, mel) for mel in (batch.target, generated))
    assert on_real.item() != pytest.approx(on_generated.item(), rel=0.01)
    for weights, expected in (((3.0, 0.0), 3 * on_real), ((0.0, 2.0), 2 * on_generated)):
        found = loss(r1=weights[0], r2=weights[1]) - plain
        assert found == pytest.approx(acts * 4 / 2 * expected.item(), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_pulls_as_much_as_its_weight(corpus: Path, name: str) -> None:
    images = one_batch(corpus)

    def norm(weight: float) -> float:
        trainer = trainer_with(RelativisticWeights(**dict.fromkeys(LOSSES, 0.0) | {name: weight}))
        torch.nn.init.ones_(trainer.learners["discriminator"].network.whole.score.weight)
        return trainer.train_step(images)["generator_norm"]

    assert norm(1.0) > 0
    assert norm(3.0) == pytest.approx(3 * norm(1.0), rel=1e-3)
    assert norm(0.0) == 0


def test_the_discriminator_learns_to_tell_the_real_mel_of_a_pair(corpus: Path) -> None:
    images = one_batch(corpus)
    trainer = trainer_with(RelativisticWeights(discriminator_rate=2e-2), learning_rate=1e-9)
    first, *_, last = (trainer.train_step(images) for _ in range(14))
    assert first["discriminator"] == pytest.approx(3 * math.log(2), rel=1e-3)
    assert last["discriminator"] < 0.8 * first["discriminator"]
    assert last["adversarial"] > 1.2 * first["adversarial"]


def test_it_begins_from_a_run_without_noise_as_the_same_function_and_learns_to_use_noise(
    run: Path, corpus: Path
) -> None:
    label, _, condition = one_batch(corpus)
    known = Trainer(TINY, SETTINGS)
    warm_start(known, run)
    trainer = Trainer(TINY, SHORT)
    warm_start(trainer, run)

    def with_noise(seed: int) -> torch.Tensor:
        noise = torch.randn(label[:, :1].shape, generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            return trainer.generator(torch.cat([label, noise], dim=1), condition)

    with torch.no_grad():
        torch.testing.assert_close(with_noise(0), known.generator(label, condition))
    assert torch.equal(with_noise(0), with_noise(1))
    for _ in range(3):
        trainer.train_step(one_batch(corpus))
    assert not torch.allclose(with_noise(0), with_noise(1))


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(corpus: Path, tmp_path: Path) -> None:
    def interrupt(step: int, report: dict[str, float]) -> None:
        if step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    settings = replace(SHORT, steps=6)
    fit(corpus, tmp_path / "cut", TINY, settings, on_step=interrupt)
    assert torch.load(tmp_path / "cut" / "state.pt", weights_only=True)["step"] == 3
    assert resume(tmp_path / "cut") == fit(corpus, tmp_path / "whole", TINY, settings)


def test_its_checkpoint_names_the_sampler_and_each_seed_gives_another_mel(corpus: Path, tmp_path: Path) -> None:
    fit(corpus, tmp_path / "run", TINY, replace(SHORT, steps=2))
    export(tmp_path / "run", tmp_path / "c.safetensors")
    converter = Hum2Guitar.from_pretrained(tmp_path / "c.safetensors")
    assert converter.config.sampler == "noise"
    label, condition = one_batch(corpus)[0][0].numpy(), torch.tensor([1.0, 0, 0, 0]).numpy()
    first, again, other = (converter.generate(label, condition, seed=seed) for seed in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()
