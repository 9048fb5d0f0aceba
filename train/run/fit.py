"""A run of the generator, from its beginning or from where it stopped."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.files import remove_partial
from train.data.dataset import Segments
from train.data.feed import Feed, Images, Shares
from train.run.folder import add_to_description, check_new, describe, fitting, read_description, read_state
from train.run.loop import Loop, Pace, StepCallback
from train.run.machine import Machine
from train.run.settings import Settings
from train.run.trainer import Trainer
from train.run.validation import validate
from train.run.warm_start import warm_start


def fit(
    corpus: Path,
    out: Path,
    config: Config,
    settings: Settings,
    *,
    machine: Machine | None = None,
    begin_from: Path | None = None,
    on_step: StepCallback | None = None,
    on_validation: StepCallback | None = None,
) -> dict[str, float]:
    """Train from the beginning, in a new run folder.

    Parameters
    ----------
    corpus : the corpus's folder
    out : the run's folder; its state is written at the beginning too
    begin_from : a checkpoint or a run's folder, whose weights the run begins from
    on_step, on_validation : called after each, in the first process

    Returns the last step's report. Raises UserError where ``out`` holds a run, CheckpointError where ``begin_from``
    does not fit, and DivergedError, in which case ``out`` keeps the last good state.
    """
    check_new(out)
    machine = machine or Machine()
    trainer = Trainer(config, settings, machine.join(), compiled=machine.compiled)
    began_from = warm_start(trainer, begin_from) if begin_from is not None else None
    loop = _loop(corpus, out, trainer, machine)
    trainer.processes.wait()  # no process may find this run's own state and take it for another's
    if trainer.processes.first:
        described = {"config": trainer.config.to_dict(), "settings": asdict(settings), "corpus": str(corpus)}
        describe(out, described | {"began_from": began_from})
    loop.save()
    return _go(loop, trainer, on_step, on_validation)


def resume(
    out: Path,
    *,
    corpus: Path | None = None,
    machine: Machine | None = None,
    on_step: StepCallback | None = None,
    on_validation: StepCallback | None = None,
) -> dict[str, float]:
    """Go on where the run in a folder stopped, with its corpus and settings and any number of processes.

    Raises UserError where there is no run, or one of another version, and where ``corpus`` is named and is another.
    """
    described_corpus, config, settings = read_run(out)
    if corpus is not None and corpus.resolve() != described_corpus.resolve():
        raise UserError(f"the run in {out} learns from {described_corpus}, not from {corpus}; leave --corpus out")
    machine = machine or Machine()
    trainer = Trainer(config, settings, machine.join(), compiled=machine.compiled)
    state = read_state(out)[1]
    with fitting(out):
        trainer.load_state(state)
    if trainer.processes.first:
        remove_partial(out / "state.pt")
    return _go(_loop(described_corpus, out, trainer, machine), trainer, on_step, on_validation)


def read_run(folder: Path) -> tuple[Path, Config, Settings]:
    """Return the corpus of the run in a folder and what it was told.

    Raises UserError where there is no run, or one of a version that knew other settings.
    """
    described = read_description(folder)
    try:
        settings = Settings.from_dict(described["settings"])
    except (TypeError, KeyError) as error:
        raise UserError(
            f"the run in {folder} is another version's ({error}); resume it with that one, or begin a new run from it "
            "with --warm-start"
        ) from error
    return Path(described["corpus"]), Config.from_dict(described["config"]), settings


def training_segments(corpus: Path, config: Config, settings: Settings) -> Segments:
    """Return the segments that a run with these settings learns from."""
    return Segments(
        corpus,
        "train",
        config,
        seed=settings.seed,
        augmentation=settings.augmentation,
        follow_only=settings.follow_only,
    )


def _loop(corpus: Path, out: Path, trainer: Trainer, machine: Machine) -> Loop[Images]:
    settings, processes = trainer.settings, trainer.processes
    shares = Shares(trainer.step, settings.steps, settings.batch_size, processes.rank, processes.count)
    segments = training_segments(corpus, trainer.config, settings)
    # validated with the default augmentation, whatever is trained with: runs must compare
    held_out = Segments(corpus, "validation", trainer.config, seed=1)

    def status() -> tuple[str, dict[str, dict[str, float]]]:
        rates = {name: learner.learning_rate for name, learner in trainer.learners.items()}
        return trainer.stage.name, {"learning_rate": rates, "gradient_norm": trainer.norms.latest()}

    return Loop(
        trainer,
        Feed(segments, shares, processes.device, workers=machine.workers),
        out,
        Pace(settings.steps, settings.batch_size, settings.save_minutes, settings.log_steps, settings.validate_steps),
        lambda log: validate(trainer, held_out, log),
        describe=status,
        advice=f"begin another run with a lower --learning-rate, anew or with --warm-start {out}",
        processes=processes,
    )


def _go(
    loop: Loop[Images], trainer: Trainer, on_step: StepCallback | None, on_validation: StepCallback | None
) -> dict[str, float]:
    report = loop.go(on_step, on_validation)
    norms = trainer.norms.medians()
    if trainer.processes.first and norms:
        add_to_description(loop.folder, {"gradient_norms": norms})
        print(f"gradient norms on the generator, {trainer.norms.stage} stage:")
        for name, norm in norms.items():
            print(f"  {name:18}{norm:10.4g}  (weight {trainer.objective.weight(name):g})")
    trainer.processes.leave()
    return report
