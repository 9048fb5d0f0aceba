"""The interface of a case. Only the standard library is used here: basic-pitch has another environment."""

from __future__ import annotations

from typing import Any, Protocol


class AbsentError(Exception):
    """What is to be measured is not installed here; the message says what would bring it."""


class Case(Protocol):
    """What is measured: a class ``Case`` in each module of ``benchmarks.cases``. Loading happens in ``__init__``."""

    def run(self) -> dict[str, float]:
        """Do the work once; returns the wall time of each part in s."""
        ...

    def facts(self) -> dict[str, Any]:
        """Describe the result of the last run, in values that JSON knows."""
        ...
