"""What the machine refuses or kills while a hum is converted: a sentence or silence, and no damaged file."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from attack_files import flac_of_constants
from children import children, needs_proc, within
from conftest import random_generator
from forking import ROOT, Program, forking
from sounds import sung

from hum2guitar import CheckpointError, Config
from hum2guitar.command_line import guarded
from hum2guitar.synthesis import checkpoint

MELODY = [(0.2, 0.8, 57.0), (0.9, 1.5, 60.0), (1.6, 2.4, 64.0)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tiny: Config) -> Path:
    """A checkpoint and a hum."""
    folder = tmp_path_factory.mktemp("faults")
    checkpoint.save(folder / "tiny.safetensors", random_generator(tiny).state_dict(), tiny, {})
    soundfile.write(folder / "a.flac", sung(MELODY, 44100, 2.6), 44100)
    return folder


@pytest.fixture(scope="module")
def options(folder: Path) -> list[object]:
    # the tracker that needs no threads: they do not survive a fork
    return ["--checkpoint", folder / "tiny.safetensors", "--tracker", "cepstrum", "--iterations", "0"]


@pytest.fixture(scope="module")
def program(folder: Path, options: list[object], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    if not Path("/proc/self/statm").exists():
        pytest.skip("the limits of a process are set on Linux only")
    with forking(
        tmp_path_factory.mktemp("printed"), folder / "a.flac", folder / "first.wav", *options, "--quiet"
    ) as started:
        yield started


@pytest.fixture(scope="module")
def seconds(program: Program, folder: Path, options: list[object]) -> float:
    """How long a conversion takes."""
    ended = program.run(folder / "a.flac", folder / "second.wav", *options)
    assert (ended.code, ended.err) == (0, "")
    return ended.seconds


def test_a_full_disk_is_a_sentence_and_the_old_file_stays(
    program: Program, folder: Path, options: list[object], tmp_path: Path
) -> None:
    (tmp_path / "o.wav").write_text("before")
    ended = program.run(folder / "a.flac", tmp_path / "o.wav", *options, disk=50_000)
    assert ended.code == 2
    assert ended.err.startswith(f"hum2guitar: a.flac: cannot write {tmp_path / 'o.wav'} (")
    assert ended.err.endswith("); free some space on the disk, or choose another one\n")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_output_that_cannot_be_printed_is_a_sentence(
    program: Program, folder: Path, options: list[object], tmp_path: Path
) -> None:
    ended = program.run(folder / "a.flac", tmp_path / "o.wav", *options, out="/dev/full")
    assert ended.code == 2
    assert ended.err.startswith("hum2guitar: cannot read or write (No space left on device); free some space")
    assert ended.err.count("\n") == 1
    assert (tmp_path / "o.wav").exists()


def test_output_that_nobody_reads_ends_the_program_without_a_word(
    program: Program, folder: Path, options: list[object], tmp_path: Path
) -> None:
    ended = program.run(folder / "a.flac", tmp_path / "o.wav", *options, out="a closed pipe")
    assert (ended.code, ended.err) == (141, "")


def test_closed_output_is_no_error(tmp_path: Path) -> None:
    """Also at the end of Python itself, which flushes once more."""
    for shut in (">&-", "> /dev/full", "| true"):
        command = f'{sys.executable} -c "import sys; from hum2guitar.command_line import guarded\n'
        command += f"sys.exit(guarded('p')(lambda: print('done') or 0)())\" {shut}"
        ended = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
        assert ended.stderr in ("", "p: cannot read or write (No space left on device); free some space on the disk, "
                                "or choose another one\n")  # fmt: skip
        assert (ended.returncode == 2) == bool(ended.stderr)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_any_moment_ends_the_program_without_a_word_and_without_half_a_file(
    program: Program, folder: Path, options: list[object], tmp_path: Path, seconds: float, number: int, code: int
) -> None:
    codes = set()
    for moment in (0.1, 0.3, 0.5, 0.7, 0.9):
        ended = program.run(folder / "a.flac", tmp_path / "o.wav", *options, act=after(moment * seconds, number))
        assert ended.err == ""
        assert [path.name for path in tmp_path.iterdir()] in ([], ["o.wav"])
        codes.add(ended.code)
    assert codes <= {0, code}
    assert code in codes


@pytest.mark.parametrize(
    "words", [["app.py"], ["-m", "page"], ["-m", "train", "presets"], ["-m", "hum2guitar", "a.wav", "b.wav"]]
)
def test_ctrl_c_while_torch_is_imported_ends_a_program_without_a_word(tmp_path: Path, words: list[str]) -> None:
    for slow in ("gradio", "torch"):
        (tmp_path / f"{slow}.py").write_text("import signal, time; signal.raise_signal(signal.SIGINT); time.sleep(60)")
    (tmp_path / "a.wav").touch()
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    words = [str(ROOT / word) if word == "app.py" else word for word in words]
    ended = subprocess.run([sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_a_process_that_is_killed_leaves_the_old_file_or_the_new_one(
    program: Program, folder: Path, options: list[object], tmp_path: Path, seconds: float
) -> None:
    whole, path = (folder / "second.wav").read_bytes(), tmp_path / "o.wav"
    moments, killed = random.Random(0), 0
    for _ in range(6):
        path.write_text("before")
        act = after(moments.uniform(0.2, 1.0) * seconds, signal.SIGKILL)
        killed += program.run(folder / "a.flac", path, *options, act=act).code == -signal.SIGKILL
        assert path.read_bytes() in (b"before", whole)
        assert all(other == path or other.suffix == ".partial" for other in tmp_path.iterdir())
    assert killed


def after(delay_s: float, number: int) -> Callable[[int], None]:
    """Send a signal some seconds after the start."""

    def act(pid: int) -> None:
        time.sleep(max(0.02, delay_s))
        with suppress(ProcessLookupError):  # it was faster
            os.kill(pid, number)

    return act


def test_ten_minutes_of_hum_in_too_little_memory_are_a_sentence(
    program: Program, folder: Path, options: list[object], tmp_path: Path
) -> None:
    long = folder / "long.flac"
    soundfile.write(long, np.tile(sung(MELODY, 22050, 2.6), 230), 22050)
    for megabytes in (20, 150):
        ended = program.run(long, tmp_path / "o.wav", *options, memory=megabytes << 20)
        assert (ended.code, ended.out) == (2, "")
        assert re.match(r"hum2guitar: .*there is (too little|not enough) memory", ended.err)
        assert ended.err.count("\n") == 1
        assert list(tmp_path.iterdir()) == []


@needs_proc
def test_a_decoder_that_is_killed_is_a_sentence(program: Program, options: list[object], tmp_path: Path) -> None:
    flac_of_constants(tmp_path / "slow.flac", 590.0, 8)

    def kill(pid: int) -> None:
        assert within(10, lambda: bool(children(pid)))
        time.sleep(0.5)
        for child in children(pid):
            os.kill(child, signal.SIGKILL)

    ended = program.run(tmp_path / "slow.flac", tmp_path / "o.wav", *options, act=kill)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("hum2guitar: the file slow.flac stopped its decoder")
    assert ended.err.count("\n") == 1


def test_a_checkpoint_that_is_altered_anywhere_is_refused(folder: Path, tmp_path: Path) -> None:
    content, path = (folder / "tiny.safetensors").read_bytes(), tmp_path / "altered.safetensors"
    header = 8 + int.from_bytes(content[:8], "little")
    before, moments, passed = checkpoint.load(folder / "tiny.safetensors"), random.Random(0), 0
    for number in range(300):
        altered = bytearray(content)
        place = moments.randrange(header if number % 2 else len(content))
        if number % 3:
            altered[place] ^= moments.randrange(1, 256)
        else:
            del altered[place:]
        path.write_bytes(altered)
        with suppress(CheckpointError):  # a space of the header may be altered, or a name that nothing reads
            assert checkpoint.load(path).config == before.config
            assert place < header
            passed += 1
    assert passed < 15


def test_an_error_of_the_program_itself_stays_one() -> None:
    for error in (ZeroDivisionError(), RuntimeError("a bug"), ValueError("a bug")):

        def broken(error: Exception = error) -> int:
            raise error

        with pytest.raises(type(error)):
            guarded("p")(broken)()
