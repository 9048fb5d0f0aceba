"""The generator, the objective and the step: from a batch to a dict of floats, on one process or on each of several."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import torch

from hum2guitar.config import Config
from hum2guitar.synthesis import generator
from train.data.feed import Images
from train.objective import OBJECTIVES
from train.objective.objective import Batch, Draw, Losses
from train.objective.stages import Stage, last_alone, set_learning, stage_at
from train.run.divergence import check_finite
from train.run.gradient_norms import RecentNorms, gradient_norms
from train.run.learner import Learner, load_average, running_average
from train.run.machine import Machine, Processes
from train.run.settings import Settings


class Trainer:
    """The networks, their optimisers and the step they have reached: all that a saved state holds.

    config : the given one, with the objective's sampler
    learners : "generator", and the objective's opponents by their names
    average : the running average of the generator's weights, which is validated and exported
    """

    def __init__(
        self, config: Config, settings: Settings, processes: Processes | None = None, *, compiled: bool = False
    ) -> None:
        torch.manual_seed(settings.seed)
        kind = OBJECTIVES[settings.objective]
        self.config, self.settings = replace(config, sampler=kind.sampler), settings
        self.processes = processes or Machine().join()
        # channels last halves the time of a step on a CPU, and suits tensor cores
        layout: dict[str, Any] = {"device": self.processes.device, "memory_format": torch.channels_last}
        self.generator = generator.build(self.config).to(**layout)
        self.objective = kind(self.config, settings.weights)
        planned = self.objective.stages(settings.steps)
        self.stages = last_alone(planned) if settings.joint_only else planned
        self.average = running_average(self.generator, self.objective.averaging_decay)
        self.learners = {
            "generator": self._learner(
                self.generator, settings.learning_rate, max_gradient_norm=self.objective.max_gradient_norm
            )
        }
        for name, opponent in self.objective.opponents.items():
            self.learners[name] = self._learner(opponent.network.to(**layout), opponent.learning_rate)
        self._coarse: Draw = self.generator.coarse
        if compiled:
            self._compile()
        self.step, self.seconds = 0, 0.0
        self.norms = RecentNorms()

    @property
    def stage(self) -> Stage:
        """The stage of the next step."""
        return stage_at(self.stages, self.step)

    def train_step(self, images: Images) -> dict[str, float]:
        """Update the generator and, where the stage has them, its opponents.

        images : label (B, C, M, N), target (B, 1, M, N), condition (B, G + 2), this process's share of the batch, the
            condition on the CPU

        Returns the losses and the networks' gradient norms by name, averaged over the processes. Raises DivergedError,
        before any weight changes, where one is not finite.
        """
        stage = self.stage
        set_learning(self.generator, stage)
        for learner in self.learners.values():
            learner.clear_gradients()
        with self.processes.autocast():
            losses = self.objective.step(self._batch(images, stage), self._coarse if stage.coarse else self.generator)
        weighted = {
            name: self.objective.weight(name) * loss for name, loss in losses.items() if name not in self.learners
        }
        norms = gradient_norms(weighted, self.generator, self.processes) if self._measures_norms else {}
        report = self._update(losses | self._backward(losses, weighted))
        if norms:
            self.norms.add(stage.name, {name: norm.item() for name, norm in norms.items()})
        self.average.update_parameters(self.generator)
        self.step += 1
        return report

    @property
    def _measures_norms(self) -> bool:
        return (self.step + 1) % self.settings.log_steps == 0 or self.step + 1 == self.settings.steps

    def _backward(self, losses: Losses, weighted: Losses) -> Losses:
        """Fill all gradients; returns the generator's ``total`` and each network's gradient norm."""
        total = torch.stack(list(weighted.values())).sum()
        found = {"total": total, "generator_norm": self.learners["generator"].backward(total)}
        for name, learner in self.learners.items():
            if name in losses:
                found[f"{name}_norm"] = learner.backward(losses[name])
        return found

    def _update(self, found: Losses) -> dict[str, float]:
        """Change all weights; returns what was found, averaged over the processes. Raises DivergedError.

        The device itself refuses to change a weight where a number is not finite. The host reads the numbers after the
        last update has been queued, so the device does not stand still in the middle of a step.
        """
        values = self.processes.mean(torch.stack([value.detach().float() for value in found.values()]))
        refused = (~values.isfinite().all()).float()
        for learner in self.learners.values():
            learner.update(refused)
        report = dict(zip(found, values.tolist(), strict=True))
        check_finite(report, self.step)
        return report

    def _batch(self, images: Images, stage: Stage) -> Batch:
        label, target, condition = images
        plucked = torch.nonzero(condition[:, -1] == 0).flatten()
        condition, plucked = (x.to(label.device, non_blocking=True) for x in (condition, plucked))
        random = self.processes.random(((self.settings.seed << 40) + (self.step << 16) + self.processes.rank) % 2**63)
        target_label = label
        if stage.coarse:
            target, target_label = (self.generator.halve_frequency(image) for image in (target, label))
        return Batch(label, target, target_label, condition, plucked, stage, self.step, random)

    def _learner(self, network: torch.nn.Module, learning_rate: float, **options: Any) -> Learner:
        rate_factor = partial(self.objective.rate_factor, stages=self.stages)
        return Learner(network, learning_rate, rate_factor, processes=self.processes, **options)

    def _compile(self) -> None:
        # a compiled backward pass gives its buffers away unless told not to; the gradient norms read them again
        torch._functorch.config.donated_buffer = False
        for learner in self.learners.values():
            learner.network.compile()
        self._coarse = torch.compile(self.generator.coarse)

    def state(self) -> dict[str, Any]:
        """Return everything that the next step depends on."""
        return {name: learner.state() for name, learner in self.learners.items()} | {
            "average": self.average.module.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "recent_norms": self.norms.state(),
            "gradient_norms": self.norms.medians(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.step, self.seconds = state["step"], state["seconds"]
        for name, learner in self.learners.items():
            learner.load_state(state[name], self.step)
        load_average(self.average, state["average"], self.step)
        self.norms.load_state(state["recent_norms"])
