"""The objective ``regression``: the generated mel is to equal the target, cell by cell and frame to frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from train.objective.losses import AUDIBLE_DB, delta_mel_loss, l1_loss, loss_mask, patch_power_loss, texture_loss
from train.objective.objective import Batch, Draw, Losses, Objective, Weights, described


@dataclass(frozen=True)
class RegressionWeights(Weights):
    """How much each loss counts. Mels lie in [-1, 1], so an L1 of 0.1 is 4.5 dB."""

    l1: float = 10.0
    delta_mel: float = 20.0
    patch_power: float = 0.0  # see losses.patch_power_loss; with 0 it is not computed
    texture: float = 0.0  # see losses.texture_loss; as patch_power
    inaudible: float = described(0.1, "how much a cell counts where both mels are inaudible, in follow; 0 to 1")


class Regression(Objective):
    """L1 on the mel, on its frame-to-frame differences and, if asked for, on the power of patches and the texture."""

    Weights: ClassVar[type[Weights]] = RegressionWeights
    weights: RegressionWeights

    def step(self, batch: Batch, draw: Draw) -> Losses:
        """Compute the losses of one step."""
        return self.mel_losses(batch, draw(batch.label, batch.condition))

    def mel_losses(self, batch: Batch, generated: torch.Tensor) -> Losses:
        """Return the distances of a generated mel from the target."""
        mask = self.mask(batch, generated)
        return self.distances(generated, batch.target, mask, self.area_mask(batch, mask))

    def mask(self, batch: Batch, generated: torch.Tensor) -> torch.Tensor:
        """Return how much each cell counts: ``losses.loss_mask``."""
        audible = (AUDIBLE_DB - self.config.mel_floor_db) / self.config.db_per_unit - 1
        return loss_mask(generated, batch.target, batch.condition, self.weights.inaudible, audible)

    def area_mask(self, batch: Batch, mask: torch.Tensor) -> torch.Tensor:
        """Return how much each cell counts in patch_power and texture, the losses of more than one cell."""
        return mask

    def distances(
        self, generated: torch.Tensor, target: torch.Tensor, mask: torch.Tensor, area_mask: torch.Tensor
    ) -> Losses:
        """Return ``l1``, ``delta_mel`` and what else has a weight, of two mels (B, 1, M, N) and their masks."""
        losses = {"l1": l1_loss(generated, target, mask), "delta_mel": delta_mel_loss(generated, target, mask)}
        if self.weights.patch_power:
            losses["patch_power"] = patch_power_loss(generated, target, area_mask, self.config.db_per_unit)
        if self.weights.texture:
            losses["texture"] = texture_loss(generated, target, area_mask)
        return losses
