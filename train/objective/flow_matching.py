"""The objective ``flow_matching``: the generator learns the velocity that carries noise to the mel.

Conditional flow matching (Lipman et al., ICLR 2023) on straight paths: between noise at time 0 and the target at time
1 the velocity is their difference. The generator reads the label, a point on the path and its time. Where regression
gives the mean of all mels that fit a label, the sampler ``flow`` draws one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch.nn import functional as F

from hum2guitar.synthesis.samplers.flow import network_input
from train.objective.objective import Batch, Draw, Losses, Objective, Weights
from train.objective.stages import Stage, last_alone, plan


@dataclass(frozen=True)
class FlowMatchingWeights(Weights):
    """How much the one loss counts."""

    velocity: float = 1.0


class FlowMatching(Objective):
    """The squared error of the velocity, at a random time of each path."""

    Weights: ClassVar[type[Weights]] = FlowMatchingWeights
    sampler: ClassVar[str] = "flow"

    def step(self, batch: Batch, draw: Draw) -> Losses:
        """Compute the loss of one step."""
        target, random = batch.target, batch.random
        noise = torch.randn(target.shape, generator=random, device=target.device)
        time = torch.rand(len(target), 1, 1, 1, generator=random, device=target.device)
        point = (1 - time) * noise + time * target
        velocity = draw(network_input(batch.label, point, time), batch.condition)
        return {"velocity": F.mse_loss(velocity, target - noise)}

    def stages(self, steps: int) -> tuple[Stage, ...]:
        """Return the course of a run: the sampler needs the whole network, so all of it learns from the first step."""
        return last_alone(plan(steps))
