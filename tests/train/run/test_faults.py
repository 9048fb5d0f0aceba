"""What is damaged, refused or killed while a network is trained: one sentence, and the last good state stays."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import shutil
import signal
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from children import children, needs_proc
from corpora import SETTINGS, TINY, one_batch
from faults import disk_for

from hum2guitar.errors import UserError
from train.__main__ import main
from train.run.fit import fit, resume
from train.run.machine import Machine
from train.run.trainer import Trainer


class Evil:
    """What a pickle may do to whoever loads it."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("executed",)


def changed(path: Path, **values: object) -> None:
    described = json.loads(path.read_text())
    for name, value in values.items():
        described["settings" if name in described["settings"] else "."] = described["settings"] | {name: value}
    path.write_text(json.dumps(described))


def resaved(path: Path, **values: object) -> None:
    torch.save(torch.load(path, weights_only=True) | values, path)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES = {
    "run.json cut short": ("run.json", cut),
    "run.json empty": ("run.json", lambda path: path.write_text("")),
    "run.json a list": ("run.json", lambda path: path.write_text("[1]")),
    "run.json without settings": ("run.json", lambda path: path.write_text('{"config": {}}')),
    "run.json not UTF-8": ("run.json", lambda path: path.write_bytes(b'{"config": "\xe9"}')),
    "a rate that is NaN": ("run.json", lambda path: changed(path, learning_rate=float("nan"))),
    "steps that are NaN": ("run.json", lambda path: changed(path, steps=float("nan"))),
    "state cut short": ("state.pt", cut),
    "state empty": ("state.pt", lambda path: path.write_bytes(b"")),
    "state a pickle": ("state.pt", lambda path: path.write_bytes(pickle.dumps(Evil()))),
    "state a text": ("state.pt", lambda path: path.write_text("no state")),
    "state a list": ("state.pt", lambda path: torch.save([1, 2], path)),
    "state a number": ("state.pt", lambda path: torch.save(1, path)),
    "state without names": ("state.pt", lambda path: torch.save({}, path)),
    "a step that is NaN": ("state.pt", lambda path: resaved(path, step=float("nan"))),
    "seconds that are NaN": ("state.pt", lambda path: resaved(path, seconds=float("nan"))),
    "no weights": ("state.pt", lambda path: resaved(path, generator={}, average={})),
    "other weights": ("state.pt", lambda path: resaved(path, generator={"network": {"a": torch.ones(1)}})),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_run_is_one_sentence(
    run: Path, tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(run, tmp_path / "run")
    name, apply = DAMAGES[damage]
    apply(tmp_path / "run" / name)
    assert main(["fit", "--resume", "--out", str(tmp_path / "run")]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("train: ")
    assert printed.count("\n") == 1
    assert len(printed) < 600
    assert "weights_only" not in printed
    assert os.listdir() == ["run"]


def lines_of(path: Path, *lines: str) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))


CORPUS_DAMAGES = {
    "corpus.json cut short": ("corpus.json", cut),
    "corpus.json without a config": ("corpus.json", lambda path: path.write_text('{"format_version": 3}')),
    "takes.jsonl cut short": ("takes.jsonl", lambda path: path.write_text(path.read_text()[:-20])),
    "takes.jsonl with a line less": ("takes.jsonl", lambda path: lines_of(path, *path.read_text().splitlines()[:-1])),
    "takes.jsonl not there": ("takes.jsonl", Path.unlink),
    "a length that is NaN": ("takes.jsonl", lambda path: path.write_text(path.read_text().replace("20.0", "NaN"))),
    "a take elsewhere": ("takes.jsonl", lambda path: path.write_text(path.read_text().replace("00000", "../../a"))),
}


@pytest.mark.parametrize("damage", CORPUS_DAMAGES)
def test_a_damaged_corpus_is_one_sentence(
    corpus: Path, tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("corpus.json", "takes.jsonl"):
        shutil.copyfile(corpus / name, tmp_path / name)
    name, apply = CORPUS_DAMAGES[damage]
    apply(tmp_path / name)
    assert main(["fit", "--corpus", str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    printed = capsys.readouterr().err
    assert printed.endswith("make the corpus anew\n")
    assert printed.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--plucked", "7"], "--plucked is 7.0; it must be a probability from 0 to 1"),
        (["--hum-like", "nan"], "--hum-like is nan; it must be a probability"),
        (["--validate-steps", "0"], "--validate-steps is 0; it must be at least 1"),
        (["--save-minutes", "nan"], "--save-minutes is nan; it must be a number of 0 or more"),
        (["--seed", str(2**63)], "--seed is 9223372036854775808; it must be at most"),
    ],
)
def test_a_number_that_no_run_can_have_is_one_sentence(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str], said: str
) -> None:
    assert main(["fit", "--corpus", str(corpus), "--out", str(tmp_path / "run"), *option]) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_any_seed_trains(corpus: Path) -> None:
    images = one_batch(corpus)
    for seed in (2**24, 2**63 - 1):
        assert Trainer(TINY, replace(SETTINGS, seed=seed, joint_only=True)).train_step(images)["total"] > 0


def step_of(run: Path) -> int:
    return int(torch.load(run / "state.pt", weights_only=True)["step"])


def test_a_state_that_does_not_fit_on_the_disk_leaves_the_one_before(corpus: Path, tmp_path: Path) -> None:
    out, disk = tmp_path / "run", ExitStack()

    def fill(step: int, report: dict[str, float]) -> None:
        if step == 3:
            disk.enter_context(disk_for(1_000_000))

    said = r"cannot write .*state\.pt \(.*\); free some space on the disk.*, then go on from step 2 with --resume"
    with disk, pytest.raises(UserError, match=said):
        fit(corpus, out, TINY, replace(SETTINGS, save_minutes=0), on_step=fill)
    assert sorted(path.name for path in out.iterdir()) == ["log", "run.json", "state.pt"]
    assert step_of(out) == 2
    (out / "state.pt.0123456789abcdef.partial").write_text("of a process that was killed while it saved")
    resume(out)
    assert step_of(out) == SETTINGS.steps
    assert not list(out.glob("*.partial"))


def test_a_gpu_that_is_too_small_is_a_sentence_with_the_flag_that_helps(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_large(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has …")

    monkeypatch.setattr(Trainer, "train_step", too_large)
    with pytest.raises(UserError, match=r"batches of 2 segments; .* the state of step 0: .* a smaller --batch-size"):
        fit(corpus, tmp_path / "run", TINY, SETTINGS)


def test_sigterm_saves_the_state_as_ctrl_c_does(corpus: Path, tmp_path: Path) -> None:
    def end(step: int, report: dict[str, float]) -> None:
        if step == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    fit(corpus, tmp_path / "run", TINY, SETTINGS, on_step=end)
    assert step_of(tmp_path / "run") == 3


@needs_proc
def test_a_killed_process_that_prepares_segments_is_one_sentence(corpus: Path, tmp_path: Path) -> None:
    before = children()

    def kill(step: int, report: dict[str, float]) -> None:
        if step == 1:
            for child in children() - before:
                os.kill(child, signal.SIGKILL)
            time.sleep(10)  # torch raises here as soon as it hears of it

    with pytest.raises(UserError, match=r"was killed.* keeps the state of step 0: .* --resume and fewer --workers"):
        fit(corpus, tmp_path / "run", TINY, SETTINGS, machine=Machine(workers=1), on_step=kill)


def test_what_a_process_that_prepares_segments_cannot_read_is_said_without_its_traceback(
    corpus: Path, tmp_path: Path, uncollected: None
) -> None:
    shutil.copytree(corpus, tmp_path / "corpus")
    for path in (tmp_path / "corpus" / "takes").glob("*.npz"):
        cut(path)
    with pytest.raises(UserError, match=r"^the take \S+ is missing or damaged \(.*\); make the corpus anew$"):
        fit(tmp_path / "corpus", tmp_path / "run", TINY, SETTINGS, machine=Machine(workers=1))
    assert not multiprocessing.active_children()
