"""An orderly end on SIGINT."""

from __future__ import annotations

import signal


class Interrupt:
    """True once SIGINT came; while it is entered, SIGINT asks for an orderly end instead of raising."""

    def __init__(self) -> None:
        self._asked = False

    def __bool__(self) -> bool:
        return self._asked

    def __enter__(self) -> Interrupt:
        self._previous = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._previous)

    def _ask(self, *_: object) -> None:
        self._asked = True
