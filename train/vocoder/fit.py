"""Training the vocoder: ``vocoder fit`` and ``vocoder export``."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from hum2guitar import Hum2Guitar
from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.files import replacing
from hum2guitar.synthesis.inversion import vocoder
from hum2guitar.synthesis.inversion.vocoder import Design, Vocoder
from train.corpus.store import write_json
from train.flags import check_numbers
from train.objective.schedule import warm_up_then_fall
from train.run.divergence import check_finite
from train.run.folder import commit, origin, read_state
from train.run.interrupt import Interrupt
from train.run.learner import load_average, running_average
from train.vocoder.material import KINDS, Material, Weights, losses

EMA_DECAY = 0.995
MAX_GRADIENT_NORM = 1.0
N_VALIDATION = 6  # segments of each kind
LOG_STEPS = 20


@dataclass(frozen=True)
class Settings:
    """What a run is told and what its outcome depends on, saved beside its state."""

    steps: int = 2000
    batch_size: int = 2
    learning_rate: float = 2e-3
    seed: int = 0
    width: int = 32
    blocks: int = 4
    checkpoint: str | None = None  # whose generator draws the generated mels; None for the bundled one
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        check_numbers(self, steps=0, batch_size=1, seed=0, width=1, blocks=0)


class Learner:
    """The network, its running average, its optimiser and the step reached: all that a saved state holds."""

    def __init__(self, config: Config, settings: Settings) -> None:
        torch.manual_seed(settings.seed)
        self.design = Design(config, settings.width, settings.blocks)
        self.settings = settings
        self.network = Vocoder(self.design)
        self.average = running_average(self.network, EMA_DECAY)
        self.optimiser = torch.optim.Adam(self.network.parameters(), settings.learning_rate)
        self.step, self.seconds = 0, 0.0

    def train_step(self, batch: dict[str, torch.Tensor]) -> dict[str, float]:
        """One update → the losses by name. Raises DivergedError, before any weight changes, where one is no number."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * warm_up_then_fall(self.step, self.settings.steps)
        found = losses(self.network, batch, self.design.config)
        total = torch.stack([getattr(self.settings.weights, name) * loss for name, loss in found.items()]).sum()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), MAX_GRADIENT_NORM)
        report = {name: loss.item() for name, loss in (found | {"total": total, "gradient_norm": norm}).items()}
        check_finite(report, self.step)
        self.optimiser.step()
        self.average.update_parameters(self.network)
        self.step += 1
        return report

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        networks = {name: getattr(self, name).state_dict() for name in ("network", "optimiser")}
        return networks | {"average": self.average.module.state_dict(), "step": self.step, "seconds": self.seconds}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        for name in ("network", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.seconds = state["step"], state["seconds"]
        load_average(self.average, state["average"], self.step)


def fit(corpus: Path, out: Path, settings: Settings, *, save_minutes: float = 5.0) -> dict[str, dict[str, float]]:
    """Train from the beginning in the new run folder ``out``; the validation losses by kind of mel.

    State is written at the beginning, every ``save_minutes``, at the end, and on SIGINT, which ends the run cleanly.
    """
    if (out / "state.pt").exists():
        raise UserError(f"{out} holds a run already; go on with --resume, or choose another folder")
    converter = Hum2Guitar.from_pretrained(settings.checkpoint)
    learner = Learner(converter.config, settings)
    material = Material(corpus, "train", converter, settings.seed)
    Material(corpus, "validation", converter, 1)  # missing takes are to be known of before hours of training
    describe(out, corpus, learner, converter)
    save(out, learner)
    return _go(corpus, out, learner, material, save_minutes)


def resume(out: Path, *, steps: int | None = None, save_minutes: float = 5.0) -> dict[str, dict[str, float]]:
    """Go on where the run in a folder stopped, with its corpus and settings, up to ``steps`` where they are given.

    A run that is made longer takes the learning rate that a run of that length has there. Raises UserError where there
    is no run.
    """
    described, state = read_state(out, "design")
    if steps is not None:
        if steps < state["step"]:
            raise UserError(f"the run in {out} has done {state['step']} steps; --steps {steps} must not be fewer")
        described["settings"]["steps"] = steps
    told = described["settings"]
    settings = Settings(**(told | {"weights": Weights(**told["weights"])}))
    converter = Hum2Guitar.from_pretrained(settings.checkpoint)
    learner = Learner(converter.config, settings)
    learner.load_state(state)
    corpus = Path(described["corpus"])
    material = Material(corpus, "train", converter, settings.seed)
    write_json(out / "run.json", described)
    return _go(corpus, out, learner, material, save_minutes)


def export(run: Path, out: Path) -> dict[str, Any]:
    """Write a run's averaged weights as a vocoder file and return its provenance."""
    described, state = read_state(run, "design")
    provenance = origin(described, state) | {"generator": described["generator"]}
    vocoder.save(out, state["average"], Design.from_dict(described["design"]), provenance)
    return provenance


def _go(corpus: Path, out: Path, learner: Learner, material: Material, save_minutes: float) -> dict[str, Any]:
    settings, size = learner.settings, learner.settings.batch_size
    before, started = learner.seconds, time.monotonic()
    saved = started
    progress = tqdm(initial=learner.step, total=settings.steps, unit="step", dynamic_ncols=True)
    board = SummaryWriter(str(out / "log"), purge_step=learner.step)
    with board, progress as bar, Interrupt() as interrupt:
        while learner.step < settings.steps and not interrupt:
            report = learner.train_step(material.batch(learner.step * size, size))
            learner.seconds = before + time.monotonic() - started
            bar.update()
            if learner.step % LOG_STEPS == 0:
                for name, value in report.items():
                    board.add_scalar(f"loss/{name}", value, learner.step)
                bar.set_postfix({name: f"{value:.3f}" for name, value in report.items()})
            if time.monotonic() - saved > 60 * save_minutes:
                save(out, learner)
                saved = time.monotonic()
        save(out, learner)
        figures = validate(learner, corpus, material.converter)
        for kind, values in figures.items():
            for name, value in values.items():
                board.add_scalar(f"validation/{kind} {name}", value, learner.step)
    return figures


def describe(out: Path, corpus: Path, learner: Learner, converter: Hum2Guitar) -> None:
    """Write what the run in a folder is told."""
    out.mkdir(parents=True, exist_ok=True)
    described = {
        "commit": commit(),
        "design": learner.design.to_dict(),
        "settings": asdict(learner.settings),
        "corpus": str(corpus),
        "began_from": None,
        "generator": {name: converter.provenance.get(name) for name in ("commit", "steps")},
    }
    write_json(out / "run.json", described)


def save(out: Path, learner: Learner) -> None:
    """Write the state all or nothing, so that a run killed while saving can still be resumed."""
    with replacing(out / "state.pt") as partial:
        torch.save(learner.state(), partial)


@torch.inference_mode()
def validate(learner: Learner, corpus: Path, converter: Hum2Guitar) -> dict[str, dict[str, float]]:
    """The averaged weights' losses on a few held-out segments, by kind of mel."""
    figures = {}
    for kind in KINDS:
        material = Material(corpus, "validation", converter, 1, {kind: 1.0})
        found = [
            losses(cast(Vocoder, learner.average.module), material.batch(i, 1), learner.design.config)
            for i in range(N_VALIDATION)
        ]
        figures[kind] = {name: sum(loss[name].item() for loss in found) / len(found) for name in found[0]}
    return figures
