from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from train.objective.discriminator import MultiScaleDiscriminator
from train.objective.losses import (
    adversarial_loss,
    delta_mel_loss,
    feature_distances,
    gradient_penalty,
    l1_loss,
    loss_mask,
    patch_power_loss,
    relativistic_loss,
    texture_loss,
)

DB_PER_UNIT = 45.0
FOLLOW, PLUCKED = torch.tensor([[1.0, 0.0, 1.0]]), torch.tensor([[1.0, 0.0, 0.0]])
AUDIBLE = -1 / 3


def test_in_follow_a_cell_counts_fully_where_either_mel_is_audible_and_in_plucked_everywhere() -> None:
    generated, target = torch.tensor([-1.0, -1.0, 0.0, AUDIBLE]), torch.tensor([-1.0, 0.0, -1.0, AUDIBLE])
    generated, target = generated[None, None, None], target[None, None, None]
    assert loss_mask(generated, target, FOLLOW, 0.1, AUDIBLE).flatten().tolist() == pytest.approx([0.1, 1, 1, 0.1])
    assert loss_mask(generated, target, PLUCKED, 0.1, AUDIBLE).flatten().tolist() == [1, 1, 1, 1]


def test_an_error_far_below_hearing_costs_its_share() -> None:
    target = torch.full((1, 1, 2, 4), -0.9)
    target[..., 0, :] = 0.5
    loud, faint = target.clone(), target.clone()
    loud[..., 0, :] += 0.1
    faint[..., 1, :] += 0.1
    costs = [
        l1_loss(generated, target, loss_mask(generated, target, FOLLOW, 0.1, AUDIBLE)).item()
        for generated in (loud, faint)
    ]
    assert costs[0] == pytest.approx(10 * costs[1], rel=1e-4)
    assert costs[0] == pytest.approx(0.1 / 2, rel=1e-4)


def test_with_every_cell_counted_the_losses_are_plain_means() -> None:
    generated, target = torch.rand(2, 2, 1, 6, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    weight = loss_mask(generated, target, FOLLOW.expand(2, -1), 1.0, AUDIBLE)
    torch.testing.assert_close(l1_loss(generated, target, weight), (generated - target).abs().mean())
    torch.testing.assert_close(
        delta_mel_loss(generated, target, weight), (generated.diff(dim=-1) - target.diff(dim=-1)).abs().mean()
    )


def test_a_constant_error_does_not_move() -> None:
    target = torch.rand(1, 1, 6, 8, generator=torch.Generator().manual_seed(0))
    assert delta_mel_loss(target + 0.2, target, torch.ones_like(target)).item() == pytest.approx(0, abs=1e-7)


def test_a_change_between_two_frames_counts_as_the_frame_that_counts_more() -> None:
    target = torch.zeros(1, 1, 1, 3)
    generated = torch.tensor([0.0, 0.3, 0.0])[None, None, None]
    for mask, counts in (([0.1, 0.1, 0.1], (0.1, 0.1)), ([1.0, 0.1, 0.1], (1.0, 0.1)), ([0.1, 1.0, 0.1], (1.0, 1.0))):
        loss = delta_mel_loss(generated, target, torch.tensor(mask)[None, None, None])
        assert loss.item() == pytest.approx(0.3 * sum(counts) / 2)


def test_losses_are_what_their_definitions_say() -> None:
    ones, zeros = torch.ones(1, 1, 4, 5), torch.zeros(1, 1, 4, 5)
    ramp = torch.arange(5.0).expand(1, 1, 4, 5)
    assert l1_loss(ones, zeros, ones) == 1
    assert delta_mel_loss(ones, zeros, ones) == 0
    assert delta_mel_loss(ramp, zeros, ones) == 1
    scores = [[ones, 0.25 * ones], [zeros, 0.5 * ones]]
    assert adversarial_loss(scores, real=True).item() == pytest.approx(0.75**2 + 0.5**2)
    assert adversarial_loss(scores, real=False).item() == pytest.approx(0.25**2 + 0.5**2)
    other = [[zeros, 9 * ones], [zeros, 9 * ones]]
    assert feature_distances(scores, other).mean().item() == pytest.approx(0.5)  # the scores themselves do not count


def test_the_relativistic_loss_is_that_of_the_difference_of_each_pair_of_patches() -> None:
    scores, others = torch.tensor([[3.0, 0.0]]), torch.tensor([[1.0, 0.0]])
    loss = relativistic_loss([[scores, scores]], [[others, others]]).item()
    assert loss == pytest.approx((math.log(1 + math.exp(-2)) + math.log(2)) / 2)
    both = relativistic_loss([[scores + 5], [scores]], [[others + 5], [others]]).item()
    assert both == pytest.approx(2 * loss)  # summed over scales, and only the difference counts
    assert relativistic_loss([[scores]], [[scores + 50]]).item() == pytest.approx(50)  # finite however wrong


def test_the_gradient_penalty_is_the_squared_slope_of_the_scores() -> None:
    """Scores that are a times the mel, at two scales, slope by 2 a everywhere."""

    class Scaled(MultiScaleDiscriminator):
        def __init__(self) -> None:
            super().__init__(width=4)
            self.a = torch.nn.Parameter(torch.tensor(3.0))

        def forward(self, label: torch.Tensor, mel: torch.Tensor) -> list[list[torch.Tensor]]:
            return [[self.a * mel], [self.a * mel]]

    scaled = Scaled()
    penalty = gradient_penalty(scaled, torch.zeros(2, 3, 8, 5), torch.randn(2, 1, 8, 5))
    assert penalty.item() == pytest.approx(36)
    penalty.backward()
    assert scaled.a.grad is not None
    assert scaled.a.grad.item() == pytest.approx(24)


def best_level_db(loss: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor], n_frames: int) -> float:
    """The constant level that costs least against noise with exponentially distributed power of the mean 0 dB."""
    power = torch.empty(1, 1, 64, n_frames).exponential_(generator=torch.Generator().manual_seed(0))
    target = 10 * power.log10() / DB_PER_UNIT
    levels_db = torch.arange(-4, 2, 0.05).tolist()
    mask = torch.ones_like(target)
    costs = [loss(torch.full_like(target, level / DB_PER_UNIT), target, mask).item() for level in levels_db]
    return levels_db[costs.index(min(costs))]


def test_against_noise_the_l1_is_least_at_the_median_and_patch_power_at_the_mean() -> None:
    assert best_level_db(l1_loss, 512) == pytest.approx(10 * math.log10(math.log(2)), abs=0.1)
    assert best_level_db(patch_power, 512) == pytest.approx(0, abs=0.15)


def patch_power(generated: torch.Tensor, target: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return patch_power_loss(generated, target, mask, DB_PER_UNIT)


def test_the_place_of_power_within_a_patch_costs_nothing_and_its_amount_costs_its_difference_in_db() -> None:
    target = torch.full((1, 1, 32, 16), -1.0)
    target[..., ::2, ::2] = 0.2
    moved = target.roll(1, dims=2)
    mask = torch.ones_like(target)
    assert patch_power(moved, target, mask).item() == pytest.approx(0, abs=1e-6)
    assert patch_power(moved + 9 / DB_PER_UNIT, target, mask).item() == pytest.approx(9 / DB_PER_UNIT, rel=1e-5)
    assert l1_loss(moved, target, mask) > 0.5


def test_patch_power_has_bounded_gradients_over_the_whole_range_and_is_finite_beyond() -> None:
    target = torch.rand(1, 1, 32, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    for level in (-20.0, -1.0, 0.5, 20.0):
        generated = (target * level).requires_grad_()
        loss = patch_power(generated, target, torch.ones_like(target))
        loss.backward()
        assert torch.isfinite(loss)
        assert generated.grad is not None
        assert 0 < generated.grad.abs().sum() <= 1.0001


def test_a_patch_counts_as_its_largest_mask() -> None:
    target, mask = torch.zeros(1, 1, 32, 16), torch.full((1, 1, 32, 16), 0.1)
    assert patch_power(target + 0.3, target, mask).item() == pytest.approx(0.03)
    mask[..., 8] = 1
    assert patch_power(target + 0.3, target, mask).item() > 0.06


def test_texture_tells_a_cloud_from_independent_cells_of_the_same_levels() -> None:
    random = torch.Generator().manual_seed(0)
    cells = torch.randn(1, 1, 64, 64, generator=random)
    cloud = torch.randn(1, 1, 16, 16, generator=random).repeat_interleave(4, 2).repeat_interleave(4, 3)
    silent = torch.zeros_like(cells)
    sizes = [texture_loss(image, silent, torch.ones_like(image)).item() for image in (cells, cloud)]
    assert sizes[0] == pytest.approx(2 / math.pi**0.5, rel=0.05)  # the mean |a - b| of two normal numbers
    assert sizes[1] < 0.9 * sizes[0]
    assert texture_loss(cells + 0.5, cells, torch.ones_like(cells)).item() == pytest.approx(0, abs=1e-6)
