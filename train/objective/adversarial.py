"""The objective ``adversarial``: regression, and in the joint stage a discriminator as in Pix2PixHD.

The discriminator judges mels beside their labels at two scales. The generator learns from its scores (least-squares
GAN) and from its features (feature matching, Wang et al., CVPR 2018, equation 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from hum2guitar.config import Config
from train.objective.discriminator import MultiScaleDiscriminator, judge_generated
from train.objective.losses import adversarial_loss, feature_distances, gradient_penalty
from train.objective.objective import Batch, Draw, Losses, Opponent, Weights
from train.objective.regression import Regression, RegressionWeights

R1_EVERY = 16  # steps; lazy regularisation as in StyleGAN2 (Karras et al., CVPR 2020, section 3.1)


@dataclass(frozen=True)
class AdversarialWeights(RegressionWeights):
    """How much each loss counts, and how the discriminator learns."""

    adversarial: float = 0.02  # with five times as much, plucks lost their crispness: train/RUNS.md
    feature_matching: float = 0.2
    r1: float = 0.0  # of the gradient penalty on the discriminator
    spectral_norm: bool = False  # whether the discriminator's convolutions are divided by their largest singular value
    discriminator_rate: float = 2e-4


class Adversarial(Regression):
    """L1, frame-to-frame differences, and a multi-scale patch discriminator."""

    Weights: ClassVar[type[Weights]] = AdversarialWeights
    weights: AdversarialWeights

    def __init__(self, config: Config, weights: AdversarialWeights) -> None:
        super().__init__(config, weights)
        self.discriminator = MultiScaleDiscriminator(len(config.label_channels), spectral_norm=weights.spectral_norm)
        self.opponents = {"discriminator": Opponent(self.discriminator, weights.discriminator_rate)}

    def step(self, batch: Batch, draw: Draw) -> Losses:
        """Compute the losses of one step, those of the discriminator in an adversarial stage alone."""
        generated = draw(batch.label, batch.condition)
        losses = self.mel_losses(batch, generated)
        return losses | self._judged(batch, generated) if batch.stage.adversarial else losses

    def _judged(self, batch: Batch, generated: torch.Tensor) -> Losses:
        discriminator, label = self.discriminator, batch.target_label
        on_real = discriminator(label, batch.target)
        on_generated = discriminator(label, generated.detach())
        loss = (adversarial_loss(on_real, real=True) + adversarial_loss(on_generated, real=False)) / 2
        if self.weights.r1 and batch.step % R1_EVERY == 0:
            loss = loss + self._penalty(label, batch.target)
        passed = judge_generated(discriminator, label, generated)
        return {
            "adversarial": adversarial_loss(passed, real=True),
            "feature_matching": feature_distances(passed, on_real).mean(),
            "discriminator": loss,
        }

    def _penalty(self, label: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        with torch.autocast(label.device.type, enabled=False):
            return self.weights.r1 / 2 * R1_EVERY * gradient_penalty(self.discriminator, label, target)
