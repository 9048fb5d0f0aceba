"""The child processes that decode: what ends them, and that nothing is left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import soundfile
from attack_files import flac_of_constants, good
from children import children, lives, needs_proc, within
from encoded import encode, hum
from served import ROOT

from hum2guitar import AudioError
from hum2guitar.analysis import audio
from hum2guitar.analysis.reading import worker

START = """
import os, pathlib, signal, sys, threading, time
CHILDREN = lambda: pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
from hum2guitar.analysis import audio
"""


def program(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a fresh process that reads recordings."""
    command = [sys.executable, "-W", "error", "-c", START + code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A file that takes seconds to decode."""
    flac_of_constants(tmp_path / "slow.flac", 590.0, 8)
    return tmp_path / "slow.flac"


def test_a_file_that_takes_too_long_gets_a_sentence_and_the_next_is_read(
    slow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(worker, "DECODING_S", 0.2)
        patch.setattr(worker, "SAMPLES_PER_S", 1e12)
        with pytest.raises(AudioError, match=r"slow\.flac could not be decoded in \d+ seconds; export it again"):
            audio.load(slow)
    assert len(audio.load(good(tmp_path))[0]) == 441000


@needs_proc
def test_a_decoder_that_hangs_is_given_up_though_it_decoded_much(
    slow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio.load(good(tmp_path))
    monkeypatch.setattr(worker, "DECODING_S", 1.0)

    def hang() -> None:
        time.sleep(0.5)
        for child in children():
            os.kill(child, signal.SIGSTOP)

    thread = Thread(target=hang)
    thread.start()
    start = time.monotonic()
    with pytest.raises(AudioError, match=r"slow\.flac could not be decoded in \d+ seconds"):
        audio.load(slow)
    thread.join()
    assert time.monotonic() - start < 8


@needs_proc
def test_a_decoder_that_crashes_is_a_sentence_and_the_next_hum_is_read(slow: Path, tmp_path: Path) -> None:
    audio.load(good(tmp_path))

    def crash() -> None:
        time.sleep(0.3)
        for child in children():
            os.kill(child, signal.SIGSEGV)

    thread = Thread(target=crash)
    thread.start()
    with pytest.raises(AudioError, match=r"the file slow\.flac stopped its decoder; export it again as wav or flac"):
        audio.load(slow)
    thread.join()
    assert len(audio.load(good(tmp_path))[0]) == 441000


@needs_proc
def test_a_child_that_was_killed_between_two_recordings_is_replaced(tmp_path: Path) -> None:
    audio.load(good(tmp_path))
    for child in children():
        os.kill(child, signal.SIGKILL)
    assert within(5, lambda: not any(map(lives, children())))
    assert len(audio.load(good(tmp_path))[0]) == 441000


@needs_proc
def test_a_child_is_replaced_after_some_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = good(tmp_path)
    audio.load(path)
    before = children()
    monkeypatch.setattr(worker, "MAX_FILES", 1)
    audio.load(path)
    audio.load(path)
    assert not before & children()


@needs_proc
def test_threads_that_read_at_once_get_each_their_own_recording_and_few_children_stay(tmp_path: Path) -> None:
    for number in range(8):
        soundfile.write(tmp_path / f"{number}.wav", np.full(44100 + number, number / 10), 44100, subtype="FLOAT")

    def read(number: int) -> tuple[int, float]:
        waveform, _ = audio.load(tmp_path / f"{number % 8}.wav")
        return len(waveform) - 44100, round(float(waveform.max()), 3)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(read, range(80))) == [(number % 8, number % 8 / 10) for number in range(80)]
    assert len([child for child in children() if lives(child)]) <= 3  # and a browser, or a page that is served


@needs_proc
def test_no_child_is_left_when_the_program_ends(tmp_path: Path) -> None:
    code = "audio.load(sys.argv[1]); print(*CHILDREN())"
    done = program(code, good(tmp_path))
    output, errors = done.communicate(timeout=30)
    assert (done.returncode, errors) == (0, "")
    assert output.split()
    assert within(2, lambda: not any(lives(int(child)) for child in output.split()))


@needs_proc
@pytest.mark.parametrize("what", ["waits", "decodes"])
def test_no_child_is_left_when_the_program_is_killed(what: str, slow: Path, tmp_path: Path) -> None:
    code = """
audio.load(sys.argv[1])
if sys.argv[3] == "decodes":
    threading.Thread(target=audio.load, args=[sys.argv[2]], daemon=True).start()
    time.sleep(0.3)
print(*CHILDREN(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = program(code, good(tmp_path), slow, what)
    output, _ = done.communicate(timeout=30)
    assert done.returncode == -signal.SIGKILL
    assert output.split()
    assert within(2, lambda: not any(lives(int(child)) for child in output.split()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_process_reads_with_children_of_its_own(tmp_path: Path) -> None:
    code = """
audio.load(sys.argv[1])
forked = os.fork()
for _ in range(20):
    assert len(audio.load(sys.argv[1])[0]) == 441000
if forked:
    assert os.waitpid(forked, 0)[1] == 0
    assert len(audio.load(sys.argv[1])[0]) == 441000
"""
    done = program(code, good(tmp_path))
    _, errors = done.communicate(timeout=60)
    assert (done.returncode, errors) == (0, "")


def test_a_program_whose_script_has_no_guard_is_not_run_again(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(f"print('started')\n{START}\naudio.load({str(good(tmp_path))!r})\n")
    done = subprocess.run([sys.executable, tmp_path / "app.py"], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "started\n", "")


def test_a_file_is_found_after_the_program_changed_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio.load(good(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert len(audio.load("good.wav")[0]) == 441000


def test_a_name_that_is_not_utf_8_is_read(tmp_path: Path) -> None:
    try:
        path = good(tmp_path).rename(tmp_path / os.fsdecode(b"caf\xe9 \xff.wav"))
    except (OSError, UnicodeError):
        pytest.skip("this disk takes names in UTF-8 only")
    assert len(audio.load(path)[0]) == 441000


def test_a_film_is_read_without_its_pictures_and_a_file_named_raw_by_its_content(tmp_path: Path) -> None:
    assert len(audio.load(encode(tmp_path / "film.mp4", hum(), 44100, "aac", picture=True))[0]) > 44000
    assert len(audio.load(good(tmp_path).rename(tmp_path / "good.raw"))[0]) == 441000
