"""Signs that a run has gone wrong: a loss that is not finite, or one that stays far above what it was."""

from __future__ import annotations

import math
from collections import deque
from statistics import median

from hum2guitar.errors import UserError

WINDOW = 100  # steps whose median says what is usual
ENOUGH = 20  # steps of a stage before anything is usual
EXPLODED = 10.0  # times the median; losses fall slowly and jump by less than 3 when healthy
PATIENCE = 20  # steps in a row: one bad batch is no explosion


class DivergedError(UserError):
    """Training that will not recover."""


def check_finite(report: dict[str, float], step: int) -> None:
    """Raise DivergedError for the first of the losses and gradient norms that is NaN or infinite."""
    for name, value in report.items():
        if not math.isfinite(value):
            raise DivergedError(f"training diverged at step {step} ({name} is {value})")


class Watch:
    """Notices a loss that stays above ``EXPLODED`` times its running median for ``PATIENCE`` steps in a row.

    The median is of the healthy steps of the same stage, because each stage has another sum of losses.
    """

    def __init__(self) -> None:
        self._stage = ""
        self._usual: deque[float] = deque(maxlen=WINDOW)
        self._suspicious = 0

    @property
    def healthy(self) -> bool:
        """Whether the last step's loss was usual, so that its weights may replace the saved ones."""
        return self._suspicious == 0

    def observe(self, loss: float, stage: str, step: int) -> None:
        """Take note of one step's loss. Raises DivergedError."""
        if stage != self._stage:
            self._stage, self._suspicious = stage, 0
            self._usual.clear()
        usual = median(self._usual) if len(self._usual) >= ENOUGH else math.inf
        if loss <= EXPLODED * usual:
            self._suspicious = 0
            self._usual.append(loss)
            return
        self._suspicious += 1
        if self._suspicious >= PATIENCE:
            raise DivergedError(
                f"training diverged at step {step} (the total loss has been over {EXPLODED:.0f} times its usual "
                f"{usual:.3g} for {PATIENCE} steps)"
            )
