"""Files that stopped, hung or emptied a server are uploaded to the real one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attack_files import ATTACKS, Attack
from gradio_client.exceptions import AppError

Convert = Callable[..., tuple[str, str, dict[str, Any], str]]
# one of each kind; tests/analysis reads them all
NAMES = ["h8.m4a", "live.wav", "list.m4a", "concat.flac", "bomb.flac", "latin.mp3", "stream.flac", "codec.m4a"]
NAMES += ["channels.m4a", "enormous.wav"]
TOO_SLOW = "could not be decoded within"  # where other programs keep the processor busy


@pytest.fixture(scope="module")
def resident(served: tuple[str, int]) -> Callable[[], int]:
    """The memory in bytes of the server and of its children."""

    def measure(process: int = served[1]) -> int:
        task = Path("/proc", str(process), "task", str(process), "children")
        status = Path("/proc", str(process), "status").read_text()
        own = int(status.partition("VmRSS:")[2].split()[0]) * 1024
        return own + sum(measure(int(child)) for child in task.read_text().split())

    if not Path("/proc/self/task").exists():
        pytest.skip("only Linux tells the memory of another process")
    return measure


@pytest.mark.parametrize("attack", [each for each in ATTACKS if each.name in NAMES], ids=lambda each: each.name)
def test_a_file_that_stopped_a_server_gets_its_answer_and_the_next_hum_converts(
    convert: Convert, short_hum: Path, tmp_path: Path, attack: Attack
) -> None:
    path = attack.write(tmp_path)
    if attack.sentence is None:
        assert convert(path, iterations=1)[2]["notes"]
    else:
        with pytest.raises(AppError, match=f"{attack.sentence}|{TOO_SLOW}"):
            convert(path)
    assert len(convert(short_hum, iterations=1)[2]["notes"]) == 2


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.5)


def test_the_memory_of_the_server_is_what_it_was_after_bombs(
    convert: Convert, short_hum: Path, tmp_path: Path, resident: Callable[[], int]
) -> None:
    for _ in range(6):  # it grows for so long
        convert(short_hum, iterations=1)
    before = resident()
    bomb = next(attack for attack in ATTACKS if attack.name == "bomb.flac").write(tmp_path)
    for _ in range(3):
        with pytest.raises(AppError, match=f"longer than|{TOO_SLOW}"):
            convert(bomb)
    convert(short_hum, iterations=1)
    wait_until(lambda: resident() < 1.05 * before)  # a decoder that was killed is replaced meanwhile
