"""The stages of a conversion: their durations, and progress reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[float, str], None]  # called with the completed share, 0 to 1, and the name of the stage
DONE_BEFORE = {  # the completed share of a conversion at the start of each stage
    "reading": 0.0,
    "f0": 0.05,
    "arrange": 0.35,
    "label": 0.36,
    "generator": 0.4,
    "inversion": 0.6,
    "done": 1.0,
}


class Clock:
    """Measures the wall time of each stage and reports its start.

    Attributes
    ----------
    seconds : s, wall time by the name of the stage
    """

    def __init__(self, progress: Progress | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    def report(self, name: str) -> None:
        """Report the start of a stage. Exceptions of ``progress`` are not caught, so it can stop a conversion."""
        if self._progress is not None:
            self._progress(DONE_BEFORE[name], name)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Report the start of a stage, and measure the wall time of the body."""
        self.report(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start
