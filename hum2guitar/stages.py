"""The stages of a conversion: how long each takes, and how far it has come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[float, str], None]  # called with the share that is done, 0 to 1, and the name of the stage
DONE_BEFORE = {  # the share of a conversion that is done when a stage begins
    "reading": 0.0,
    "f0": 0.05,
    "arrange": 0.35,
    "label": 0.36,
    "generator": 0.4,
    "inversion": 0.6,
    "done": 1.0,
}


class Clock:
    """Measures the wall time of each stage, and reports its beginning."""

    def __init__(self, progress: Progress | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    def report(self, name: str) -> None:
        """Report that a stage begins. What ``progress`` raises passes through, so that it can stop a conversion."""
        if self._progress is not None:
            self._progress(DONE_BEFORE[name], name)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the body as the stage of that name."""
        self.report(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start
