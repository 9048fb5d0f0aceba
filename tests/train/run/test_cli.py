from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from hum2guitar.config import PRESETS
from hum2guitar.errors import UserError
from train.__main__ import build_parser, main
from train.data.augment import AugmentationConfig
from train.objective.adversarial import AdversarialWeights
from train.objective.regression import RegressionWeights
from train.run.cli import config_of, machine_of, settings_of
from train.run.machine import Machine
from train.run.settings import Settings


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--seed", "-1"], "--seed is -1; it must be at least 0"),
        (["--batch-size", "0"], "--batch-size is 0; it must be at least 1"),
        (["--learning-rate", "nan"], "--learning-rate is nan; it must be a number above 0"),
        (["--delta-mel", "-1"], "--delta-mel is -1.0; it must be a number of 0 or more"),
        (["--l1", "nan"], "--l1 is nan; it must be a number of 0 or more"),
        (["--global-blocks", "-1"], "global_blocks is -1; it must be from 1 to 64"),
    ],
)
def test_a_number_that_no_run_can_have_is_refused_before_a_folder_is_made(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str], said: str
) -> None:
    assert main(["fit", "--corpus", str(corpus), "--out", str(tmp_path / "run"), *option]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_run_without_a_corpus_or_on_an_absent_device_is_told_so(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "--out", str(tmp_path / "run")]) == 2
    assert "name a corpus with --corpus" in capsys.readouterr().err
    assert main(["fit", "--out", str(tmp_path / "run"), "--corpus", str(corpus), "--global-width", "0"]) == 2
    assert "global_width is 0; it must be from 1 to 1024" in capsys.readouterr().err
    if not torch.cuda.is_available():
        assert main(["fit", "--out", str(tmp_path / "run"), "--corpus", str(corpus), "--device", "cuda"]) == 2
        assert capsys.readouterr().err == "train: there is no device 'cuda' here; use --device cpu\n"
    assert main(["fit", "--out", str(tmp_path / "run"), "--corpus", str(corpus), "--device", "abacus"]) == 2
    assert "there is no device 'abacus' here" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_every_choice_on_the_command_line_reaches_the_run(corpus: Path) -> None:
    words = "fit --out o --global-width 8 --delta-mel 3 --hum-like 0.9 --r1 2 --spectral-norm --steps 7 --batch-size 6"
    options = build_parser().parse_args([*words.split(), "--corpus", str(corpus)])
    settings = settings_of(options)
    assert settings == Settings(
        steps=7,
        batch_size=6,
        weights=AdversarialWeights(delta_mel=3.0, r1=2.0, spectral_norm=True),
        augmentation=AugmentationConfig(hum_like=0.9),
    )
    assert config_of(options) == replace(PRESETS["small"], global_width=8, guitars=("nylon", "steel"))
    plain = build_parser().parse_args(["fit", "--out", "o"])
    assert settings_of(plain) == Settings()
    assert machine_of(plain) == Machine()
    fast = build_parser().parse_args(["fit", "--out", "o", "--bf16", "--workers", "2"])
    assert machine_of(fast) == Machine(workers=2, bf16=True)


def test_the_help_says_what_an_option_without_a_loss_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert "--inaudible X how much a cell counts where both mels are inaudible" in printed
    assert "--instance-noise X standard deviation of the noise" in printed


def test_an_objective_brings_its_own_flags_and_refuses_those_of_others() -> None:
    chosen = build_parser().parse_args(["fit", "--out", "o", "--objective", "regression", "--l1", "3"])
    assert settings_of(chosen) == Settings(objective="regression", weights=RegressionWeights(l1=3.0))
    other = build_parser().parse_args(["fit", "--out", "o", "--objective", "regression", "--adversarial", "1"])
    with pytest.raises(UserError, match="the objective regression has no --adversarial; its options are --l1, --delta"):
        settings_of(other)


@pytest.mark.parametrize("option", [["--steps", "99"], ["--preset", "medium"], ["--l1", "3"], ["--seed", "7"]])
def test_a_resumed_run_refuses_a_setting_that_it_would_not_read(
    tmp_path: Path, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "--resume", "--out", str(tmp_path), *option]) == 2
    assert f"--resume goes on with the settings of the run; leave {option[0]} out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fit", "--steps", "0"], "--steps is 0; it must be at least 1"),
        (["search", "--storage", "OUT/s.db", "--runs", "OUT", "--trials", "0"], "--trials is 0; it must be at least 1"),
        (["search", "--storage", "FILE", "--runs", "OUT"], "is not an SQLite file that can be written"),
        (["fit", "--out", "FILE"], "is a file; name a folder for the run"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(
    corpus: Path, tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file.txt").write_text("this is no database, and it is longer than a few bytes" * 50)
    places = {"OUT": str(tmp_path), "FILE": str(tmp_path / "file.txt")}
    words = [places.get(word, word.replace("OUT", str(tmp_path))) for word in words]
    out = [] if "--out" in words or words[0] == "search" else ["--out", str(tmp_path / "run")]
    assert main([*words, *out, "--corpus", str(corpus), "--preset", "small"]) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1
