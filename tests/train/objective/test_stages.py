from __future__ import annotations

import torch
from corpora import TINY

from hum2guitar.synthesis import generator
from train.objective import stages


def test_stages_are_global_then_local_then_joint() -> None:
    planned = stages.plan(12)
    assert [(s.name, s.steps) for s in planned] == [("global", 4), ("local", 2), ("joint", 6)]
    assert [stages.stage_at(planned, step).name for step in (0, 3, 4, 5, 6, 11, 99)] == [
        "global", "global", "local", "local", "joint", "joint", "joint"
    ]  # fmt: skip


def test_only_the_global_stage_is_coarse_and_only_the_joint_stage_has_a_discriminator() -> None:
    planned = stages.plan(12)
    assert [stage.name for stage in planned if stage.coarse] == ["global"]
    assert [stage.name for stage in planned if stage.adversarial] == ["joint"]


def test_a_stage_changes_only_the_network_that_learns_in_it() -> None:
    network = generator.build(TINY)
    label, condition = torch.rand(1, 3, TINY.n_mels, 8), torch.zeros(1, 4)
    for stage in stages.plan(12):
        stages.set_learning(network, stage)
        network.zero_grad(set_to_none=True)
        (network.coarse if stage.coarse else network)(label, condition).square().mean().backward()
        learning = {
            name.startswith("global_generator.") for name, p in network.named_parameters() if p.grad is not None
        }
        assert learning == {"global": {True}, "local": {False}, "joint": {True, False}}[stage.name]


def test_a_warm_start_is_joint_from_its_first_step() -> None:
    assert [(s.name, s.steps) for s in stages.last_alone(stages.plan(12))] == [("joint", 12)]


def test_the_coarse_network_learns_half_the_rows() -> None:
    network = generator.build(TINY)
    label, condition = torch.zeros(1, 3, 64, 9), torch.zeros(1, 4)
    assert network.coarse(label, condition).shape == (1, 1, 32, 9)
