from __future__ import annotations

import json
import os
import re
import signal
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from corpora import SETTINGS, TINY

from hum2guitar.errors import UserError
from train.data.dataset import Segments
from train.run.divergence import DivergedError
from train.run.export import export
from train.run.fit import fit, read_run, resume
from train.run.trainer import Trainer
from train.run.validation import validate


def test_the_loss_of_a_real_run_falls(corpus: Path, tmp_path: Path) -> None:
    history: list[dict[str, float]] = []
    settings = replace(SETTINGS, steps=60, learning_rate=1e-2)
    fit(corpus, tmp_path / "run", TINY, settings, on_step=lambda step, report: history.append(report))
    losses = {"l1", "delta_mel", "adversarial", "feature_matching", "total", "discriminator"}
    assert set(history[-1]) == losses | {"generator_norm", "discriminator_norm"}
    trainer = Trainer(TINY, replace(settings, steps=60))
    trainer.step = 60
    unseen = Segments(corpus, "validation", TINY, seed=1)
    before_db = validate(trainer, unseen)["l1_db"]
    trainer.load_state(torch.load(tmp_path / "run" / "state.pt", weights_only=True))
    after_db = validate(trainer, unseen)["l1_db"]
    assert after_db < before_db - 3


def test_a_resumed_run_equals_an_uninterrupted_one(corpus: Path, run: Path, tmp_path: Path) -> None:
    def interrupt(step: int, report: dict[str, float]) -> None:
        if step == 7:  # in the joint stage: the discriminator's state counts too
            os.kill(os.getpid(), signal.SIGINT)

    validations: list[int] = []

    def validated(step: int, figures: dict[str, float]) -> None:
        validations.append(step)

    out = tmp_path / "run"
    fit(corpus, out, TINY, SETTINGS, on_step=interrupt, on_validation=validated)
    assert torch.load(out / "state.pt", weights_only=True)["step"] == 7
    assert validations == []
    resume(out)
    resumed, whole = (torch.load(folder / "state.pt", weights_only=True) for folder in (out, run))
    for name in whole["average"]:
        assert torch.equal(resumed["average"][name], whole["average"][name])
    for name, weight in whole["discriminator"]["network"].items():
        assert torch.equal(resumed["discriminator"]["network"][name], weight)
    assert resumed["recent_norms"] == whole["recent_norms"]


def test_a_run_is_neither_overwritten_nor_resumed_out_of_nothing(corpus: Path, run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="go on with --resume"):
        fit(corpus, run, TINY, SETTINGS)
    with pytest.raises(UserError, match="there is no run in"):
        resume(tmp_path)


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_state(corpus: Path, tmp_path: Path) -> None:
    """The bad step touches no weight, and nothing later than the last save replaces what was saved."""
    out = tmp_path / "run"
    seen: list[int] = []
    settings = replace(SETTINGS, learning_rate=1e30, joint_only=True)
    with pytest.raises(DivergedError, match=r"diverged at step \d+ \(.* is (nan|inf)\); .*keeps the state of step 0: "):
        fit(corpus, out, TINY, settings, on_step=lambda step, report: seen.append(step))
    state = torch.load(out / "state.pt", weights_only=True)
    assert state["step"] == 0
    assert all(weight.isfinite().all() for weight in state["generator"]["network"].values())
    assert not list(out.glob("*.partial"))


def test_an_exploding_loss_stops_the_run_before_its_weights_are_saved(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved after every step as long as all is well; the loss leaps at step 30."""
    honest = Trainer.train_step

    def leaping(trainer: Trainer, *images: torch.Tensor) -> dict[str, float]:
        report = honest(trainer, *images)
        return report | {"total": report["total"] * (1000 if trainer.step > 30 else 1)}

    monkeypatch.setattr(Trainer, "train_step", leaping)
    settings = replace(SETTINGS, steps=90, save_minutes=0, joint_only=True)
    with pytest.raises(DivergedError, match=r"diverged at step 50 .* over 10 times its usual .*the state of step 30: "):
        fit(corpus, tmp_path / "run", TINY, settings)
    assert torch.load(tmp_path / "run" / "state.pt", weights_only=True)["step"] == 30


def test_a_resumed_run_knows_its_corpus_and_takes_no_other(run: Path, corpus: Path, tmp_path: Path) -> None:
    assert read_run(run)[0] == corpus
    resume(run, corpus=corpus / ".." / corpus.name)
    with pytest.raises(UserError, match=r"learns from .*, not from .*; leave --corpus out"):
        resume(run, corpus=tmp_path)


def test_settings_are_saved_beside_the_state(run: Path) -> None:
    described = json.loads((run / "run.json").read_text())
    assert described["settings"] == asdict(SETTINGS) | {"follow_only": []}
    assert described["config"]["guitars"] == ["nylon", "steel"]
    assert read_run(run)[1:] == (TINY, SETTINGS)


def test_a_run_of_a_version_with_other_settings_is_refused_by_what_it_was_told(run: Path, tmp_path: Path) -> None:
    described = json.loads((run / "run.json").read_text())
    described["settings"]["strength"] = described["settings"].pop("augmentation")
    (tmp_path / "run.json").write_text(json.dumps(described))
    (tmp_path / "state.pt").touch()
    with pytest.raises(
        UserError, match=r"is another version's .*'augmentation'.*begin a new run from it with --warm-start"
    ):
        read_run(tmp_path)


def test_a_run_says_how_much_each_loss_pulls(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the screen, in run.json, and in what is exported."""
    fit(corpus, tmp_path, TINY, SETTINGS)
    losses = {"l1", "delta_mel", "adversarial", "feature_matching"}
    norms = json.loads((tmp_path / "run.json").read_text())["gradient_norms"]
    assert set(norms) == losses
    assert norms["l1"] > norms["adversarial"] > 0
    assert export(tmp_path, tmp_path / "c.safetensors")["gradient_norms"] == norms
    printed = capsys.readouterr().out
    assert "gradient norms on the generator, joint stage:" in printed
    assert re.search(rf"l1 +{norms['l1']:.4g}  \(weight 10\)", printed)
