"""What the child process costs. ``pytest -s`` prints the figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from attack_files import good
from children import children, needs_proc, processor_s
from encoded import encode, hum

from hum2guitar.analysis import audio
from hum2guitar.analysis.reading.decoding import decode

RUNS = 20


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


def cost_ms(read: Callable[[Path], object], path: Path) -> tuple[float, float]:
    """The shortest time of many runs, and the mean processor time of this process and its busiest child."""
    taken, own, others = [], time.process_time(), {child: processor_s(child) for child in children()}
    for _ in range(RUNS):
        start = time.perf_counter()
        read(path)
        taken.append(time.perf_counter() - start)
    busiest = max([processor_s(child) - before for child, before in others.items()], default=0.0)
    return 1000 * min(taken), 1000 * (time.process_time() - own + busiest) / RUNS


@needs_proc
@pytest.mark.parametrize(("name", "limit_ms"), [("good.wav", 20), ("30s.m4a", 60)])
def test_reading_in_a_warm_child_costs_little_and_changes_no_sample(tmp_path: Path, name: str, limit_ms: float) -> None:
    path = tmp_path / name
    if name == "good.wav":
        good(tmp_path)
    else:
        encode(path, hum(44100, 30.0), 44100, "aac")
    np.testing.assert_array_equal(audio.load(path)[0], read_in_process(path))
    child, child_processor = cost_ms(audio.load, path)
    here, here_processor = cost_ms(read_in_process, path)
    print(
        f"{name}: the child costs {child - here:.1f} ms ({child:.1f} instead of {here:.1f}), "
        f"{child_processor - here_processor:.1f} ms of the processor"
    )
    # the processor's time, because it hardly depends on what else the machine does
    assert child_processor - here_processor < limit_ms
