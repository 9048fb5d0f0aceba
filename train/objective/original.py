"""The objective ``original``: the losses and the course of Kim Seonjoo's Hum2Guitar, for comparison.

Source: github.com/hwang9u/hum2guitar, source/trainer.py, train.py and criterion.py (June 2023). Generator and
discriminator learn from the first step in every stage. The generator's losses are the least-squares GAN loss summed
over three scales, and feature matching summed over three scales of four layers with the weight 10. There is no L1, no
running average of the weights and no clipping. The discriminator reads mels with Gaussian noise, the same noise on the
real and on the generated one.

Three things differ from his code. The optimiser is Adam, because AdaBelief, which he used, is in no library that this
project depends on; betas and rates are his. His epochs (200 of the global generator, 10 of the enhancer alone, 200 of
both) are shares of the run's steps. A batch has as many segments as the run is told, where he had one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from hum2guitar.config import Config
from train.objective.discriminator import judge_generated
from train.objective.losses import adversarial_loss, feature_distances
from train.objective.objective import Batch, Draw, Losses, Objective, Opponent, Weights, described
from train.objective.original_discriminator import OriginalDiscriminator
from train.objective.schedule import constant_then_fall
from train.objective.stages import Stage

GLOBAL_EPOCHS, LOCAL_EPOCHS, JOINT_EPOCHS, CONSTANT_EPOCHS = 200, 10, 200, 100


@dataclass(frozen=True)
class OriginalWeights(Weights):
    """How much each loss counts, and how the discriminator learns."""

    adversarial: float = 1.0
    feature_matching: float = 10.0
    instance_noise: float = described(0.1, "standard deviation of the noise on the mels that the discriminator reads")
    discriminator_rate: float = 2e-4


class Original(Objective):
    """Adversarial and feature-matching losses alone.

    He made a new discriminator after the global stage. So there are two opponents, each of which learns only where the
    other does not.
    """

    Weights: ClassVar[type[Weights]] = OriginalWeights
    learning_rate: ClassVar[float] = 2e-4
    averaging_decay: ClassVar[float] = 0.0
    max_gradient_norm: ClassVar[float] = float("inf")
    weights: OriginalWeights

    def __init__(self, config: Config, weights: OriginalWeights) -> None:
        super().__init__(config, weights)
        rate = weights.discriminator_rate
        names = ("global_discriminator", "discriminator")
        self.opponents = {name: Opponent(OriginalDiscriminator(), rate) for name in names}

    def step(self, batch: Batch, draw: Draw) -> Losses:
        """Compute the losses of one step."""
        name = "global_discriminator" if batch.stage.coarse else "discriminator"
        return self._judged(name, self.opponents[name].network, batch, draw(batch.label, batch.condition))

    def _judged(self, name: str, discriminator: nn.Module, batch: Batch, generated: torch.Tensor) -> Losses:
        label = batch.target_label
        noise = torch.randn(generated.shape, generator=batch.random, device=generated.device)
        noise = self.weights.instance_noise * noise
        on_real = discriminator(label, batch.target + noise)
        on_generated = discriminator(label, generated.detach() + noise)
        passed = judge_generated(discriminator, label, generated + noise)
        return {
            "adversarial": adversarial_loss(passed, real=True),
            "feature_matching": feature_distances(passed, on_real).sum(),
            name: adversarial_loss(on_real, real=True) + adversarial_loss(on_generated, real=False),
        }

    def stages(self, steps: int) -> tuple[Stage, ...]:
        """Return the course of a run of ``steps``, in the ratio of his epochs."""
        epochs = GLOBAL_EPOCHS + LOCAL_EPOCHS + JOINT_EPOCHS
        n_global, n_local = round(steps * GLOBAL_EPOCHS / epochs), round(steps * LOCAL_EPOCHS / epochs)
        return (
            Stage("global", n_global, coarse=True, adversarial=True),
            Stage("local", n_local, coarse=False, adversarial=True),
            Stage("joint", steps - n_global - n_local, coarse=False, adversarial=True),
        )

    def rate_factor(self, step: int, stages: tuple[Stage, ...]) -> float:
        """Return 1, then a linear fall to 0, once in the global stage and once in the two others together."""
        n_global = sum(stage.steps for stage in stages if stage.coarse)
        n_others = sum(stage.steps for stage in stages) - n_global
        if step < n_global:
            return constant_then_fall(step, n_global, n_global * CONSTANT_EPOCHS / GLOBAL_EPOCHS)
        constant = n_others * CONSTANT_EPOCHS / (LOCAL_EPOCHS + JOINT_EPOCHS)
        return constant_then_fall(step - n_global, n_others, constant)
