"""Which balance of losses, widths and augmentation generates held-out takes best, by Optuna on short proxy runs.

Every trial is a run of the same few steps from the same seed and segments, judged by the ``score_db`` of
``validation.figures``. A trial that is worse than the median of the others at the same step is stopped there. The study
lives in an SQLite file. Killed and started again, it goes on, first with the trial that was cut off. It uses one
process at a time.
"""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from sqlalchemy.exc import SQLAlchemyError

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from train.flags import SIZES, flag_words
from train.run.divergence import DivergedError
from train.run.fit import fit
from train.run.machine import Machine
from train.run.settings import Settings

STUDY = "hum2guitar"
PLAIN = ("objective", "learning_rate", "seed")  # settings that are flags of fit with a value, but for its length
SPACES: dict[str, dict[str, BaseDistribution]] = {
    "losses": {
        "l1": FloatDistribution(2, 50, log=True),
        "delta_mel": FloatDistribution(2, 100, log=True),
        "patch_power": CategoricalDistribution([0.0, 3.0, 10.0, 30.0]),
        "adversarial": FloatDistribution(0.005, 0.5, log=True),
        "feature_matching": FloatDistribution(0.05, 5, log=True),
    },
    "regularisation": {
        "r1": CategoricalDistribution([0.0, 0.1, 1.0, 10.0]),
        "r2": CategoricalDistribution([0.0, 0.1, 1.0, 10.0]),
        "spectral_norm": CategoricalDistribution([False, True]),
    },
    "widths": {
        "global_width": IntDistribution(16, 48, step=8),
        "global_blocks": IntDistribution(2, 8),
        "local_width": IntDistribution(8, 32, step=8),
        "local_blocks": IntDistribution(1, 4),
    },
    "augmentation": {
        name: FloatDistribution(0, 1) for name in ("hum_like", "plucked", "envelope", "glide", "vibrato", "voicing")
    },
}


@dataclass(frozen=True)
class Proxy:
    """What all trials of a study share."""

    corpus: Path
    preset: str
    config: Config
    settings: Settings
    axes: tuple[str, ...]

    def space(self) -> dict[str, BaseDistribution]:
        """Return what is varied: the axes' names that the objective, the generator and the augmentation have."""
        known = self.own_values()
        return {name: space for axis in self.axes for name, space in SPACES[axis].items() if name in known}

    def own_values(self) -> dict[str, Any]:
        """Return the proxy's own choices, by their names as ``fit``'s flags."""
        own = {name: getattr(self.config, name) for name in SIZES}
        return own | asdict(self.settings.weights) | asdict(self.settings.augmentation)

    def chosen(self, values: dict[str, Any]) -> tuple[Config, Settings]:
        """Return the run that has the given values, by their names as ``fit``'s flags, in place of the proxy's own."""

        def with_values(part: Any) -> Any:
            return replace(part, **{f.name: values[f.name] for f in fields(part) if f.name in values})

        weights, augmentation = with_values(self.settings.weights), with_values(self.settings.augmentation)
        return with_values(self.config), replace(self.settings, weights=weights, augmentation=augmentation)

    def command(self, values: dict[str, Any]) -> str:
        """Return the ``fit`` command of a real run with the given values, every choice spelt out but its length."""
        config, settings = self.chosen(values)
        given = {name: getattr(settings, name) for name in PLAIN} | {name: getattr(config, name) for name in SIZES}
        given |= asdict(settings.weights) | asdict(settings.augmentation)
        words = ["python", "-m", "train", "fit", "--corpus", str(self.corpus), "--out", "runs/best"]
        words += ["--preset", self.preset]
        for name, value in given.items():
            words += flag_words(name, value)
        return shlex.join(words + (["--follow-only", *settings.follow_only] if settings.follow_only else []))

    def described(self) -> dict[str, Any]:
        """Return the proxy for JSON; two proxies that differ here must not share a study."""
        return json.loads(json.dumps({**asdict(self), "corpus": str(self.corpus.resolve())}))


def search(proxy: Proxy, storage: Path, runs: Path, *, n_trials: int, machine: Machine) -> str:
    """Try until the study in ``storage`` has ``n_trials`` that ended; returns the best as a command for a real run.

    The first trial is the proxy as it is. ``runs`` gets a run folder a trial, with its log for tensorboard. The
    states are deleted. Raises UserError for a study of another proxy, or where no trial was completed.
    """
    if os.environ.get("WORLD_SIZE", "1") != "1":
        raise UserError("a search runs in one process; start it with python -m train search, without torchrun")
    if n_trials < 1:
        raise UserError(f"--trials is {n_trials}; it must be at least 1")
    study = _open_study(storage)
    if study.user_attrs.get("proxy", proxy.described()) != proxy.described():
        raise UserError(f"the study in {storage} is of another proxy run; give the same options, or another --storage")
    if not study.trials:
        study.set_user_attr("proxy", proxy.described())
        own = proxy.own_values()
        study.enqueue_trial({name: own[name] for name in proxy.space()})
    # another seed each time it goes on: the same one would draw the first trials' values again
    study.sampler = optuna.samplers.TPESampler(seed=proxy.settings.seed + len(study.trials))
    for cut_off in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(cut_off.number, state=optuna.trial.TrialState.FAIL)
        study.enqueue_trial(cut_off.params)
    ended = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    try:
        while len(study.get_trials(states=ended)) < n_trials:
            _try(study, proxy, runs, machine)
    except KeyboardInterrupt:
        raise UserError(f"the search was stopped; with the same --storage {storage} it goes on") from None
    completed = study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))
    if not completed:
        raise UserError("no trial was completed; lower the --learning-rate, or allow more --trials")
    settings = proxy.settings
    return (
        f"# score {study.best_value:.3f} dB, trial {study.best_trial.number}, after {settings.steps} steps of "
        f"{settings.batch_size} segments; the command has fit's own --steps and --batch-size\n"
        + proxy.command(study.best_params)
    )


def _open_study(storage: Path) -> optuna.Study:
    """Open the study in an SQLite file, or make it. Raises UserError for another kind of file."""
    try:
        return optuna.create_study(
            storage=f"sqlite:///{storage.resolve()}",
            study_name=STUDY,
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=4),
        )
    except SQLAlchemyError as error:
        raise UserError(f"{storage} is not an SQLite file that can be written; name another --storage") from error


def _try(study: optuna.Study, proxy: Proxy, runs: Path, machine: Machine) -> None:
    """Make the next trial. One that is cut off here stays "running" in the study and is tried again."""
    trial = study.ask(proxy.space())
    try:
        score_db = _score(trial, proxy, runs / f"trial_{trial.number:04d}", machine)
    except (optuna.TrialPruned, DivergedError) as reason:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        print(f"trial {trial.number}: stopped early, {reason}")
    else:
        study.tell(trial, score_db)
        print(f"trial {trial.number}: {score_db:.3f} dB, best so far {study.best_value:.3f}")


def _score(trial: optuna.Trial, proxy: Proxy, out: Path, machine: Machine) -> float:
    """One proxy run → its last ``score_db``. Raises TrialPruned, DivergedError, and KeyboardInterrupt."""
    config, settings = proxy.chosen(trial.params)
    reached, score_db = 0, float("inf")

    def on_step(step: int, report: dict[str, float]) -> None:
        nonlocal reached
        reached = step

    def on_validation(step: int, figures: dict[str, float]) -> None:
        nonlocal score_db
        score_db = figures["score_db"]
        trial.report(score_db, step)
        if step < settings.steps and trial.should_prune():
            raise optuna.TrialPruned(f"{score_db:.3f} dB at step {step} is worse than the others' median")

    try:
        fit(proxy.corpus, out, config, settings, machine=machine, on_step=on_step, on_validation=on_validation)
    finally:
        (out / "state.pt").unlink(missing_ok=True)
    if reached < settings.steps:  # the loop ends in order on SIGINT: half a run is no trial
        raise KeyboardInterrupt
    return score_db
