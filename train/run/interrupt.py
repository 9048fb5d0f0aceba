"""An orderly end on SIGINT, which is Ctrl-C, and on SIGTERM, by which schedulers end a job."""

from __future__ import annotations

import signal


class Interrupt:
    """True once a signal came; while it is entered, a signal asks for an orderly end instead of raising."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self._asked = False

    def __bool__(self) -> bool:
        return self._asked

    def __enter__(self) -> Interrupt:
        self._previous = [signal.signal(number, self._ask) for number in self.SIGNALS]
        return self

    def __exit__(self, *_: object) -> None:
        for number, previous in zip(self.SIGNALS, self._previous, strict=True):
            signal.signal(number, previous)

    def _ask(self, *_: object) -> None:
        self._asked = True
