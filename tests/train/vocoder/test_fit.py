"""A run of the vocoder: it can be stopped and gone on with, it becomes a file, and bad input is a sentence."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from corpora import TINY

from hum2guitar.errors import CheckpointError, UserError
from hum2guitar.synthesis.inversion import vocoder
from hum2guitar.synthesis.inversion.vocoder import Design
from train.__main__ import main
from train.vocoder.fit import export, fit, resume
from train.vocoder.material import KINDS
from train.vocoder.settings import Settings


@pytest.fixture
def settings(generator: Path) -> Settings:
    return Settings(steps=4, batch_size=1, width=4, blocks=1, checkpoint=str(generator))


def interrupt_at_2(step: int, report: dict[str, float]) -> None:
    if step == 2:
        signal.raise_signal(signal.SIGINT)


def test_a_run_that_was_interrupted_and_resumed_is_an_uninterrupted_one(
    corpus: Path, settings: Settings, tmp_path: Path
) -> None:
    fit(corpus, tmp_path / "whole", settings)
    fit(corpus, tmp_path / "halves", settings, on_step=interrupt_at_2)
    assert torch.load(tmp_path / "halves" / "state.pt", weights_only=True)["step"] == 2
    figures = resume(tmp_path / "halves")
    assert set(figures) == set(KINDS)
    assert all(np.isfinite(value) for values in figures.values() for value in values.values())
    states = [torch.load(tmp_path / name / "state.pt", weights_only=True) for name in ("whole", "halves")]
    assert states[0]["step"] == states[1]["step"] == settings.steps
    for network in ("network", "average"):
        for name, value in states[0][network].items():
            torch.testing.assert_close(states[1][network][name], value, rtol=0, atol=0)


def test_a_run_becomes_a_file_that_inverts(corpus: Path, generator: Path, tmp_path: Path) -> None:
    options = ["--steps", "1", "--batch-size", "1", "--width", "4", "--blocks", "1", "--checkpoint", str(generator)]
    assert main(["vocoder", "fit", "--corpus", str(corpus), "--out", str(tmp_path / "run"), *options]) == 0
    assert main(["vocoder", "export", "--run", str(tmp_path / "run"), "--out", str(tmp_path / "v.safetensors")]) == 0
    loaded = vocoder.load(tmp_path / "v.safetensors")
    assert loaded.provenance["steps"] == 1
    assert loaded.provenance["generator"] == {"commit": "x", "steps": 1}
    assert loaded.design == Design(TINY, 4, 1)


def test_a_run_can_be_made_longer_but_not_shorter(
    corpus: Path, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit(corpus, tmp_path, replace(settings, steps=2))
    assert main(["vocoder", "fit", "--resume", "--out", str(tmp_path), "--steps", "3"]) == 0
    assert torch.load(tmp_path / "state.pt", weights_only=True)["step"] == 3
    described = (tmp_path / "run.json").read_text()
    assert json.loads(described)["settings"]["steps"] == 3
    assert main(["vocoder", "fit", "--resume", "--out", str(tmp_path), "--steps", "1"]) == 2
    assert "has done 3 steps; --steps 1 must not be fewer" in capsys.readouterr().err
    assert (tmp_path / "run.json").read_text() == described


def test_a_run_of_the_vocoder_is_not_taken_for_one_of_the_generator(
    corpus: Path, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit(corpus, tmp_path / "run", replace(settings, steps=0))
    assert main(["export", "--run", str(tmp_path / "run"), "--out", str(tmp_path / "g.safetensors")]) == 2
    assert "trains a vocoder" in capsys.readouterr().err


def test_a_run_of_another_version_is_a_sentence(corpus: Path, settings: Settings, tmp_path: Path) -> None:
    fit(corpus, tmp_path, replace(settings, steps=0))
    described = json.loads((tmp_path / "run.json").read_text())
    described["settings"]["weights"]["motion"] = 0.5
    (tmp_path / "run.json").write_text(json.dumps(described))
    with pytest.raises(UserError, match=r"is another version's .*motion"):
        resume(tmp_path)


def test_a_run_begins_from_the_weights_of_a_vocoder_of_the_same_sizes_and_says_so(
    corpus: Path, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "v.safetensors"
    fit(corpus, tmp_path / "first", replace(settings, steps=1))
    export(tmp_path / "first", file)
    fit(corpus, tmp_path / "second", replace(settings, steps=0), begin_from=file)
    state, described = torch.load(tmp_path / "second" / "state.pt", weights_only=True), tmp_path / "second" / "run.json"
    for name, weight in vocoder.load(file).network.state_dict().items():
        torch.testing.assert_close(state["network"][name], weight, rtol=0, atol=0)
        torch.testing.assert_close(state["average"][name], weight, rtol=0, atol=0)
    assert json.loads(described.read_text())["began_from"]["steps"] == 1
    with pytest.raises(CheckpointError, match=r"has the width 4 and 1 blocks; give --width 4 --blocks 1"):
        fit(corpus, tmp_path / "third", replace(settings, width=5), begin_from=file)
    with pytest.raises(CheckpointError, match=r"was trained on other mels .* train without --warm-start"):
        fit(corpus, tmp_path / "third", replace(settings, width=32, blocks=4), begin_from=vocoder.bundled())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fit", "--out", "OUT/new"], "name a corpus with --corpus"),
        (["fit", "--out", "OUT/none", "--resume"], "there is no run in"),
        (["fit", "--corpus", "OUT", "--out", "OUT/taken"], "holds a run already"),
        (["fit", "--out", "OUT/taken", "--resume", "--warm-start", "OUT/v"], "leave --warm-start out"),
        (["fit", "--corpus", "OUT", "--out", "OUT/new", "--warm-start", "OUT/v"], "there is no vocoder"),
        (["export", "--run", "OUT/none", "--out", "OUT/v.safetensors"], "there is no run in"),
        (["fit", "--corpus", "OUT", "--out", "OUT/new", "--batch-size", "0"], "--batch-size is 0; it must be"),
        (["fit", "--corpus", "OUT", "--out", "OUT/new", "--learning-rate", "nan"], "--learning-rate is nan"),
    ],
)
def test_what_cannot_be_trained_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "state.pt").touch()
    assert main(["vocoder", *(argument.replace("OUT", str(tmp_path)) for argument in arguments)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
