"""A run of the vocoder, from its beginning or from where it stopped, and its export."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from hum2guitar import Hum2Guitar
from hum2guitar.errors import CheckpointError, UserError
from hum2guitar.files import remove_partial
from hum2guitar.synthesis.inversion import vocoder
from hum2guitar.synthesis.inversion.vocoder import Design
from train.run.folder import add_to_description, check_new, describe, fitting, origin, read_state
from train.run.learner import load_average
from train.run.log import Log
from train.run.loop import Loop, Pace, StepCallback
from train.run.warm_start import goes_on
from train.vocoder.material import KINDS, Batch, Material
from train.vocoder.settings import Settings
from train.vocoder.trainer import Trainer

VALIDATION_SEED = 1
Figures = dict[str, dict[str, float]]  # by kind of mel and loss


def fit(
    corpus: Path,
    out: Path,
    settings: Settings,
    *,
    begin_from: Path | None = None,
    save_minutes: float = 5.0,
    on_step: StepCallback | None = None,
) -> Figures:
    """Train from the beginning, in a new run folder.

    The state is written at the beginning, every ``save_minutes``, at the end, and on SIGINT, which ends the run in
    order.

    Parameters
    ----------
    corpus : the corpus's folder
    out : the run's folder
    begin_from : a vocoder's file, whose weights the run begins from
    on_step : called after each step

    Returns
    -------
    figures : the validation losses by kind of mel

    Raises
    ------
    UserError
        Where ``out`` holds a run, or the corpus, the checkpoint or ``begin_from`` cannot be used.
    """
    check_new(out)
    converter = Hum2Guitar.from_pretrained(settings.checkpoint)
    trainer = Trainer(converter.config, settings)
    began_from = _warm_start(trainer, begin_from) if begin_from is not None else None
    run = _Run(corpus, out, trainer, converter, save_minutes)
    generator = {name: converter.provenance.get(name) for name in ("commit", "steps")}
    described = {"design": trainer.design.to_dict(), "settings": asdict(settings), "corpus": str(corpus)}
    describe(out, described | {"began_from": began_from, "generator": generator})
    run.loop.save()
    return run.go(on_step)


def _warm_start(trainer: Trainer, source: Path) -> dict[str, Any]:
    """Give a trainer the weights of a vocoder's file, and return where they came from.

    The file may have the narrower band of an older checkpoint. Raises CheckpointError where its weights do not fit.
    """
    loaded, design = vocoder.load(source), trainer.design
    if (loaded.design.width, loaded.design.blocks) != (design.width, design.blocks):
        raise CheckpointError(
            f"the vocoder {source.name} has the width {loaded.design.width} and {loaded.design.blocks} blocks; give "
            f"--width {loaded.design.width} --blocks {loaded.design.blocks}"
        )
    trained, wanted = loaded.design.config, design.config
    levels = (trained.mel_floor_db, trained.mel_ceil_db) == (wanted.mel_floor_db, wanted.mel_ceil_db)
    if not (levels and goes_on(trained, wanted)):
        raise CheckpointError(
            f"the vocoder {source.name} was trained on other mels than those of the checkpoint, and theirs do not go "
            "on its own; train without --warm-start"
        )
    weights = loaded.network.state_dict()
    trainer.network.load_state_dict(weights)
    load_average(trainer.average, weights, 0)
    return loaded.provenance


def resume(
    out: Path, *, steps: int | None = None, save_minutes: float = 5.0, on_step: StepCallback | None = None
) -> Figures:
    """Go on where the run in a folder stopped, with its corpus and settings.

    A run that ``steps`` makes longer takes the learning rate that a run of that length has at that step. Returns and
    raises as ``fit``; UserError also where there is no run, where it is of another version, and where it has done more
    than ``steps``.
    """
    described, state = read_state(out, "design")
    try:
        settings = Settings.from_dict(described["settings"])
    except (TypeError, KeyError) as error:
        raise UserError(
            f"the run in {out} is another version's ({error}); resume it with that one, or begin a new run"
        ) from error
    if steps is not None:
        if steps < state["step"]:
            raise UserError(f"the run in {out} has done {state['step']} steps; --steps {steps} must not be fewer")
        settings = replace(settings, steps=steps)
    converter = Hum2Guitar.from_pretrained(settings.checkpoint)
    trainer = Trainer(converter.config, settings)
    with fitting(out):
        trainer.load_state(state)
    remove_partial(out / "state.pt")
    run = _Run(Path(described["corpus"]), out, trainer, converter, save_minutes)
    add_to_description(out, {"settings": asdict(settings)})
    return run.go(on_step)


def export(run: Path, out: Path) -> dict[str, Any]:
    """Write a run's averaged weights as a vocoder file and return its provenance. Raises UserError without a run."""
    described, state = read_state(run, "design")
    provenance = origin(described, state) | {"generator": described["generator"]}
    vocoder.save(out, state["average"], Design.from_dict(described["design"]), provenance)
    return provenance


class _Run:
    """The material of a run, and the loop that goes through it."""

    def __init__(self, corpus: Path, out: Path, trainer: Trainer, converter: Hum2Guitar, save_minutes: float) -> None:
        self.trainer, settings, size = trainer, trainer.settings, trainer.settings.batch_size
        material = Material(corpus, "train", converter, settings.seed)
        # made before the first step: an hour of training must not end with a corpus that has no validation takes
        self.held_out = {
            kind: Material(corpus, "validation", converter, VALIDATION_SEED, {kind: 1.0}) for kind in KINDS
        }
        batches = (material.batch(step * size, size) for step in range(trainer.step, settings.steps))
        pace = Pace(settings.steps, size, save_minutes)
        self.loop: Loop[Batch] = Loop(trainer, batches, out, pace, self._validate)
        self.figures: Figures = {}

    def go(self, on_step: StepCallback | None) -> Figures:
        """Train to the end; returns the validation losses by kind of mel."""
        self.loop.go(on_step)
        return self.figures

    def _validate(self, log: Log) -> dict[str, float]:
        self.figures = self.trainer.validate(self.held_out)
        return {f"{kind} {name}": value for kind, row in self.figures.items() for name, value in row.items()}
