"""Whose turn it is.

Turns go round by address, and within one address by session. A session costs a program nothing: each of its calls may
name another one. An address is what a visitor cannot multiply for free. Many people may share an address, so their
sessions tell them apart there.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable
from itertools import count
from typing import Any, NamedTuple, Protocol, TypeVar

REMEMBERED = 1000  # of the latest turns: many more than jobs that wait


class Visitor(NamedTuple):
    """Who ordered a job."""

    address: str
    session: str


class Ordered(Protocol):
    """Something that a visitor ordered; the later the order, the higher the number."""

    number: int
    visitor: Visitor


J = TypeVar("J", bound=Ordered)


class Turns:
    """Gives turns. It remembers who had the latest ones."""

    def __init__(self) -> None:
        self._clock = count(1)
        self._last: dict[Any, int] = {}  # address or visitor → time of its last turn; the oldest come first

    def take(self, visitor: Visitor) -> None:
        """Note that a visitor has a turn now."""
        self._note(self._last, visitor)
        while len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]

    def order(self, waiting: Iterable[J], running: Iterable[Ordered]) -> list[J]:
        """Put jobs that wait into the order of their turns.

        The next turn goes to the address with the fewest jobs that run, then to the one whose last turn is the longest
        ago; likewise among its sessions; then to the job that was ordered first.
        """
        runs = Counter(key for job in running for key in _keys(job.visitor))
        last = dict(self._last)

        def claim(job: J) -> tuple[Any, ...]:
            return *((runs[key], last.get(key, 0)) for key in _keys(job.visitor)), job.number

        left, order = list(waiting), []
        while left:
            job = min(left, key=claim)
            left.remove(job)
            order.append(job)
            runs.update(_keys(job.visitor))
            self._note(last, job.visitor)
        return order

    def _note(self, last: dict[Any, int], visitor: Visitor) -> None:
        now = next(self._clock)
        for key in _keys(visitor):
            last.pop(key, None)
            last[key] = now


def visitor_of(host: str, session: str) -> Visitor:
    """Tell visitors apart by the host that their request came from. One visitor has a whole /64 of IPv6 addresses."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a name, as a test client has
        return Visitor(host, session)
    return Visitor(str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host, session)


def _keys(visitor: Visitor) -> tuple[Any, ...]:
    """What the turns of a visitor are counted by."""
    return visitor.address, visitor
