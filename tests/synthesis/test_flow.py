from __future__ import annotations

import torch

from hum2guitar.synthesis.samplers.flow import Flow


def test_along_the_straight_paths_to_a_mel_the_sampler_arrives_at_that_mel() -> None:
    """The exact velocity field of one target is (target - point) / (1 - time)."""
    target = torch.rand(16, 12, generator=torch.Generator().manual_seed(1)) * 2 - 1

    def velocity(label: torch.Tensor, extra: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        point, time = extra
        return (target - point) / (1 - time)

    found = Flow().sample(velocity, torch.zeros(3, 16, 12), torch.zeros(4), seed=0, noise_scale=1.0)
    torch.testing.assert_close(found, target, rtol=0, atol=1e-5)


def test_without_a_velocity_the_sampler_returns_the_noise_of_its_seed() -> None:
    def still(label: torch.Tensor, extra: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        return torch.zeros(label.shape[1:])

    label, condition = torch.zeros(3, 64, 100), torch.zeros(4)
    first, again, other = (Flow().sample(still, label, condition, seed, 1.0) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    inside = first[first.abs() < 1]
    assert abs(len(inside) / first.numel() - 0.683) < 0.02  # of a standard normal distribution
