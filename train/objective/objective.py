"""The interface of an objective: it turns a batch into losses, and owns the networks that learn beside the generator.

An objective computes losses and updates nothing. ``train.run.trainer`` updates the networks. A loss with the name of an
opponent updates that opponent. The weighted sum of all other losses updates the generator.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import torch
from torch import nn

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from train.flags import flag
from train.objective.schedule import warm_up_then_fall
from train.objective.stages import Stage, plan

Losses = dict[str, torch.Tensor]
Draw = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def described(default: float, text: str) -> Any:
    """Make a field of ``Weights`` with what the help says about it."""
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Weights:
    """The options of an objective: a weight for each of its losses, with the name of the loss, and others.

    Raises UserError for a number below 0, NaN or infinity.
    """

    def __post_init__(self) -> None:
        for option in fields(self):
            value = getattr(self, option.name)
            if not 0 <= value < float("inf"):
                raise UserError(f"{flag(option.name)} is {value}; it must be a number of 0 or more")


@dataclass(frozen=True)
class Batch:
    """One process's share of a batch, at one step of a run.

    label : (B, C, M, N) — the generator's input
    target : (B, 1, M', N) in [-1, 1] — the mel to generate; in a coarse stage M' is M / 2, else M
    target_label : (B, C, M', N) — the label with as many rows as the target
    condition : (B, G + 2) — guitar and articulation
    plucked : (P,) int64 — the numbers of the segments in ``plucked``; the others are in ``follow``
    stage, step : where the run stands
    random : source of the step's random numbers, the same for the same seed, step and process
    """

    label: torch.Tensor
    target: torch.Tensor
    target_label: torch.Tensor
    condition: torch.Tensor
    plucked: torch.Tensor
    stage: Stage
    step: int
    random: torch.Generator


@dataclass(frozen=True)
class Opponent:
    """A network that learns beside the generator, from the loss of the same name."""

    network: nn.Module
    learning_rate: float


class Objective(ABC):
    """What a generator is trained for.

    weights : what it is told, an instance of its class's ``Weights``
    opponents : the further networks, by name; a run saves each with its optimiser
    """

    Weights: ClassVar[type[Weights]]
    sampler: ClassVar[str] = "direct"  # how a generator so trained gives a mel: a name of synthesis.samplers
    learning_rate: ClassVar[float] = 5e-4
    averaging_decay: ClassVar[float] = 0.998  # of the running average of the generator's weights; 0 for none
    max_gradient_norm: ClassVar[float] = 10.0

    def __init__(self, config: Config, weights: Any) -> None:
        self.config, self.weights = config, weights
        self.opponents: dict[str, Opponent] = {}

    @abstractmethod
    def step(self, batch: Batch, draw: Draw) -> Losses:
        """Compute the losses of one step.

        Parameters
        ----------
        batch : the step's share of the corpus
        draw : the generator at the stage's resolution: label (B, C, M, N), condition (B, G + 2) → mel like the target

        Returns
        -------
        losses : scalars by name, unweighted; each a mean over the batch, so that processes can share it
        """

    def weight(self, loss: str) -> float:
        """Return how much a loss of the generator counts: the field of the weights that has its name."""
        return getattr(self.weights, loss)

    def stages(self, steps: int) -> tuple[Stage, ...]:
        """Return the course of a run of ``steps``."""
        return plan(steps)

    def rate_factor(self, step: int, stages: tuple[Stage, ...]) -> float:
        """Return the learning rate at a step of a course, as a share of the full one."""
        return warm_up_then_fall(step, sum(stage.steps for stage in stages))
