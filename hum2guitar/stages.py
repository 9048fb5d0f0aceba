"""The stages of a conversion: their durations, and progress reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

Progress = Callable[[float, str], None]  # called with the completed share, 0 to 1, and the name of the stage
Report = Callable[[float], None]  # called again and again in a long stage, with the completed share of it, 0 to 1
DONE_BEFORE = {  # the completed share of a conversion at the start of each stage
    "reading": 0.0,
    "f0": 0.05,
    "arrange": 0.35,
    "label": 0.36,
    "generator": 0.4,
    "inversion": 0.6,
    "done": 1.0,
}


def no_report(share: float) -> None:
    """Report nothing."""


class Clock:
    """Measures the wall time of each stage and reports its start, and what is completed of it.

    Attributes
    ----------
    seconds : s, wall time by the name of the stage
    """

    def __init__(self, progress: Progress | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    def report(self, name: str, share: float = 0.0) -> None:
        """Report how much of a stage is completed. Exceptions of ``progress`` are not caught: it can stop the work."""
        if self._progress is not None:
            start = DONE_BEFORE[name]
            end = min((later for later in DONE_BEFORE.values() if later > start), default=1.0)
            self._progress(start + share * (end - start), name)

    @contextmanager
    def stage(self, name: str) -> Iterator[Report]:
        """Report the start of a stage, and measure the wall time of the body, which may report its completed share."""
        self.report(name)
        start = time.perf_counter()
        yield partial(self.report, name)
        self.seconds[name] = time.perf_counter() - start
