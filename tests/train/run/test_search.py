"""The search on a network of a few hundred weights: it goes on where it stopped and prints what it found."""

from __future__ import annotations

import os
import shlex
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from corpora import SETTINGS, TINY

from hum2guitar.config import PRESETS
from hum2guitar.errors import UserError
from train import flags
from train.__main__ import build_parser
from train.objective.adversarial import AdversarialWeights
from train.run import search
from train.run.cli import config_of, settings_of
from train.run.divergence import DivergedError
from train.run.machine import Machine
from train.run.settings import Settings

SHORT = replace(SETTINGS, steps=6, validate_steps=3)
ENDED = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)


def proxy(corpus: Path, *axes: str) -> search.Proxy:
    return search.Proxy(corpus, "small", TINY, SHORT, axes)


def trials(storage: Path) -> list[optuna.trial.FrozenTrial]:
    return optuna.load_study(study_name=search.STUDY, storage=f"sqlite:///{storage}").trials


def test_a_search_that_was_stopped_goes_on_with_the_trial_that_was_cut_off(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGINT in the second trial of three."""
    storage, runs, asked = tmp_path / "study.db", tmp_path / "runs", proxy(corpus, "losses", "augmentation")
    honest = search.fit

    def interrupted(*arguments: Any, **options: Any) -> dict[str, float]:
        if arguments[1].name == "trial_0001":
            os.kill(os.getpid(), signal.SIGINT)
        return honest(*arguments, **options)

    monkeypatch.setattr(search, "fit", interrupted)
    with pytest.raises(UserError, match=r"was stopped; with the same --storage .* it goes on"):
        search.search(asked, storage, runs, n_trials=3, machine=Machine())
    monkeypatch.undo()
    search.search(asked, storage, runs, n_trials=3, machine=Machine())
    first, cut_off, again, last = trials(storage)
    assert {first.params[name] for name in ("l1", "delta_mel")} == {10.0, 20.0}  # the proxy as it is comes first
    assert cut_off.state == optuna.trial.TrialState.FAIL
    assert again.params == cut_off.params != last.params
    assert all(trial.state in ENDED for trial in (first, again, last))
    assert set(first.intermediate_values) == {3, 6}
    assert not list(runs.glob("*/state.pt"))
    before = len(trials(storage))
    best = search.search(asked, storage, runs, n_trials=3, machine=Machine())
    assert len(trials(storage)) == before  # nothing left to do
    comment, command = best.splitlines()
    assert f"score {min(trial.value for trial in (first, again, last) if trial.value):.3f} dB" in comment
    assert "after 6 steps of 2 segments; the command has fit's own --steps and --batch-size" in comment
    assert "--steps" not in command
    assert "--batch-size" not in command
    with pytest.raises(UserError, match="is of another proxy run"):
        search.search(proxy(corpus, "losses"), storage, runs, n_trials=4, machine=Machine())


def test_a_killed_trial_is_tried_again(corpus: Path, tmp_path: Path) -> None:
    """A process that was killed leaves its trial running for ever."""
    storage, asked = tmp_path / "study.db", proxy(corpus, "losses")
    search.search(asked, storage, tmp_path / "runs", n_trials=1, machine=Machine())
    study = optuna.load_study(study_name=search.STUDY, storage=f"sqlite:///{storage}")
    killed = study.ask(asked.space())
    search.search(asked, storage, tmp_path / "runs", n_trials=2, machine=Machine())
    assert [trial.state.name for trial in trials(storage)][:2] == ["COMPLETE", "FAIL"]
    assert trials(storage)[2].params == killed.params


def test_the_printed_command_is_a_real_run_with_what_the_trial_chose(corpus: Path) -> None:
    """Parsed by the real parser, it gives the very choices of the trial, and fit's own length."""
    asked = replace(proxy(corpus, *search.SPACES), config=replace(PRESETS["small"], guitars=TINY.guitars))
    assert tuple(search.SPACES) == flags.AXES
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=3))
    for _ in range(3):
        values = study.ask(asked.space()).params
        words = shlex.split(asked.command(values))
        assert words[:4] == ["python", "-m", "train", "fit"]
        options = build_parser().parse_args(words[3:])
        config, settings = asked.chosen(values)
        assert config_of(options) == config
        found = settings_of(options)
        assert (found.steps, found.batch_size) == (Settings.steps, Settings.batch_size) != (6, 2)
        proxy_length = {"steps": 6, "batch_size": 2, "log_steps": 4, "save_minutes": 60, "validate_steps": 3}
        assert replace(found, **proxy_length) == settings
        chosen = (settings.weights.l1, settings.weights.r1, config.global_width)
        assert chosen == tuple(values[name] for name in ("l1", "r1", "global_width"))


def test_a_search_varies_only_what_the_objective_has(corpus: Path) -> None:
    settings = Settings(objective="regression")
    asked = replace(proxy(corpus, "losses", "regularisation"), settings=settings)
    assert set(asked.space()) == {"l1", "delta_mel", "patch_power"}


def test_a_hopeless_trial_is_stopped_early(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four good trials, then one that is worse than their median at its first validation, then one that diverges."""

    def pretended(corpus: Path, out: Path, config: Any, settings: Any, **given: Any) -> dict[str, float]:
        number = int(out.name.removeprefix("trial_"))
        if number == 5:
            raise DivergedError("training diverged")
        for step in (3, 6):
            given["on_step"](step, {})
            given["on_validation"](step, {"score_db": 9.0 if number == 4 else 5.0 + number / 10})
        return {}

    monkeypatch.setattr(search, "fit", pretended)
    storage = tmp_path / "study.db"
    search.search(proxy(corpus, "losses"), storage, tmp_path / "runs", n_trials=6, machine=Machine())
    found = trials(storage)
    assert [trial.state.name for trial in found] == ["COMPLETE"] * 4 + ["PRUNED"] * 2
    assert set(found[4].intermediate_values) == {3}


def test_what_is_not_varied_stays_as_the_command_said(corpus: Path) -> None:
    weights = AdversarialWeights(r1=2.0, spectral_norm=True)
    given = replace(SHORT, weights=weights, augmentation=replace(SHORT.augmentation, hum_like=0.9))
    asked = replace(proxy(corpus, "losses"), settings=given)
    _, settings = asked.chosen({"l1": 3.0})
    assert settings == replace(given, weights=replace(given.weights, l1=3.0))
    found = settings_of(build_parser().parse_args(shlex.split(asked.command({"l1": 3.0}))[3:]))
    assert found.weights == replace(weights, l1=3.0)
    assert found.augmentation.hum_like == 0.9


def test_a_search_over_several_processes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UserError, match="without torchrun"):
        search.search(proxy(tmp_path), tmp_path / "study.db", tmp_path, n_trials=1, machine=Machine())
