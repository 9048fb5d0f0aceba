"""What the child process costs. ``pytest -s`` prints the figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from attack_files import good
from encoded import encode, hum

from hum2guitar.analysis import audio
from hum2guitar.analysis.reading.decoding import decode


class Memory:
    """Keeps the blocks."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []

    def restart(self) -> None:
        self.blocks = []

    def add(self, block: np.ndarray) -> None:
        self.blocks.append(block)


def read_in_process(path: Path) -> np.ndarray:
    memory = Memory()
    decode(str(path), audio.MAX_SECONDS, memory)
    return np.concatenate(memory.blocks)


def fastest_ms(read: Callable[[Path], object], path: Path) -> float:
    taken = []
    for _ in range(12):
        start = time.perf_counter()
        read(path)
        taken.append(1000 * (time.perf_counter() - start))
    return min(taken)


@pytest.mark.parametrize(("name", "limit_ms"), [("good.wav", 20), ("30s.m4a", 60)])
def test_reading_in_a_warm_child_costs_little_and_changes_no_sample(tmp_path: Path, name: str, limit_ms: float) -> None:
    path = tmp_path / name
    if name == "good.wav":
        good(tmp_path)
    else:
        encode(path, hum(44100, 30.0), 44100, "aac")
    np.testing.assert_array_equal(audio.load(path)[0], read_in_process(path))
    child, here = fastest_ms(audio.load, path), fastest_ms(read_in_process, path)
    print(f"{name}: {child:.1f} ms in a child, {here:.1f} ms in this process: the child costs {child - here:.1f} ms")
    assert child - here < 2 * limit_ms  # twice, for a machine that does something else too
