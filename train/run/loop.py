"""The training loop's books: what a run is told, where it stands, when it is saved, how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.files import replacing
from train.corpus.store import write_json
from train.data.augment import Strength
from train.data.dataset import Segments
from train.data.feed import Feed, shares
from train.objective.losses import LossWeights
from train.run.divergence import DivergedError, Watch
from train.run.export import check_kind
from train.run.stages import stage_at
from train.run.trainer import Machine, Settings, Trainer, training_segments
from train.run.validation import validate

Told = Callable[[int, dict[str, float]], None]  # called with the step and what came of it


def fit(
    corpus: Path,
    out: Path,
    config: Config,
    settings: Settings,
    *,
    machine: Machine | None = None,
    warm_start: Path | None = None,
    on_step: Told | None = None,
    on_validation: Told | None = None,
) -> dict[str, float]:
    """Train from the beginning, in the new run folder ``out``; returns the last step's losses.

    State is written at the beginning, every ``save_minutes``, at the end, and on SIGINT, which ends the run cleanly.
    Raises DivergedError, and leaves the last good state.
    """
    if (out / "state.pt").exists():
        raise UserError(f"{out} holds a run already; go on with --resume, or choose another folder")
    machine = machine or Machine()
    trainer = Trainer(config, settings, machine.accelerator(), compiled=machine.compiled)
    began_from = trainer.warm_start(warm_start) if warm_start is not None else None
    run = _Run(corpus, out, trainer, machine)
    trainer.accelerator.wait_for_everyone()  # nobody may find this run's own state and take it for another's
    if trainer.accelerator.is_main_process:
        out.mkdir(parents=True, exist_ok=True)
        described = {
            "commit": commit(),
            "config": config.to_dict(),
            "settings": asdict(settings),
            "corpus": str(corpus),
            "began_from": began_from,
        }
        write_json(out / "run.json", described)
    run.save()
    return run.go(on_step, on_validation)


def resume(
    out: Path,
    *,
    corpus: Path | None = None,
    machine: Machine | None = None,
    on_step: Told | None = None,
    on_validation: Told | None = None,
) -> dict[str, float]:
    """Go on where the run in a folder stopped, with its corpus and settings and any number of processes.

    ``corpus`` may be named again, but no other: UserError.
    """
    described_corpus, config, settings = read_run(out)
    if corpus is not None and corpus.resolve() != described_corpus.resolve():
        raise UserError(f"the run in {out} learns from {described_corpus}, not from {corpus}; leave --corpus out")
    machine = machine or Machine()
    trainer = Trainer(config, settings, machine.accelerator(), compiled=machine.compiled)
    state = torch.load(_saved(out / "state.pt"), map_location="cpu", weights_only=True)
    trainer.load_state(state)
    return _Run(described_corpus, out, trainer, machine).go(on_step, on_validation)


class _Run:
    """One process's part in a run; the first of them alone writes."""

    def __init__(self, corpus: Path, out: Path, trainer: Trainer, machine: Machine) -> None:
        self.out, self.trainer, self.main = out, trainer, trainer.accelerator.is_main_process
        settings, accelerator = trainer.settings, trainer.accelerator
        numbers = shares(
            trainer.step, settings.steps, settings.batch_size, accelerator.process_index, accelerator.num_processes
        )
        segments = training_segments(corpus, trainer.config, settings)
        # validated with the default augmentation, whatever is trained with: runs must compare
        self.validation = Segments(corpus, "validation", trainer.config, seed=1)
        self.feed = Feed(segments, accelerator, numbers, workers=machine.workers)
        self.watch = Watch()
        self.saved_step = trainer.step

    def go(self, on_step: Told | None, on_validation: Told | None) -> dict[str, float]:
        """From the trainer's step to the last one."""
        trainer, settings = self.trainer, self.trainer.settings
        log = SummaryWriter(str(self.out / "log"), purge_step=trainer.step) if self.main else nullcontext()
        before, saved = trainer.seconds, time.monotonic()
        self.feed.restart_clock()
        started, first, validated = time.monotonic(), trainer.step, -1
        report: dict[str, float] = {}
        progress = tqdm(initial=first, total=settings.steps, unit="step", dynamic_ncols=True, disable=not self.main)
        with log as board, progress as bar, Interrupt() as interrupt:
            for images in self.feed:
                report = self._step(images)
                trainer.seconds = before + time.monotonic() - started
                bar.update()
                if on_step is not None:
                    on_step(trainer.step, report)
                if board is not None and trainer.step % settings.log_steps == 0:
                    self._log(board, bar, report)
                if board is not None and trainer.step % settings.validate_steps == 0:
                    self._validate(board, on_validation)
                    validated = trainer.step
                if self.watch.healthy and time.monotonic() - saved > 60 * settings.save_minutes:
                    self.save()
                    saved = time.monotonic()
                if self._anywhere(bool(interrupt)):
                    break
            waiting = self.feed.waiting
            if not self.watch.healthy:
                raise self._kept(f"training was ending badly at step {trainer.step} (its loss had jumped)")
            self.save()
            if board is not None and validated != trainer.step:
                self._validate(board, on_validation)
        if self.main:
            seconds = max(trainer.seconds - before, 1e-9)
            print(
                f"step {trainer.step} of {settings.steps}: "
                f"{(trainer.step - first) * settings.batch_size / seconds:.2f} segments/s, "
                f"{waiting:.1%} of the time waiting for data"
            )
        trainer.accelerator.end_training()
        return report

    def save(self) -> None:
        """Write the state all or nothing, so that a run killed while saving can still be resumed."""
        self.saved_step = self.trainer.step
        if self.main:
            with replacing(self.out / "state.pt") as partial:
                torch.save(self.trainer.state(), partial)

    def _step(self, images: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> dict[str, float]:
        trainer = self.trainer
        stage = stage_at(trainer.stages, trainer.step)
        try:
            report = trainer.train_step(*images)
            self.watch.see(report["generator"], stage.name, trainer.step)
        except DivergedError as error:
            raise self._kept(str(error)) from None
        return report

    def _kept(self, what: str) -> DivergedError:
        return DivergedError(
            f"{what}; {self.out} keeps the state of step {self.saved_step}: begin another run with a lower "
            f"--learning-rate, anew or with --warm-start {self.out}"
        )

    def _log(self, board: SummaryWriter, bar: tqdm, report: dict[str, float]) -> None:
        step = self.trainer.step
        for name, value in report.items():
            board.add_scalar(f"loss/{name}", value, step)
        board.add_scalar("learning_rate", self.trainer.optimiser.param_groups[0]["lr"], step)
        board.add_scalar("waiting_for_data", self.feed.waiting, step)
        bar.set_description(stage_at(self.trainer.stages, step).name)
        bar.set_postfix({name: f"{value:.3f}" for name, value in report.items()} | {"data": f"{self.feed.waiting:.1%}"})

    def _validate(self, board: SummaryWriter, on_validation: Told | None) -> None:
        figures = validate(self.trainer, self.validation, board)
        if on_validation is not None:
            on_validation(self.trainer.step, figures)

    def _anywhere(self, asked: bool) -> bool:
        """Whether any process was asked to stop: all must after the same step, or the rest would wait forever."""
        accelerator = self.trainer.accelerator
        if accelerator.num_processes == 1:
            return asked
        return bool(accelerator.reduce(torch.tensor(float(asked), device=accelerator.device), "sum") > 0)


def read_run(folder: Path) -> tuple[Path, Config, Settings]:
    """The corpus of the run in a folder and what it was told.

    Raises UserError where there is no run, or one of a version that knew other settings.
    """
    described = json.loads(_saved(folder / "run.json").read_text())
    check_kind(folder, described, "config")
    told = described["settings"]
    told["follow_only"] = tuple(told.get("follow_only", ()))
    try:
        told |= {"weights": LossWeights(**told["weights"]), "strength": Strength(**told["strength"])}
        settings = Settings(**told)
    except TypeError as error:
        raise UserError(
            f"the run in {folder} is another version's ({error}); resume it with that one, or begin a new run from it "
            "with --warm-start"
        ) from error
    return Path(described["corpus"]), Config.from_dict(described["config"]), settings


def _saved(file: Path) -> Path:
    if not file.is_file():
        raise UserError(f"there is no run to resume in {file.parent}; leave --resume out, or name the run's folder")
    return file


def commit() -> str:
    """The commit of the code, "unknown" outside a git checkout; "+changes" where it is not clean."""
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+changes" if changed.strip() else "")


class Interrupt:
    """True once SIGINT came; while it is entered, SIGINT asks for an orderly end instead of raising."""

    def __init__(self) -> None:
        self._asked = False

    def __bool__(self) -> bool:
        return self._asked

    def __enter__(self) -> Interrupt:
        self._previous = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._previous)

    def _ask(self, *_: object) -> None:
        self._asked = True
