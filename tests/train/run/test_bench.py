"""The bench on a network of a few hundred weights: its figures are of the right kind and agree with each other."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from corpora import SETTINGS, TINY
from torch.utils.flop_counter import FlopCounterMode

from train.run import bench
from train.run.machine import Machine


def test_the_bench_times_real_steps_and_prints_a_small_table(corpus: Path) -> None:
    speed = bench.bench(corpus, TINY, replace(SETTINGS, steps=3), Machine())
    assert speed.segments_per_s > 0
    assert 0 < speed.waiting < 1
    assert speed.peak_memory > 100 * 2**20  # torch alone takes more
    assert 0 < speed.flop_per_s < speed.peak_flop_per_s
    lines = speed.to_text().splitlines()
    assert [re.split(r"  +", line)[0] for line in lines] == [
        "device", "segments/s", "waiting for data", "peak memory", "floating point",
        "expected of an H100"
    ]  # fmt: skip
    assert "of a float32 matmul's" in lines[-2]
    flop_per_segment = speed.flop_per_s / speed.segments_per_s
    assert speed.h100_segments_per_s * flop_per_segment == pytest.approx(98.9e12)


def test_a_step_costs_more_than_a_forward_pass_and_in_proportion_to_the_batch(corpus: Path) -> None:
    processes = Machine().join()
    images = torch.zeros(4, 3, 64, 216), torch.zeros(4, 1, 64, 216), torch.zeros(4, 4)
    settings = replace(SETTINGS, joint_only=True)
    four = bench.step_flop(TINY, settings, processes, images)
    two = bench.step_flop(TINY, settings, processes, (images[0][:2], images[1][:2], images[2][:2]))
    assert four == 2 * two
    with FlopCounterMode(display=False) as counter:
        bench.Trainer(TINY, settings, processes).generator(images[0], images[2])
    assert four > 3 * counter.get_total_flops()  # backward is twice forward, and the discriminator comes on top


def test_the_peak_is_that_of_the_matmul(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that says a product takes two seconds."""
    ticks = iter(range(0, 100, 2))
    monkeypatch.setattr(bench.time, "monotonic", lambda: next(ticks))
    found = bench.matmul_flop_per_s(torch.device("cpu"), torch.float32, repeats=1)
    assert found == pytest.approx(2 * 2048**3 / 2)
