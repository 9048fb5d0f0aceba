from __future__ import annotations

import pytest
import torch

from train.objective.losses import AUDIBLE, audibility, l1_loss, motion_loss

FOLLOW, PLUCKED = torch.tensor([[1.0, 0.0, 1.0]]), torch.tensor([[1.0, 0.0, 0.0]])


def test_in_follow_a_cell_counts_fully_where_either_mel_is_audible_and_in_plucked_everywhere() -> None:
    drawn, target = torch.tensor([-1.0, -1.0, 0.0, AUDIBLE]), torch.tensor([-1.0, 0.0, -1.0, AUDIBLE])
    drawn, target = drawn[None, None, None], target[None, None, None]
    assert audibility(drawn, target, FOLLOW, 0.1).flatten().tolist() == pytest.approx([0.1, 1, 1, 0.1])
    assert audibility(drawn, target, PLUCKED, 0.1).flatten().tolist() == [1, 1, 1, 1]


def test_an_error_far_below_hearing_costs_its_share() -> None:
    target = torch.full((1, 1, 2, 4), -0.9)
    target[..., 0, :] = 0.5
    loud, faint = target.clone(), target.clone()
    loud[..., 0, :] += 0.1
    faint[..., 1, :] += 0.1
    costs = [l1_loss(drawn, target, audibility(drawn, target, FOLLOW, 0.1)).item() for drawn in (loud, faint)]
    assert costs[0] == pytest.approx(10 * costs[1], rel=1e-4)
    assert costs[0] == pytest.approx(0.1 / 2, rel=1e-4)


def test_with_every_cell_counted_the_losses_are_plain_means() -> None:
    drawn, target = torch.rand(2, 2, 1, 6, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    weight = audibility(drawn, target, FOLLOW.expand(2, -1), 1.0)
    torch.testing.assert_close(l1_loss(drawn, target, weight), (drawn - target).abs().mean())
    torch.testing.assert_close(
        motion_loss(drawn, target, weight), (drawn.diff(dim=-1) - target.diff(dim=-1)).abs().mean()
    )


def test_a_constant_error_does_not_move() -> None:
    target = torch.rand(1, 1, 6, 8, generator=torch.Generator().manual_seed(0))
    assert motion_loss(target + 0.2, target, torch.ones_like(target)).item() == pytest.approx(0, abs=1e-7)
