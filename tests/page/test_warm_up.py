from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hum2guitar import Hum2Guitar
from page import texts, warm_up
from page.jobs import Jobs
from page.turns import Visitor


def test_a_job_that_comes_during_the_warm_up_is_told_so_and_waits_for_its_end() -> None:
    jobs, told = Jobs(warm=False, check_s=0.01), []

    async def visit() -> str:
        def waits(before: int) -> None:
            told.append(texts.waiting(before, jobs.warm))
            if len(told) == 3:
                warm_up.start(jobs, lambda: None)

        with jobs.listening("early"):
            return await jobs.run(Visitor("here", "early"), frozenset({"early"}), lambda check: "a guitar", waits)

    assert asyncio.run(asyncio.wait_for(visit(), 20)) == "a guitar"
    assert told[:3] == [texts.WARMING_UP] * 3


def test_jobs_have_their_turns_after_a_warm_up_that_failed(caplog: pytest.LogCaptureFixture) -> None:
    jobs = Jobs(warm=False)
    warm_up.start(jobs, lambda: 1 // 0).join(20)
    assert jobs.warm
    assert "the warm-up failed" in caplog.text


def test_the_warm_up_converts_a_hum_and_leaves_nothing(converter: Hum2Guitar, tmp_path: Path) -> None:
    shapes = []

    def generate(label: np.ndarray, condition: np.ndarray, **options: Any) -> np.ndarray:
        shapes.append(label.shape)
        return converter.generate(label, condition, **options)

    warm_up.warm_up(converter, "pghi", generate, tmp_path)
    assert len(shapes) == 2
    assert list(tmp_path.iterdir()) == []


def test_where_the_gpu_is_lent_the_warm_up_does_not_ask_for_it(converter: Hum2Guitar, tmp_path: Path) -> None:
    def refuse(*arguments: object, **options: object) -> np.ndarray:
        raise AssertionError("the generator was called")

    converter.generate = refuse
    warm_up.warm_up(converter, "pghi", warm_up.silence(converter.config.n_mels), tmp_path)
