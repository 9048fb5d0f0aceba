"""The networks and the step: from a batch to a dict of floats, on one process or on each of several.

**Several processes.** The networks are not wrapped in DistributedDataParallel. After each backward pass the gradients
are averaged over the processes by one all-reduce of one flat vector. All losses are means over the batch and every
process holds an equal share of it, so that average is the joined batch's gradient. This knows nothing of stages: which
weights learn changes twice a run, and the generator's loss goes through a frozen discriminator, both of which DDP's
hooks must be told about. What it gives up, overlapping the all-reduce with the backward pass, is little for networks
of a few million weights. All processes begin from the same seed and apply the same averaged gradients, so their
weights never part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from hum2guitar.config import Config
from hum2guitar.errors import CheckpointError, UserError
from hum2guitar.synthesis import checkpoint, generator
from train.data.augment import Strength
from train.data.dataset import Segments
from train.flags import check_numbers
from train.objective.discriminator import MultiScaleDiscriminator
from train.objective.losses import (
    LossWeights,
    adversarial_loss,
    audibility,
    feature_matching_loss,
    gradient_penalty,
    l1_loss,
    motion_loss,
)
from train.run.divergence import check_finite
from train.run.export import origin, read_state
from train.run.stages import plan, set_learning, stage_at
from train.run.warm_start import adapt

BETAS = (0.5, 0.999)  # as in Pix2PixHD
EMA_DECAY = 0.998
WARM_UP = 50  # steps
MAX_GRADIENT_NORM = 10.0
R1_EVERY = 16  # steps; lazy regularisation as in StyleGAN2 (Karras et al., CVPR 2020, section 3.1)
NETWORKS = ("generator", "discriminator", "average", "optimiser", "discriminator_optimiser")


@dataclass(frozen=True)
class Settings:
    """What a run is told and what its outcome depends on, saved beside its state."""

    steps: int = 3000
    batch_size: int = 4  # over all processes
    learning_rate: float = 5e-4
    discriminator_rate: float = 2e-4
    seed: int = 0
    joint_only: bool = False  # what begins from trained weights needs no coarse beginning
    save_minutes: float = 5.0
    log_steps: int = 20
    validate_steps: int = 500
    r1: float = 0.0
    spectral_norm: bool = False
    follow_only: tuple[str, ...] = ()  # guitars too noisy to be played as, from which follow alone may learn
    weights: LossWeights = field(default_factory=LossWeights)
    strength: Strength = field(default_factory=Strength)

    def __post_init__(self) -> None:
        check_numbers(self, steps=0, batch_size=1, seed=0)


@dataclass(frozen=True)
class Machine:
    """What a run is made on: this changes its speed, and of its outcome no more than rounding."""

    device: str = "cpu"  # or "cuda", "mps"
    workers: int = 0  # processes that prepare segments, for each process that trains
    compiled: bool = False

    def __post_init__(self) -> None:
        check_numbers(self, workers=0)

    def accelerator(self) -> Accelerator:
        """One of the processes of this run: bfloat16 on CUDA, float32 elsewhere.

        Raises UserError where the device is not here. Under torchrun each process has its own GPU, else the first that
        CUDA_VISIBLE_DEVICES shows.
        """
        here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        if not here.get(self.device):
            known = ", ".join(name for name, is_here in here.items() if is_here)
            raise UserError(f"there is no device {self.device!r} here; use --device {known}")
        return Accelerator(cpu=self.device == "cpu", mixed_precision="bf16" if self.device == "cuda" else "no")


class Trainer:
    """The networks, their optimisers and the step they have reached: all that a saved state holds."""

    def __init__(
        self, config: Config, settings: Settings, accelerator: Accelerator | None = None, *, compiled: bool = False
    ) -> None:
        torch.manual_seed(settings.seed)
        self.config, self.settings = config, settings
        self.accelerator = accelerator or Machine().accelerator()
        self.stages = plan(settings.steps, settings.joint_only)
        # channels last halves the time of a step on a CPU, and suits tensor cores
        layout: dict[str, Any] = {"device": self.device, "memory_format": torch.channels_last}
        self.generator = generator.build(config).to(**layout)
        self.discriminator = MultiScaleDiscriminator(spectral_norm=settings.spectral_norm).to(**layout)
        self.average = generator.build(config).to(**layout).eval().requires_grad_(False)
        self.average.load_state_dict(self.generator.state_dict())
        self.optimiser = _adam(self.generator, settings.learning_rate)
        self.discriminator_optimiser = _adam(self.discriminator, settings.discriminator_rate)
        self.draw_coarse: Callable[..., torch.Tensor] = self.generator.coarse
        if compiled:
            self.generator.compile()
            self.discriminator.compile()
            self.draw_coarse = torch.compile(self.generator.coarse)
        self.step = 0
        self.seconds = 0.0

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.accelerator.device

    def train_step(self, label: torch.Tensor, target: torch.Tensor, condition: torch.Tensor) -> dict[str, float]:
        """One update of the generator and, where the stage has one, of the discriminator.

        label (B, C, M, N), target (B, 1, M, N), condition (B, G + 2), this process's share of the batch → losses by
        name, averaged over the processes. Raises DivergedError, before any weight changes, where one is not finite.
        """
        stage = stage_at(self.stages, self.step)
        set_learning(self.generator, stage)
        self._set_learning_rates()
        weights = self.settings.weights
        adversarial = stage.adversarial and weights.uses_discriminator
        with self.accelerator.autocast():
            if stage.coarse:
                target = self.generator.halve_frequency(target)
                drawn = self.draw_coarse(label, condition)
                label = self.generator.halve_frequency(label)
            else:
                drawn = self.generator(label, condition)
            heard = audibility(drawn, target, condition, weights.inaudible)
            losses = {"l1": l1_loss(drawn, target, heard), "motion": motion_loss(drawn, target, heard)}
            if adversarial:
                losses |= self._fooling_losses(label, target, drawn)
            total = torch.stack([getattr(weights, name) * loss for name, loss in losses.items()]).sum()
        norm = self._backward(total, self.generator, self.optimiser, MAX_GRADIENT_NORM)
        losses |= {"generator": total, "gradient_norm": norm}
        if adversarial:
            loss = self._discriminator_loss(label, target, drawn.detach())
            norm = self._backward(loss, self.discriminator, self.discriminator_optimiser, float("inf"))
            losses |= {"discriminator": loss, "discriminator_norm": norm}
        values = self.accelerator.reduce(torch.stack([loss.detach().float() for loss in losses.values()]), "mean")
        report = dict(zip(losses, values.tolist(), strict=True))
        check_finite(report, self.step)
        self.optimiser.step()
        if adversarial:
            self.discriminator_optimiser.step()
        update_average(self.average, self.generator, self.step, EMA_DECAY)
        self.step += 1
        return report

    def _fooling_losses(
        self, label: torch.Tensor, target: torch.Tensor, drawn: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        self.discriminator.requires_grad_(False)
        on_drawn = self.discriminator(label, drawn)
        with torch.no_grad():
            on_real = self.discriminator(label, target)
        return {
            "adversarial": adversarial_loss(on_drawn, real=True),
            "feature_matching": feature_matching_loss(on_drawn, on_real),
        }

    def _discriminator_loss(self, label: torch.Tensor, target: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        self.discriminator.requires_grad_(True)
        with self.accelerator.autocast():
            on_real = adversarial_loss(self.discriminator(label, target), real=True)
            on_drawn = adversarial_loss(self.discriminator(label, drawn), real=False)
            loss = (on_real + on_drawn) / 2
        if self.settings.r1 and self.step % R1_EVERY == 0:
            loss = loss + self.settings.r1 / 2 * R1_EVERY * gradient_penalty(self.discriminator, label, target)
        return loss

    def _backward(
        self, loss: torch.Tensor, network: torch.nn.Module, optimiser: torch.optim.Optimizer, max_norm: float
    ) -> torch.Tensor:
        """Fill the network's gradients with the whole batch's, clipped; returns their norm before that, a scalar."""
        optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        average_gradients(network.parameters(), self.accelerator)
        return torch.nn.utils.clip_grad_norm_(network.parameters(), max_norm)

    def _set_learning_rates(self) -> None:
        factor = rate_factor(self.step, self.settings.steps)
        for optimiser, rate in (
            (self.optimiser, self.settings.learning_rate),
            (self.discriminator_optimiser, self.settings.discriminator_rate),
        ):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {name: getattr(self, name).state_dict() for name in NETWORKS} | {
            "step": self.step,
            "seconds": self.seconds,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        for name in NETWORKS:
            getattr(self, name).load_state_dict(state[name])
        self.step, self.seconds = state["step"], state["seconds"]

    def warm_start(self, source: Path) -> dict[str, Any]:
        """Begin from a checkpoint file's generator, or from a run folder's averaged generator and discriminator.

        Returns where they came from. Raises CheckpointError for another Config, or another kind of discriminator.
        """
        if source.is_dir():
            described, state = read_state(source)
            config, provenance = Config.from_dict(described["config"]), origin(described, state)
            weights = state["average"]
            if described["settings"]["spectral_norm"] != self.settings.spectral_norm:
                raise CheckpointError(
                    f"the discriminator of {source} was trained with another choice of --spectral-norm; make the same"
                )
        else:
            loaded = checkpoint.load(source)
            config, provenance, weights = loaded.config, loaded.provenance, loaded.generator.state_dict()
        weights = adapt(weights, config, self.config)
        self.generator.load_state_dict(weights)
        self.average.load_state_dict(weights)
        if source.is_dir():
            self.discriminator.load_state_dict(state["discriminator"])
        return provenance


def training_segments(corpus: Path, config: Config, settings: Settings) -> Segments:
    """The segments that a run with these settings learns from."""
    return Segments(
        corpus,
        "train",
        config,
        seed=settings.seed,
        strength=settings.strength,
        follow_only=settings.follow_only,
    )


def rate_factor(step: int, steps: int) -> float:
    """Constant for the first half of the run, then linearly down to nothing; a short rise at the very start."""
    return min(1.0, (step + 1) / WARM_UP) * min(1.0, 2 * (1 - step / steps))


@torch.no_grad()
def update_average(average: torch.nn.Module, network: torch.nn.Module, step: int, decay: float) -> None:
    """Move the running average of a network's weights on by a step; in the first steps it follows faster."""
    decay = min(decay, (1 + step) / (10 + step))
    for averaged, current in zip(average.parameters(), network.parameters(), strict=True):
        averaged.lerp_(current, 1 - decay)


def _adam(network: torch.nn.Module, rate: float) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), rate, betas=BETAS, fused=True)


@torch.no_grad()
def average_gradients(parameters: Iterable[torch.nn.Parameter], accelerator: Accelerator) -> None:
    """Replace each gradient by its mean over the processes, with one all-reduce; nothing where there is one."""
    if accelerator.num_processes == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = accelerator.reduce(torch.cat([gradient.flatten() for gradient in gradients]), "mean")
    pieces = flat.split([gradient.numel() for gradient in gradients])
    for gradient, piece in zip(gradients, pieces, strict=True):
        gradient.copy_(piece.view_as(gradient))
