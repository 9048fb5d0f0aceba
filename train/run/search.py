"""Which balance of losses, widths and augmentation draws held-out takes best, by Optuna on short proxy runs.

Every trial is a run of the same few steps from the same seed and segments, judged by ``validation.figures``'
``score_db``; one that is worse than the median of the others at the same step is stopped there. The study lives in an
SQLite file: killed and started again it goes on, first with the trial that was cut off. One process at a time.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import optuna

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from train.flags import SIZES, flag
from train.objective.losses import LossWeights
from train.run.divergence import DivergedError
from train.run.loop import fit
from train.run.trainer import Machine, Settings

STUDY = "hum2guitar"
PLAIN = ("steps", "batch_size", "learning_rate", "seed", "r1")  # settings that are flags of fit with a value


def _losses(trial: optuna.trial.BaseTrial) -> dict[str, Any]:
    return {
        "l1": trial.suggest_float("l1", 2, 50, log=True),
        "motion": trial.suggest_float("motion", 2, 100, log=True),
        "adversarial": trial.suggest_float("adversarial", 0.005, 0.5, log=True),
        "feature_matching": trial.suggest_float("feature_matching", 0.05, 5, log=True),
    }


def _regularisation(trial: optuna.trial.BaseTrial) -> dict[str, Any]:
    return {
        "r1": trial.suggest_categorical("r1", [0.0, 0.1, 1.0, 10.0]),
        "spectral_norm": trial.suggest_categorical("spectral_norm", [False, True]),
    }


def _widths(trial: optuna.trial.BaseTrial) -> dict[str, Any]:
    return {
        "global_width": trial.suggest_int("global_width", 16, 48, step=8),
        "global_blocks": trial.suggest_int("global_blocks", 2, 8),
        "local_width": trial.suggest_int("local_width", 8, 32, step=8),
        "local_blocks": trial.suggest_int("local_blocks", 1, 4),
    }


def _augmentation(trial: optuna.trial.BaseTrial) -> dict[str, Any]:
    names = ("hum_like", "plucked", "envelope", "glide", "vibrato", "voicing")
    return {name: trial.suggest_float(name, 0, 1) for name in names}


SPACES: dict[str, Callable[[optuna.trial.BaseTrial], dict[str, Any]]] = {
    "losses": _losses,
    "regularisation": _regularisation,
    "widths": _widths,
    "augmentation": _augmentation,
}


@dataclass(frozen=True)
class Proxy:
    """What all trials of a study share."""

    corpus: Path
    preset: str
    config: Config
    settings: Settings
    axes: tuple[str, ...]

    def chosen(self, values: dict[str, Any]) -> tuple[Config, Settings]:
        """The run that has the given values, by their names as ``fit``'s flags, in place of the proxy's own."""

        def only(kind: type) -> dict[str, Any]:
            return {field.name: values[field.name] for field in fields(kind) if field.name in values}

        settings = replace(
            self.settings,
            weights=replace(self.settings.weights, **only(LossWeights)),
            strength=replace(self.settings.strength, **only(type(self.settings.strength))),
            **only(Settings),
        )
        return replace(self.config, **only(Config)), settings

    def command(self, values: dict[str, Any]) -> str:
        """The ``fit`` command of the run with the given values, every choice spelt out."""
        config, settings = self.chosen(values)
        told = {name: getattr(config, name) for name in SIZES}
        told |= {name: getattr(settings, name) for name in PLAIN}
        told |= asdict(settings.weights) | asdict(settings.strength)
        words = ["python", "-m", "train", "fit", "--corpus", str(self.corpus), "--out", "runs/best"]
        words += ["--preset", self.preset]
        for name, value in told.items():
            words += [flag(name), str(value)]
        words += ["--follow-only", *settings.follow_only] if settings.follow_only else []
        return shlex.join([*words, "--spectral-norm"] if settings.spectral_norm else words)

    def described(self) -> dict[str, Any]:
        """Ready for JSON: two proxies that differ here must not share a study."""
        return json.loads(json.dumps({**asdict(self), "corpus": str(self.corpus.resolve())}))


def search(proxy: Proxy, storage: Path, runs: Path, *, n_trials: int, machine: Machine) -> str:
    """Try until the study in ``storage`` has ``n_trials`` that ended; returns the best as a ready command.

    The first trial is the proxy as it is. ``runs`` gets a run folder a trial, with its log for tensorboard; the
    states are deleted. Raises UserError for a study of another proxy, or where no trial was completed.
    """
    if os.environ.get("WORLD_SIZE", "1") != "1":
        raise UserError("a search runs in one process; start it with python -m train search, without torchrun")
    study = optuna.create_study(
        storage=f"sqlite:///{storage.resolve()}",
        study_name=STUDY,
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4),
    )
    if study.user_attrs.get("proxy", proxy.described()) != proxy.described():
        raise UserError(f"the study in {storage} is of another proxy run; give the same options, or another --storage")
    if not study.trials:
        study.set_user_attr("proxy", proxy.described())
        study.enqueue_trial(_own_values(proxy))
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
    return f"# score {study.best_value:.3f} dB, trial {study.best_trial.number}\n" + proxy.command(study.best_params)


def _own_values(proxy: Proxy) -> dict[str, Any]:
    """The proxy's own values of all that its axes vary."""
    own = asdict(proxy.config) | asdict(proxy.settings)
    own |= own["weights"] | own["strength"]
    asked: dict[str, Any] = {}
    for axis in proxy.axes:
        asked |= SPACES[axis](optuna.trial.FixedTrial(own))
    return asked


def _try(study: optuna.Study, proxy: Proxy, runs: Path, machine: Machine) -> None:
    """The next trial. One that is cut off here is left running in the study, as by a kill, to be tried again."""
    trial = study.ask()
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
    values: dict[str, Any] = {}
    for axis in proxy.axes:
        values |= SPACES[axis](trial)
    config, settings = proxy.chosen(values)
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
