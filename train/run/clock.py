"""How long a run waits for its data."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Clock(Generic[Item]):
    """Batches, and the share of the time since the last restart that was spent waiting for them."""

    def __init__(self, batches: Iterable[Item]) -> None:
        self.batches = batches
        self.restart()

    def restart(self) -> None:
        """Forget the time so far."""
        self._began, self._waited_s = time.monotonic(), 0.0

    @property
    def seconds(self) -> float:
        """The time since the last restart."""
        return time.monotonic() - self._began

    @property
    def waiting(self) -> float:
        """The share of that time that was spent waiting, 0 to 1."""
        return self._waited_s / max(self.seconds, 1e-9)

    def __iter__(self) -> Iterator[Item]:
        batches = iter(self.batches)
        while True:
            asked = time.monotonic()
            try:
                batch = next(batches)
            except StopIteration:
                return
            finally:
                self._waited_s += time.monotonic() - asked
            yield batch
