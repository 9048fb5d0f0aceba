"""The conversions that visitors ordered: they wait for their turn, run in a thread, and end when nobody needs them.

A job takes a turn only while somebody listens for its result. So whoever orders many conversions and listens to none
of them delays nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from math import inf
from threading import Event
from typing import TypeVar

from hum2guitar import UserError

from . import texts
from .turns import Turns, Visitor

T = TypeVar("T")


class Stopped(Exception):  # noqa: N818 (not an error)
    """The visitor pressed Stop, or has left."""


@dataclass(eq=False)
class Job:
    """One conversion, from its order to its end.

    Attributes
    ----------
    number : the later the order, the higher
    visitor : who ordered it
    names : whoever listens for one of these names listens for the result
    turn : is done when the job may start; it has an exception where the job may not
    heard_at : s, when somebody listened last, or when the job was ordered
    was_heard : whether anybody has listened yet
    late : whether it took longer than a job may
    stop : set as soon as nobody needs the result
    """

    number: int
    visitor: Visitor
    names: frozenset[str]
    turn: asyncio.Future[None]
    heard_at: float = field(default_factory=time.monotonic)
    was_heard: bool = False
    late: bool = False
    stop: Event = field(default_factory=Event)

    def check(self) -> None:
        """Raise Stopped if nobody needs the result any more. The thread of the job calls it again and again."""
        if self.stop.is_set():
            raise Stopped


@dataclass
class Jobs:
    """All jobs of a server. Everything but the work of a job happens in the thread of one event loop.

    Attributes
    ----------
    at_once : jobs that run at a time; each keeps about one core busy
    max_waiting : jobs that wait at most; Gradio keeps a place for each, and has 40
    limit_s : s, the longest turn
    first_s : s, how long a job waits for its first listener: a program orders first and asks for the result afterwards
    again_s : s, how long a job goes on after its last listener has left
    check_s : s, how often a job looks for its listeners
    warm : whether jobs have their turns already; before ``begin`` they wait
    """

    at_once: int = 2
    max_waiting: int = 20
    limit_s: float = 300.0
    first_s: float = 30.0
    again_s: float = 5.0
    check_s: float = 1.0
    warm: bool = True
    waiting: list[Job] = field(default_factory=list, init=False)
    running: list[Job] = field(default_factory=list, init=False)
    _turns: Turns = field(default_factory=Turns, init=False)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), init=False)
    _listeners: Counter[str] = field(default_factory=Counter, init=False)

    @property
    def stuck(self) -> bool:
        """Whether every turn is held by a job that took too long and still has not ended."""
        return len(self.running) == self.at_once and all(job.late for job in self.running)

    @contextmanager
    def listening(self, name: str) -> Iterator[None]:
        """Note that somebody listens under a name, for as long as the body runs."""
        self._listeners[name] += 1
        self._give_turns()
        try:
            yield
        finally:
            self._listeners[name] -= 1
            if not self._listeners[name]:
                del self._listeners[name]

    def begin(self) -> None:
        """Let jobs have their turns from now on. Any thread may call this."""
        self.warm = True
        for job in list(self.waiting):
            job.turn.get_loop().call_soon_threadsafe(self._give_turns)

    def stop(self) -> None:
        """Stop every job that runs at its next check. Any thread may call this."""
        for job in list(self.running):
            job.stop.set()

    async def run(
        self,
        visitor: Visitor,
        names: frozenset[str],
        work: Callable[[Callable[[], None]], T],
        waits: Callable[[int], None],
    ) -> T:
        """Wait for a turn, then do some work in a thread. Cancelling this stops the work.

        Parameters
        ----------
        visitor : who orders it
        names : whoever listens for one of these names listens for the result
        work : called in the thread with a function that it should call again and again. That function raises Stopped
            when nobody needs the result any more. The turn lasts until the work ends.
        waits : called again and again while the job waits, with the number of jobs before it

        Returns
        -------
        What the work returns.

        Raises
        ------
        Stopped
            If nobody listens.
        UserError
            If too many jobs wait, or if the work takes longer than ``limit_s``.
        """
        job = Job(next(self._numbers), visitor, names, asyncio.get_running_loop().create_future())
        self._admit(job)
        try:
            await self._attend(job, job.turn, inf, lambda: waits(self._before(job)))
            thread = asyncio.ensure_future(asyncio.to_thread(work, job.check))
        except BaseException:
            self._end(job)
            raise
        thread.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # nobody may need it any more
        thread.add_done_callback(lambda _: self._end(job))
        try:
            return await self._attend(job, thread, self.limit_s)
        finally:
            job.stop.set()

    def _admit(self, job: Job) -> None:
        """Let a job wait. Where too many wait, one of those whose visitor has the most of them goes."""
        self.waiting.append(job)
        if len(self.waiting) > self.max_waiting:
            refused = self._least_deserving()
            self.waiting.remove(refused)
            refused.turn.set_exception(UserError(texts.TOO_MANY))
        self._give_turns()

    def _least_deserving(self) -> Job:
        """A job of the address, then of the session, with the most of them: the longest unheard, else the newest."""
        addresses = Counter(job.visitor.address for job in self.waiting)
        visitors = Counter(job.visitor for job in self.waiting)
        now = time.monotonic()

        def weight(job: Job) -> tuple[float, ...]:
            unheard_s = 0.0 if self._is_heard(job) else now - job.heard_at
            return addresses[job.visitor.address], visitors[job.visitor], unheard_s, job.number

        return max(self.waiting, key=weight)

    def _give_turns(self) -> None:
        while self.warm and len(self.running) < self.at_once and (order := self._order()):
            job = order[0]
            self.waiting.remove(job)
            self.running.append(job)
            self._turns.take(job.visitor)
            job.turn.set_result(None)

    def _order(self) -> list[Job]:
        return self._turns.order(filter(self._is_heard, self.waiting), self.running)

    def _before(self, job: Job) -> int:
        """How many jobs have their turn before one that waits."""
        order = self._order()
        return order.index(job) if job in order else len(order)

    async def _attend(
        self, job: Job, result: asyncio.Future[T], limit_s: float, meanwhile: Callable[[], None] = lambda: None
    ) -> T:
        """Wait for a result as long as somebody listens for it, and no longer than a time in s."""
        end = time.monotonic() + limit_s
        while not (await asyncio.wait({result}, timeout=self.check_s))[0]:
            now = time.monotonic()
            if self._is_heard(job):
                job.heard_at, job.was_heard = now, True
            elif now - job.heard_at > (self.again_s if job.was_heard else self.first_s):
                raise Stopped
            if now > end:
                job.late = True
                raise UserError(texts.TOO_LONG.format(minutes=f"{limit_s / 60:.0f}"))
            meanwhile()
        return result.result()

    def _is_heard(self, job: Job) -> bool:
        return any(name in self._listeners for name in job.names)

    def _end(self, job: Job) -> None:
        """Take a job out, whether it waits or runs."""
        for jobs in (self.waiting, self.running):
            if job in jobs:
                jobs.remove(job)
        self._give_turns()
