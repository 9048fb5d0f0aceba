from __future__ import annotations

from train.run.divergence import Watch


def test_one_bad_batch_and_another_stage_are_no_explosion() -> None:
    watch = Watch()
    for step in range(200):
        watch.observe(1000.0 if step % 19 == 18 else 1.0, "global", step)
        assert watch.healthy == (step % 19 != 18 or step < 20)
    for step in range(200):
        watch.observe(1000.0, "joint", step)
        assert watch.healthy
