"""The conversions under way, so that a visitor can stop their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event


class Stopped(Exception):  # noqa: N818 (not an error)
    """The visitor pressed Stop."""


class Jobs:
    """Which sessions convert something now. Safe to use from several threads."""

    def __init__(self) -> None:
        self._running: set[tuple[str, Event]] = set()  # adding to a set and removing from it are atomic

    @contextmanager
    def stoppable(self, session: str) -> Iterator[Callable[[], None]]:
        """Run the body as a job of the session.

        Gives a function for the body to call again and again. After ``stop`` that function raises Stopped, which ends
        the body quietly.
        """
        flag = Event()

        def check() -> None:
            if flag.is_set():
                raise Stopped

        self._running.add((session, flag))
        try:
            yield check
        except Stopped:
            pass
        finally:
            self._running.discard((session, flag))

    def stop(self, session: str) -> None:
        """Stop every job of the session at its next check."""
        for owner, flag in tuple(self._running):
            if owner == session:
                flag.set()
