"""The training loop of every network here: step, log, validate, save, and end in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch

from hum2guitar.errors import UserError, cannot_write
from train.flags import check_numbers
from train.run.clock import Clock
from train.run.divergence import DivergedError, Watch
from train.run.folder import save_state
from train.run.interrupt import Interrupt
from train.run.log import Log
from train.run.machine import Processes

Item = TypeVar("Item")
ItemIn = TypeVar("ItemIn", contravariant=True)
StepCallback = Callable[[int, dict[str, float]], None]  # called with the step and its report, or its figures


class Trainable(Protocol[ItemIn]):
    """What the loop trains."""

    step: int
    seconds: float

    def train_step(self, batch: ItemIn, /) -> dict[str, float]:
        """Make one update; returns the losses, their sum as ``total``. Raises DivergedError."""

    def state(self) -> dict[str, Any]:
        """Return everything that the next step depends on."""


@dataclass(frozen=True)
class Pace:
    """The length of a run, and how often it logs, validates and saves. Raises UserError for impossible minutes."""

    steps: int
    batch_size: int
    save_minutes: float = 5.0
    log_steps: int = 20
    validate_steps: int | None = None  # None for once, at the end

    def __post_init__(self) -> None:
        check_numbers(self)


class Loop(Generic[Item]):
    """One process's part in a run; the first of them alone writes.

    Parameters
    ----------
    trainable : what is trained
    batches : the batches of the remaining steps
    folder : the folder of the run
    pace : the length of the run, and how often it logs, validates and saves
    validate : (log) → figures; called by the first process
    describe : () → title beside the progress bar, and further numbers to log by their groups
    advice : what to do when training diverges
    processes : the processes that share the run; None for this one alone
    """

    def __init__(
        self,
        trainable: Trainable[Item],
        batches: Iterable[Item],
        folder: Path,
        pace: Pace,
        validate: Callable[[Log], dict[str, float]],
        *,
        describe: Callable[[], tuple[str, dict[str, dict[str, float]]]] = lambda: ("", {}),
        advice: str = "begin another run with a lower --learning-rate",
        processes: Processes | None = None,
    ) -> None:
        self.trainable, self.folder, self.pace, self.advice = trainable, folder, pace, advice
        self.validate, self.describe = validate, describe
        self.processes = processes or Processes()
        self.clock = Clock(batches)
        self.watch = Watch()
        self.saved_step = self.validated_step = trainable.step

    def go(self, on_step: StepCallback | None = None, on_validation: StepCallback | None = None) -> dict[str, float]:
        """Train from the present step to the last one; returns the last step's report.

        The state is written every ``save_minutes``, at the end, and on SIGINT or SIGTERM, which end the run in order,
        without a last validation. Raises DivergedError, and UserError where a batch does not fit into the GPU or a
        state cannot be written; the last good state is kept.
        """
        first, before, report = self.trainable.step, self.trainable.seconds, {}
        log = Log(self.folder, first, self.pace.steps) if self.processes.first else None
        self.clock.restart()
        saved, self.validated_step = time.monotonic(), -1
        with log or nullcontext(), self._explained(), Interrupt() as interrupt:
            for batch in self.clock:
                report = self._step(batch)
                self.trainable.seconds = before + self.clock.seconds
                if on_step is not None:
                    on_step(self.trainable.step, report)
                if log is not None:
                    self._log(log, report, on_validation)
                if self.watch.healthy and time.monotonic() - saved > 60 * self.pace.save_minutes:
                    self.save()
                    saved = time.monotonic()
                if self.processes.any(bool(interrupt)):  # all stop after the same step, or the others would wait
                    break
            waiting = self.clock.waiting
            self._end(None if interrupt else log, on_validation)
        if self.processes.first:
            self._say(self.trainable.step - first, self.trainable.seconds - before, waiting)
        return report

    def save(self) -> None:
        """Write the present state. Raises UserError where that fails, and keeps the last one."""
        if self.processes.first:
            try:
                save_state(self.folder, self.trainable.state())
            except OSError as error:
                path = self.folder / "state.pt"
                kept = f", then go on from step {self.saved_step} with --resume" if path.exists() else ""
                raise UserError(cannot_write(path, error) + kept) from error
        self.saved_step = self.trainable.step

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise UserError for what the machine refuses while the body trains."""
        try:
            yield
        except torch.OutOfMemoryError as error:
            raise UserError(
                f"the GPU has not enough memory for batches of {self.pace.batch_size} segments; {self._saved}: begin "
                "another run with a smaller --batch-size"
            ) from error
        except (RuntimeError, ConnectionError) as error:
            if isinstance(error, RuntimeError) and "DataLoader worker" not in str(error):
                raise
            raise UserError(
                f"a process that prepares segments was killed, perhaps for lack of memory; {self._saved}: go on with "
                "--resume and fewer --workers"
            ) from error

    @property
    def _saved(self) -> str:
        return f"{self.folder} keeps the state of step {self.saved_step}"

    def _step(self, batch: Item) -> dict[str, float]:
        stage, _ = self.describe()
        try:
            report = self.trainable.train_step(batch)
            self.watch.observe(report["total"], stage, self.trainable.step)
        except DivergedError as error:
            raise self._kept(str(error)) from None
        return report

    def _end(self, log: Log | None, on_validation: StepCallback | None) -> None:
        if not self.watch.healthy:
            raise self._kept(f"the loss had jumped when training ended at step {self.trainable.step}")
        self.save()
        if log is not None and self.validated_step != self.trainable.step:
            self._validate(log, on_validation)

    def _kept(self, what: str) -> DivergedError:
        return DivergedError(f"{what}; {self._saved}: {self.advice}")

    def _log(self, log: Log, report: dict[str, float], on_validation: StepCallback | None) -> None:
        step = self.trainable.step
        log.advance()
        if step % self.pace.log_steps == 0:
            title, further = self.describe()
            for group, values in ({"loss": report, "time": {"waiting_for_data": self.clock.waiting}} | further).items():
                log.scalars(group, values, step)
            log.show(title, report | {"waiting": self.clock.waiting})
        if self.pace.validate_steps is not None and step % self.pace.validate_steps == 0:
            self._validate(log, on_validation)

    def _validate(self, log: Log, on_validation: StepCallback | None) -> None:
        self.validated_step = self.trainable.step
        figures = self.validate(log)
        log.scalars("validation", figures, self.trainable.step)
        if on_validation is not None:
            on_validation(self.trainable.step, figures)

    def _say(self, steps: int, seconds: float, waiting: float) -> None:
        print(
            f"step {self.trainable.step} of {self.pace.steps}: "
            f"{steps * self.pace.batch_size / max(seconds, 1e-9):.2f} segments/s, "
            f"{waiting:.1%} of the time waiting for data"
        )
        if self.trainable.step < self.pace.steps:
            print(f"stopped before its end; the state is in {self.folder}, go on with --resume --out {self.folder}")
