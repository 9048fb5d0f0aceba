from __future__ import annotations

import pytest
import torch

from train.run.learner import Learner, load_average, running_average


def test_a_learner_goes_on_with_the_learning_rate_of_its_step() -> None:
    def learner() -> Learner:
        return Learner(torch.nn.Linear(2, 1), 0.5, lambda step: 1 / (1 + step))

    first, second = learner(), learner()
    for _ in range(3):
        first.backward(first.network(torch.ones(1, 2)).sum())
        first.update()
        first.clear_gradients()
    second.load_state(first.state(), 3)
    assert first.learning_rate == second.learning_rate == pytest.approx(0.5 / 4)
    for one in (first, second):
        one.backward(one.network(torch.ones(1, 2)).sum())
        one.update()
    assert torch.equal(first.network.weight, second.network.weight)


def test_the_average_follows_fast_at_first_and_then_by_its_decay() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    average = running_average(network, decay=0.9)
    network.weight.data.fill_(1.0)
    average.update_parameters(network)
    assert average.module.weight.item() == 1  # the first update takes the weights as they are
    network.weight.data.fill_(2.0)
    average.update_parameters(network)
    assert average.module.weight.item() == pytest.approx(1 + 9 / 11)  # the decay is 2 / 11 at the second
    load_average(average, {"weight": torch.zeros(1, 1)}, 1000)
    average.update_parameters(network)
    assert average.module.weight.item() == pytest.approx(0.2)
