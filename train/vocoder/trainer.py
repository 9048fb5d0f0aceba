"""The vocoder that learns: its network, the running average of its weights, and one step."""

from __future__ import annotations

from typing import Any, cast

import torch

from hum2guitar.config import Config
from hum2guitar.synthesis.inversion.vocoder import Design, Vocoder
from train.objective.schedule import warm_up_then_fall
from train.run.divergence import check_finite
from train.run.learner import Learner, load_average, running_average
from train.vocoder.losses import losses
from train.vocoder.material import Batch, Material
from train.vocoder.settings import Settings

BETAS = (0.9, 0.999)
EMA_DECAY = 0.995
MAX_GRADIENT_NORM = 1.0
N_VALIDATION = 6  # segments of each kind


class Trainer:
    """Everything that a saved state holds. ``step`` counts the updates, ``seconds`` the time they took."""

    def __init__(self, config: Config, settings: Settings) -> None:
        torch.manual_seed(settings.seed)
        self.design, self.settings = Design(config, settings.width, settings.blocks), settings
        self.network = Vocoder(self.design)
        self.average = running_average(self.network, EMA_DECAY)
        self.learner = Learner(
            self.network,
            settings.learning_rate,
            lambda step: warm_up_then_fall(step, settings.steps),
            betas=BETAS,
            max_gradient_norm=MAX_GRADIENT_NORM,
        )
        self.step, self.seconds = 0, 0.0

    def train_step(self, batch: Batch) -> dict[str, float]:
        """Make one update; returns the losses by name, their weighted sum as ``total``.

        Raises DivergedError, before any weight changes, where one of them is no finite number.
        """
        found = losses(self.network, batch, self.design.config)
        total = torch.stack([getattr(self.settings.weights, name) * loss for name, loss in found.items()]).sum()
        self.learner.clear_gradients()
        norm = self.learner.backward(total)
        report = {name: loss.item() for name, loss in (found | {"total": total, "gradient_norm": norm}).items()}
        check_finite(report, self.step)
        self.learner.update()
        self.average.update_parameters(self.network)
        self.step += 1
        return report

    @torch.inference_mode()
    def validate(self, materials: dict[str, Material]) -> dict[str, dict[str, float]]:
        """Return the losses of the averaged weights on a few segments of each kind of mel, by kind and loss."""
        network, figures = cast(Vocoder, self.average.module), {}
        for kind, material in materials.items():
            found = [losses(network, material.batch(i, 1), self.design.config) for i in range(N_VALIDATION)]
            figures[kind] = {name: sum(loss[name].item() for loss in found) / len(found) for name in found[0]}
        return figures

    def state(self) -> dict[str, Any]:
        """Return everything that the next step depends on."""
        averaged = {"average": self.average.module.state_dict()}
        return self.learner.state() | averaged | {"step": self.step, "seconds": self.seconds}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.step, self.seconds = state["step"], state["seconds"]
        self.learner.load_state(state, self.step)
        load_average(self.average, state["average"], self.step)
