"""app.py, as a Space runs it."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from served import ROOT, load_module

from hum2guitar.config import SMALL


def label_of(seconds: float) -> np.ndarray:
    return np.zeros((len(SMALL.label_channels), 1, SMALL.n_frames(round(seconds * SMALL.sample_rate))), np.float32)


def test_a_longer_hum_asks_for_more_of_a_visitors_gpu_time_and_none_for_more_than_it_needs() -> None:
    app = load_module(ROOT / "app.py")
    asked = [app.gpu_s(label_of(seconds), None, seed=0) for seconds in (1, 46, 47, 92)]
    assert asked == [6, 6, 7, 7]  # docs/deployment.md: 5 s, and one more for each 46 s of hum


def test_on_zero_gpu_a_gpu_is_lent_for_the_seconds_of_each_label(monkeypatch: pytest.MonkeyPatch) -> None:
    spaces, lent = ModuleType("spaces"), []

    def gpu(duration: Any) -> Any:
        def lend(function: Any) -> Any:
            def call(*arguments: Any) -> Any:
                lent.append(duration(*arguments))
                return function(*arguments)

            return call

        return lend

    spaces.GPU = gpu  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    app = load_module(ROOT / "app.py")
    monkeypatch.setattr(app, "serve", lambda lend_gpu: lend_gpu(lambda label: label)(label_of(60)))
    monkeypatch.setattr(app, "share_heap", lambda: True)
    app.main()
    assert lent == [7]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have another allocator")
def test_the_threads_of_the_page_share_one_heap() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import app; print(app.share_heap())"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.strip() == "True", done.stderr
