from __future__ import annotations

import pytest
import torch

from train.run.gradient_norms import RecentNorms, gradient_norms
from train.run.machine import Processes


def test_the_gradient_norm_is_the_length_of_a_losss_slope_over_the_weights_that_learn() -> None:
    network = torch.nn.Linear(3, 1)
    inputs = torch.tensor([[2.0, 3.0, 6.0]])  # the slope of the output by the weights, 7 long
    network.bias.requires_grad_(False)
    losses = {"once": network(inputs).sum(), "twice": 2 * network(inputs).sum()}
    norms = gradient_norms(losses, network, Processes())
    assert norms["once"].item() == pytest.approx(7)
    assert norms["twice"].item() == pytest.approx(14)
    losses["once"].backward()  # the graph of the losses is still there
    assert network.weight.grad is not None


def test_the_reported_norm_is_the_median_of_the_present_stage() -> None:
    recent = RecentNorms()
    recent.add("global", {"l1": 100.0})
    for norm in (1.0, 9.0, 2.0):
        recent.add("joint", {"l1": norm})
    assert recent.medians() == {"l1": 2.0}
    assert recent.latest() == {"l1": 2.0}
    again = RecentNorms()
    again.load_state(recent.state())
    again.add("joint", {"l1": 1.5})
    assert again.medians() == {"l1": 1.75}
