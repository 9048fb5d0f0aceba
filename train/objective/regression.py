"""The objective ``regression``: the generated mel is to equal the target, cell by cell and frame to frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from train.objective.losses import delta_mel_loss, l1_loss, loss_mask
from train.objective.objective import Batch, Draw, Losses, Objective, Weights


@dataclass(frozen=True)
class RegressionWeights(Weights):
    """How much each loss counts. Mels lie in [-1, 1], so an L1 of 0.1 is 4.5 dB."""

    l1: float = 10.0
    delta_mel: float = 20.0
    inaudible: float = 0.1  # see losses.loss_mask


class Regression(Objective):
    """L1 on the mel and on its frame-to-frame differences."""

    Weights: ClassVar[type[Weights]] = RegressionWeights
    weights: RegressionWeights

    def step(self, batch: Batch, draw: Draw) -> Losses:
        """Compute the losses of one step."""
        return self.mel_losses(batch, draw(batch.label, batch.condition))

    def mel_losses(self, batch: Batch, generated: torch.Tensor) -> Losses:
        """Return ``l1`` and ``delta_mel`` of a generated mel."""
        mask = loss_mask(generated, batch.target, batch.condition, self.weights.inaudible)
        return {
            "l1": l1_loss(generated, batch.target, mask),
            "delta_mel": delta_mel_loss(generated, batch.target, mask),
        }
