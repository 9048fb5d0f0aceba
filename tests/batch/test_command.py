"""Many recordings by one command: what is made, what is said, and what is left where it is stopped."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from children import children, lives, needs_proc, within
from served import ROOT
from sounds import sung
from untrained import random_generator

from hum2guitar import Config
from hum2guitar.__main__ import main
from hum2guitar.analysis import audio
from hum2guitar.batch.record import FILE_NAME
from hum2guitar.synthesis import checkpoint

MELODY = [(0.2, 0.8, 57.0), (0.9, 1.5, 60.0)]
NAMES = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def hums(tmp_path_factory: pytest.TempPathFactory, tiny: Config) -> Path:
    """A folder of recordings, and a checkpoint beside it."""
    folder = tmp_path_factory.mktemp("batch") / "hums"
    folder.mkdir()
    checkpoint.save(folder.parent / "tiny.safetensors", random_generator(tiny).state_dict(), tiny, {})
    for semitones, name in enumerate(NAMES):
        notes = [(onset, offset, midi + semitones) for onset, offset, midi in MELODY]
        soundfile.write(folder / f"{name}.flac", sung(notes, 16000, 1.7), 16000)
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def words(hums: Path, out: Path, *more: str) -> list[str]:
    checkpoint_file = str(hums.parent / "tiny.safetensors")
    return ["convert", str(hums), str(out), "--checkpoint", checkpoint_file, "--iterations", "0", *more]


def start(hums: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-u", "-m", "hum2guitar", *words(hums, out, *more)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def guitars(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir())


def test_two_processes_make_the_same_guitars_as_one(
    hums: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one").mkdir()
    assert main(words(hums, tmp_path / "one")) == 0
    capsys.readouterr()
    assert main(words(hums, out, "--jobs", "2", "--summary", str(tmp_path / "summary.csv"))) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert sorted(line.partition(":")[0] for line in printed.out.splitlines()) == [
        str(out / f"{name}.wav") for name in NAMES
    ]
    for name in NAMES:
        assert (out / f"{name}.wav").read_bytes() == (tmp_path / "one" / f"{name}.wav").read_bytes()
    assert guitars(out) == [FILE_NAME, *(f"{name}.wav" for name in NAMES)]
    with (tmp_path / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["recording"]).stem for row in rows] == list(NAMES)
    assert {row["status"] for row in rows} == {"converted"}


def test_what_failed_is_said_at_the_end_and_resume_does_the_rest(
    hums: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "hums"
    shutil.copytree(hums, mine)
    shutil.copy(hums.parent / "tiny.safetensors", tmp_path)
    soundfile.write(mine / "b.flac", np.zeros(16000), 16000)
    assert main(words(mine, out)) == 1
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 3
    assert printed.err.startswith("hum2guitar: b.flac: the recording is silent")
    assert printed.err.count("\n") == 1
    made = {path.name: path.stat().st_mtime_ns for path in out.glob("*.wav")}
    shutil.copy(hums / "b.flac", mine)
    shutil.copy(hums / "a.flac", mine / "c.flac")  # another recording of the same name
    assert main(words(mine, out, "--resume")) == 0
    kept = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines() if line.endswith("(kept)")]
    assert kept == [str(out / "a.wav"), str(out / "d.wav")]
    assert (out / "a.wav").stat().st_mtime_ns == made["a.wav"]
    assert (out / "c.wav").stat().st_mtime_ns > made["c.wav"]
    assert main(words(mine, out, "--resume", "--seed", "1")) == 0
    assert "(kept)" not in capsys.readouterr().out


def test_a_recording_for_which_torch_has_too_little_memory_costs_no_other_recording(
    hums: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load = audio.load

    def load_or_fill_memory(path: Path) -> tuple[np.ndarray, int]:
        if path.stem == "b":
            torch.empty(1 << 60, dtype=torch.uint8)
        return load(path)

    monkeypatch.setattr(audio, "load", load_or_fill_memory)
    assert main(words(hums, out)) == 1
    assert capsys.readouterr().err.startswith("hum2guitar: b.flac: there is not enough memory; close other programs")
    assert guitars(out) == [FILE_NAME, "a.wav", "c.wav", "d.wav"]


@needs_proc
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_leaves_whole_guitars_only_and_no_process(hums: Path, out: Path, jobs: str) -> None:
    many = out.parent / "hums"
    many.mkdir()
    shutil.copy(hums.parent / "tiny.safetensors", many.parent)
    for number in range(40):
        shutil.copy(hums / f"{NAMES[number % 4]}.flac", many / f"{number}.flac")
    started = start(many, out, "--jobs", jobs)
    assert started.stdout is not None
    started.stdout.readline()
    below = {other for child in children(started.pid) for other in (child, *children(child))}
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert (started.returncode, said) == (130, "")
    assert within(5, lambda: not any(lives(child) for child in below))
    made = [name for name in guitars(out) if name != FILE_NAME]
    assert 1 <= len(made) < 40
    assert all(name.endswith(".wav") and soundfile.info(out / name).frames for name in made)
    assert len((out / FILE_NAME).read_text().splitlines()) == len(made)


@needs_proc
def test_a_process_that_is_killed_loses_no_recording(hums: Path, out: Path) -> None:
    started = start(hums, out, "--jobs", "2")
    workers: list[int] = []

    def working() -> bool:
        workers[:] = [child for child in children(started.pid) if children(child)]  # it has its own, which decodes
        return bool(workers)

    assert within(60, working)
    os.kill(workers[0], signal.SIGKILL)
    printed, said = started.communicate(timeout=120)
    assert (started.returncode, said) == (0, "")
    assert len(printed.splitlines()) == len(NAMES)
    assert guitars(out) == [FILE_NAME, *(f"{name}.wav" for name in NAMES)]


def test_a_folder_that_takes_no_files_is_a_sentence(
    hums: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hum2guitar.batch.command.TemporaryDirectory", refuse)
    assert main(words(hums, out)) == 2
    assert capsys.readouterr().err == (
        f"hum2guitar: cannot write in {out} (Permission denied); choose a folder that is writable\n"
    )
