"""The judge that learns: one step, and the choice of the best of its states."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from train.judge.accuracy import balanced
from train.judge.batches import masked
from train.judge.clips import Clip
from train.judge.judge import Judge, Network, normalise
from train.run.divergence import check_finite

Windows = tuple[torch.Tensor, torch.Tensor]  # (B, M, FRAMES) dB, and (B,) 1 for guitars


@dataclass(frozen=True)
class Recipe:
    """How the judge learns.

    calibration_batches : from which the averaged weights get the statistics of their batch normalisation
    looks : at the validation clips, in the second half of the run
    """

    batch_size: int = 96
    learning_rate: float = 2e-3
    weight_decay: float = 2e-2
    ema_decay: float = 0.99
    label_smoothing: float = 0.03
    calibration_batches: int = 20
    looks: int = 6


class Trainer:
    """A network that learns by AdamW under a one-cycle rate, the average of its weights, and the best state so far."""

    def __init__(self, steps: int, seed: int, recipe: Recipe) -> None:
        torch.manual_seed(seed)
        self.steps, self.recipe = steps, recipe
        self.network = Network().train()
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema_decay))
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self.schedule = OneCycleLR(self.optimiser, recipe.learning_rate, total_steps=steps)
        self.best, self.right = self.network, -1.0
        self.step, self.seconds = 0, 0.0

    def train_step(self, batch: Windows) -> dict[str, float]:
        """Make one update; returns the cross entropy as ``total``. Raises DivergedError where it is no number."""
        windows, truth = batch
        target = truth * (1 - 2 * self.recipe.label_smoothing) + self.recipe.label_smoothing
        scores = self.network(masked(normalise(windows)))
        loss = nn.functional.binary_cross_entropy_with_logits(scores, target)
        report = {"total": loss.item()}
        check_finite(report, self.step)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.schedule.step()
        self.average.update_parameters(self.network)
        self.step += 1
        return report

    def look(self, batches: Iterator[Windows], kept: list[Clip]) -> dict[str, float]:
        """Compare the averaged weights with the best so far on the clips that are kept for it, in the second half.

        Of equals the latest is the best. Returns the balanced accuracy, and nothing in the first half.
        """
        if 2 * self.step < self.steps:
            return {}
        candidate = copy.deepcopy(cast(Network, self.average.module))
        update_bn((normalise(next(batches)[0]) for _ in range(self.recipe.calibration_batches)), candidate)
        right = float(np.mean(balanced(Judge(candidate), kept)))
        if right >= self.right:
            self.best, self.right = candidate, right
        return {"right": right}

    def state(self) -> dict[str, Any]:
        """Return the weights and the step, which the run's folder keeps."""
        averaged = {"average": self.average.module.state_dict(), "best": self.best.state_dict()}
        return {"network": self.network.state_dict(), "step": self.step, "seconds": self.seconds} | averaged
