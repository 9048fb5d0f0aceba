from __future__ import annotations

from collections.abc import Iterator

import pytest

from train.run.clock import Clock


@pytest.mark.parametrize(("making_s", "learning_s", "share"), [(0.2, 0.1, 2 / 3), (0.04, 0.36, 0.1), (0.2, 0, 1)])
def test_a_clock_counts_the_time_until_a_batch_is_there(
    monkeypatch: pytest.MonkeyPatch, making_s: float, learning_s: float, share: float
) -> None:
    """By a clock that only two things move: making a batch, and learning from it."""
    now_s = 0.0

    def batches() -> Iterator[int]:
        nonlocal now_s
        for i in range(3):
            now_s += making_s
            yield i

    monkeypatch.setattr("time.monotonic", lambda: now_s)
    clock = Clock(batches())
    for _ in clock:
        now_s += learning_s
    assert clock.seconds == pytest.approx(3 * (making_s + learning_s))
    assert clock.waiting == pytest.approx(share, abs=1e-6)
    clock.restart()
    assert clock.waiting == 0
