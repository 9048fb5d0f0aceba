"""How the learning rate changes over a run."""

from __future__ import annotations

WARM_UP = 50  # steps


def warm_up_then_fall(step: int, steps: int) -> float:
    """Return the learning rate at a step as a share of the full one.

    It rises over the first ``WARM_UP`` steps, is constant for the first half of the run, and falls linearly to 0 in
    the second half.
    """
    return min(1.0, (step + 1) / WARM_UP) * constant_then_fall(step, steps, steps / 2)


def constant_then_fall(step: int, steps: int, constant: float) -> float:
    """Return 1 for the first ``constant`` steps, then a share that falls linearly to 0 at ``steps``."""
    return min(1.0, (steps - step) / max(steps - constant, 1e-9))
