"""The training loop: one step is a function from a batch to a dict of floats; the rest is keeping books."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from hum2guitar import checkpoint, generator, harmonics
from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.files import replacing

from .augment import Strength
from .corpus.store import write_json
from .dataset import Onward, Segments
from .discriminator import MultiScaleDiscriminator
from .losses import LossWeights, adversarial_loss, audibility, feature_matching_loss, l1_loss, motion_loss
from .stages import plan, set_learning, stage_at
from .warm_start import weights_for

BETAS = (0.5, 0.999)  # as in Pix2PixHD
EMA_DECAY = 0.998
N_VALIDATION = 16


@dataclass(frozen=True)
class Settings:
    """What a run is told, saved beside its state."""

    steps: int = 3000
    batch_size: int = 4
    learning_rate: float = 5e-4
    discriminator_rate: float = 2e-4
    seed: int = 0
    joint_only: bool = False  # what begins from trained weights needs no coarse beginning
    save_minutes: float = 5.0
    log_steps: int = 20
    workers: int = 0
    weights: LossWeights = field(default_factory=LossWeights)
    strength: Strength = field(default_factory=Strength)


class Trainer:
    """The networks, their optimisers and the step they have reached: all that a saved state holds."""

    def __init__(self, config: Config, settings: Settings, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self.config, self.settings, self.device = config, settings, device
        self.stages = plan(settings.steps, settings.joint_only)
        # channels last halves the time of a step on a CPU, and suits tensor cores
        layout: dict[str, Any] = {"device": device, "memory_format": torch.channels_last}
        self.generator = generator.build(config).to(**layout)
        self.discriminator = MultiScaleDiscriminator().to(**layout)
        self.average = generator.build(config).to(**layout).eval().requires_grad_(False)
        self.average.load_state_dict(self.generator.state_dict())
        self.optimiser = torch.optim.Adam(self.generator.parameters(), settings.learning_rate, betas=BETAS)
        self.judge_optimiser = torch.optim.Adam(
            self.discriminator.parameters(), settings.discriminator_rate, betas=BETAS
        )
        self.step = 0
        self.seconds = 0.0

    def train_step(self, label: torch.Tensor, target: torch.Tensor, condition: torch.Tensor) -> dict[str, float]:
        """One update of the generator and, where the stage has one, of the discriminator.

        label (B, C, M, N), target (B, 1, M, N), condition (B, G + 2) → losses by name.
        """
        stage = stage_at(self.stages, self.step)
        set_learning(self.generator, stage)
        self._set_learning_rates()
        weights = self.settings.weights
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            if stage.coarse:
                target = generator.halve_frequency(target)
                drawn = self.generator.coarse(label, condition)
                label = generator.halve_frequency(label)
            else:
                drawn = self.generator(label, condition)
            heard = audibility(drawn, target, weights.inaudible)
            losses = {"l1": l1_loss(drawn, target, heard), "motion": motion_loss(drawn, target, heard)}
            if stage.adversarial and weights.judged:
                losses |= self._judged(label, target, drawn)
            total = torch.stack([getattr(weights, name) * loss for name, loss in losses.items()]).sum()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.generator.parameters(), 10.0)
        self.optimiser.step()
        report = {name: loss.item() for name, loss in losses.items()} | {"generator": total.item()}
        if stage.adversarial and weights.judged:
            report["discriminator"] = self._judge_step(label, target, drawn.detach())
        if not np.isfinite(report["generator"]):
            raise UserError(
                f"training diverged at step {self.step} (the loss is {report['generator']}); "
                "resume from the last saved state with a lower --learning-rate"
            )
        self._update_average()
        self.step += 1
        return report

    def _judged(self, label: torch.Tensor, target: torch.Tensor, drawn: torch.Tensor) -> dict[str, torch.Tensor]:
        self.discriminator.requires_grad_(False)
        on_drawn = self.discriminator(label, drawn)
        with torch.no_grad():
            on_real = self.discriminator(label, target)
        return {
            "adversarial": adversarial_loss(on_drawn, real=True),
            "feature_matching": feature_matching_loss(on_drawn, on_real),
        }

    def _judge_step(self, label: torch.Tensor, target: torch.Tensor, drawn: torch.Tensor) -> float:
        self.discriminator.requires_grad_(True)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            on_real = adversarial_loss(self.discriminator(label, target), real=True)
            on_drawn = adversarial_loss(self.discriminator(label, drawn), real=False)
            loss = (on_real + on_drawn) / 2
        self.judge_optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.judge_optimiser.step()
        return loss.item()

    def _set_learning_rates(self) -> None:
        """Constant for the first half of the run, then linearly down to nothing; a short rise at the very start."""
        done = self.step / self.settings.steps
        factor = min(1.0, (self.step + 1) / 50) * min(1.0, 2 * (1 - done))
        for optimiser, rate in (
            (self.optimiser, self.settings.learning_rate),
            (self.judge_optimiser, self.settings.discriminator_rate),
        ):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(EMA_DECAY, (1 + self.step) / (10 + self.step))
        for average, current in zip(self.average.parameters(), self.generator.parameters(), strict=True):
            average.lerp_(current, 1 - decay)

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "judge_optimiser": self.judge_optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        for name in ("generator", "discriminator", "average", "optimiser", "judge_optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.seconds = state["step"], state["seconds"]

    def warm_start(self, path: Path) -> dict[str, Any]:
        """Begin from a checkpoint's weights; returns its provenance. Raises CheckpointError for another Config."""
        loaded = checkpoint.load(path)
        weights = weights_for(loaded, self.config)
        self.generator.load_state_dict(weights)
        self.average.load_state_dict(weights)
        return loaded.provenance


def fit(
    corpus: Path,
    out: Path,
    config: Config,
    settings: Settings,
    *,
    device: str = "cpu",
    resume: bool = False,
    warm_start: Path | None = None,
    on_step: Callable[[int, dict[str, float]], None] | None = None,
) -> dict[str, float]:
    """Train, or go on training, in the run folder ``out``; returns the last step's losses.

    State is written every ``save_minutes``, at the end, and on SIGINT, which ends the run cleanly.
    """
    trainer = Trainer(config, settings, torch.device(device))
    state_file = out / "state.pt"
    if resume:
        trainer.load_state(torch.load(_saved(state_file), map_location=device, weights_only=True))
    elif state_file.exists():
        raise UserError(f"{out} holds a run already; go on with --resume, or choose another folder")
    else:
        described = {
            "commit": commit(),
            "config": config.to_dict(),
            "settings": asdict(settings),
            "corpus": str(corpus),
            "began_from": trainer.warm_start(warm_start) if warm_start is not None else None,
        }
        out.mkdir(parents=True, exist_ok=True)
        write_json(out / "run.json", described)

    segments = Segments(corpus, "train", config, seed=settings.seed, strength=settings.strength)
    validation = Segments(corpus, "validation", config, seed=1, strength=settings.strength)
    numbers = Onward(trainer.step * settings.batch_size, settings.steps * settings.batch_size)
    loader = DataLoader(segments, settings.batch_size, sampler=numbers, num_workers=settings.workers, drop_last=True)
    board = SummaryWriter(str(out / "log"), purge_step=trainer.step)
    interrupted = _Interrupt()
    started = saved = time.monotonic()
    before = trainer.seconds
    report: dict[str, float] = {}
    with interrupted, tqdm(loader, initial=trainer.step, total=settings.steps, unit="step", dynamic_ncols=True) as bar:
        for batch in bar:
            batch = {name: tensor.to(trainer.device, non_blocking=True) for name, tensor in batch.items()}
            label, target = (image.to(memory_format=torch.channels_last) for image in segments.draw(batch))
            report = trainer.train_step(label, target, batch["condition"])
            trainer.seconds = before + time.monotonic() - started
            if on_step is not None:
                on_step(trainer.step, report)
            if trainer.step % settings.log_steps == 0:
                _log(board, trainer, report)
                bar.set_description(stage_at(trainer.stages, trainer.step).name)
                bar.set_postfix({name: f"{value:.3f}" for name, value in report.items()})
            if time.monotonic() - saved > 60 * settings.save_minutes:
                save_state(state_file, trainer)
                validate(board, trainer, validation)
                saved = time.monotonic()
            if interrupted:
                break
    save_state(state_file, trainer)
    validate(board, trainer, validation)
    board.close()
    return report


def read_run(folder: Path) -> tuple[Config, Settings]:
    """What the run in a folder was told. Raises UserError where there is no run."""
    described = json.loads(_saved(folder / "run.json").read_text())
    told = described["settings"]
    told |= {"weights": LossWeights(**told["weights"]), "strength": Strength(**told["strength"])}
    return Config.from_dict(described["config"]), Settings(**told)


def _saved(file: Path) -> Path:
    if not file.is_file():
        raise UserError(f"there is no run to resume in {file.parent}; leave --resume out, or name the run's folder")
    return file


def save_state(path: Path, trainer: Trainer) -> None:
    """Write the state all or nothing, so that a run killed while saving can still be resumed."""
    with replacing(path) as partial:
        torch.save(trainer.state(), partial)


def _log(board: SummaryWriter, trainer: Trainer, report: dict[str, float]) -> None:
    for name, value in report.items():
        board.add_scalar(f"loss/{name}", value, trainer.step)
    board.add_scalar("learning_rate", trainer.optimiser.param_groups[0]["lr"], trainer.step)


def commit() -> str:
    """The commit of the code, "unknown" outside a git checkout; "+changes" where it is not clean."""
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+changes" if changed.strip() else "")


@torch.no_grad()
def validate(board: SummaryWriter, trainer: Trainer, segments: Segments) -> float:
    """L1 (in dB) of the averaged weights on the same few validation segments each time, and their pictures."""
    examples = [segments[i] for i in range(N_VALIDATION)]
    batch = {name: torch.stack([e[name] for e in examples]).to(trainer.device) for name in examples[0]}
    label, target = segments.draw(batch)
    coarse = stage_at(trainer.stages, max(0, trainer.step - 1)).coarse
    if coarse:
        drawn, target = trainer.average.coarse(label, batch["condition"]), generator.halve_frequency(target)
        label = generator.halve_frequency(label)
    else:
        drawn = trainer.average(label, batch["condition"])
    span = trainer.config.mel_ceil_db - trainer.config.mel_floor_db
    error_db = F.l1_loss(drawn.clamp(-1, 1), target).item() * span / 2
    board.add_scalar("validation/l1_db", error_db, trainer.step)
    images = torch.stack([label[:4, 0], drawn[:4, 0].clamp(-1, 1), target[:4, 0]], dim=1).flatten(0, 1)
    board.add_images(
        f"validation/{harmonics.CHANNELS[0]}, drawn, target",
        ((images + 1) / 2).flip(-2)[:, None].cpu(),
        trainer.step,
    )
    return error_db


class _Interrupt:
    """True once SIGINT came; while it is entered, SIGINT asks for an orderly end instead of raising."""

    def __init__(self) -> None:
        self._asked = False

    def __bool__(self) -> bool:
        return self._asked

    def __enter__(self) -> _Interrupt:
        self._previous = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._previous)

    def _ask(self, *_: object) -> None:
        self._asked = True
