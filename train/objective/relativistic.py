"""The objective ``relativistic``: a generator with a noise input, and a discriminator that compares two mels.

The discriminator does not say whether a mel is real. It says which of two mels is: of each pair of patches, the real
one is to score higher (RpGAN, Jolicoeur-Martineau, ICLR 2019; ``losses.relativistic_loss``). Gradient penalties on real
(R1) and generated mels (R2) let such a pair of networks converge: R3GAN, "The GAN is dead; long live the GAN!" (Huang,
Gokaslan, Kuleshov and Tompkin, NeurIPS 2024, arXiv 2501.05441, section 2). Beside the scores, the generator learns from
the discriminator's features (Wang et al., CVPR 2018, equation 3) and, as an anchor, from the losses of ``regression``.

Differences from R3GAN: the scores are of patches, both mels of a pair have the same label, the penalties act on every
``PENALTY_EVERY``-th step with as many times the weight (lazy regularisation, Karras et al., CVPR 2020, section 3.1),
and the betas of Adam are those of the other objectives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from hum2guitar.config import Config
from hum2guitar.synthesis.samplers.noise import Noise, network_input
from train.objective.discriminator import judge_generated
from train.objective.losses import feature_distances, gradient_penalty, relativistic_loss
from train.objective.objective import Batch, Draw, Losses, Opponent, Weights
from train.objective.regression import Regression, RegressionWeights
from train.objective.relativistic_discriminator import RelativisticDiscriminator

PENALTY_EVERY = 4  # steps


@dataclass(frozen=True)
class RelativisticWeights(RegressionWeights):
    """How much each loss counts, and how the discriminator learns."""

    l1: float = 3.0
    delta_mel: float = 6.0
    adversarial: float = 0.2
    feature_matching: float = 1.0
    r1: float = 0.1  # of the gradient penalty on real mels; with 10 the discriminator learnt nothing in 120 steps
    r2: float = 0.1  # of the same on generated mels
    discriminator_rate: float = 5e-4


class Relativistic(Regression):
    """The losses of ``regression`` and, in an adversarial stage, those of a relativistic discriminator."""

    Weights: ClassVar[type[Weights]] = RelativisticWeights
    sampler: ClassVar[str] = "noise"
    learning_rate: ClassVar[float] = 2e-4
    weights: RelativisticWeights

    def __init__(self, config: Config, weights: RelativisticWeights) -> None:
        super().__init__(config, weights)
        self.discriminator = RelativisticDiscriminator(config)
        self.opponents = {"discriminator": Opponent(self.discriminator, weights.discriminator_rate)}

    def step(self, batch: Batch, draw: Draw) -> Losses:
        """Compute the losses of one step, those of the discriminator in an adversarial stage alone."""
        label = batch.label
        noise = Noise().draw(label, batch.random)
        generated = draw(network_input(label, noise, batch.condition), batch.condition)
        losses = self.mel_losses(batch, generated)
        return losses | self._judged(batch, generated) if batch.stage.adversarial else losses

    def _judged(self, batch: Batch, generated: torch.Tensor) -> Losses:
        discriminator, label = self.discriminator, batch.target_label
        on_real = discriminator(label, batch.target)
        loss = relativistic_loss(on_real, discriminator(label, generated.detach()))
        if batch.step % PENALTY_EVERY == 0:
            loss = loss + PENALTY_EVERY / 2 * self._penalty(label, batch.target, generated)
        passed = judge_generated(discriminator, label, generated)
        fixed = [[outputs.detach() for outputs in scale] for scale in on_real]
        return {
            "adversarial": relativistic_loss(passed, fixed),
            "feature_matching": feature_distances(passed, fixed).mean(),
            "discriminator": loss,
        }

    def _penalty(self, label: torch.Tensor, target: torch.Tensor, generated: torch.Tensor) -> torch.Tensor:
        """Return R1 and R2, weighted; one with the weight 0 costs no time."""
        penalty = target.new_zeros(())
        with torch.autocast(label.device.type, enabled=False):
            for weight, mel in ((self.weights.r1, target), (self.weights.r2, generated)):
                if weight:
                    penalty = penalty + weight * gradient_penalty(self.discriminator, label, mel)
        return penalty
