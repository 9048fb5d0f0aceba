"""Time and memory of a conversion in a process of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from untrained import TINY, random_generator

from hum2guitar.synthesis.checkpoint import save
from train.evaluate import footprint


def test_the_peak_is_that_of_the_child_alone(tmp_path: Path) -> None:
    save(tmp_path / "tiny.safetensors", random_generator(TINY).state_dict(), TINY, {})
    ballast = np.ones(3 * 10**8 // 8)  # 0.3 GB in this process
    held = footprint.measure(str(tmp_path / "tiny.safetensors"), seconds=2.0)
    del ballast
    assert held["first"] > held["warm"] > 0
    assert held["threads"] >= 1
    if footprint.STATUS.is_file():
        assert 0.1 < held["peak_gb"] < 2
