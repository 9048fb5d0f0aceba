from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from corpora import SETTINGS, TINY, one_batch

from train.run.divergence import DivergedError
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
