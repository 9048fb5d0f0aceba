from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any

import pytest

from hum2guitar import UserError
from page import texts
from page.jobs import Jobs, Stopped
from page.turns import Visitor

Check = Callable[[], None]
MINUTE = 60.0


def _order(
    jobs: Jobs, session: str, work: Callable[[Check], Any], address: str = "here", waits: Callable[[int], None] = print
) -> asyncio.Task[Any]:
    return asyncio.ensure_future(jobs.run(Visitor(address, session), frozenset({session}), work, waits))


def _until_stopped(check: Check) -> None:
    """Work that ends only when it is told to."""
    for _ in range(2000):
        check()
        time.sleep(0.005)
    raise AssertionError("nobody stopped the work")


def _listen(jobs: Jobs, *sessions: str) -> ExitStack:
    stack = ExitStack()
    for session in sessions:
        stack.enter_context(jobs.listening(session))
    return stack


def _run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scene, 20))


async def _soon(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come true")


def test_jobs_that_nobody_listens_to_do_not_delay_a_visitor() -> None:
    async def scene() -> None:
        jobs = Jobs(first_s=MINUTE)
        unheard = [_order(jobs, f"unheard {number}", _until_stopped) for number in range(15)]
        with _listen(jobs, "heard"):
            assert await _order(jobs, "heard", lambda check: "a guitar") == "a guitar"
        assert len(jobs.waiting) == 15
        for job in unheard:
            job.cancel()

    _run(scene())


def test_a_job_starts_when_somebody_listens_and_is_dropped_when_nobody_ever_does() -> None:
    async def scene() -> None:
        jobs = Jobs(first_s=0.2, check_s=0.02)
        later, never = _order(jobs, "later", lambda check: "played"), _order(jobs, "never", lambda check: "played")
        await asyncio.sleep(0.1)
        with _listen(jobs, "later"):
            assert await later == "played"
        with pytest.raises(Stopped):
            await never
        assert not jobs.waiting

    _run(scene())


def test_a_job_that_runs_is_stopped_soon_after_its_visitor_has_left() -> None:
    async def scene() -> None:
        jobs = Jobs(first_s=MINUTE, again_s=0.05, check_s=0.02)
        with _listen(jobs, "visitor"):
            job = _order(jobs, "visitor", _until_stopped)
            await _soon(lambda: len(jobs.running) == 1)
            await asyncio.sleep(0.1)
            assert not job.done()
        with pytest.raises(Stopped):
            await job
        await _soon(lambda: not jobs.running)

    _run(scene())


def test_a_visitor_who_comes_back_at_once_keeps_the_job() -> None:
    async def scene() -> None:
        jobs = Jobs(again_s=MINUTE, check_s=0.02)
        with _listen(jobs, "visitor"):
            job = _order(jobs, "visitor", lambda check: time.sleep(0.2) or "played")
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.05)
        with _listen(jobs, "visitor"):
            assert await job == "played"

    _run(scene())


def test_no_more_jobs_run_at_once_than_there_are_turns() -> None:
    lock, counts = threading.Lock(), [0, 0]  # now, at most

    def work(check: Check) -> None:
        with lock:
            counts[0] += 1
            counts[1] = max(counts)
        time.sleep(0.01)
        with lock:
            counts[0] -= 1

    async def scene() -> None:
        jobs = Jobs(at_once=2)
        with _listen(jobs, *"abcdefgh"):
            await asyncio.gather(*(_order(jobs, session, work) for session in "abcdefgh"))
        assert counts == [0, 2]

    _run(scene())


def test_a_visitor_at_another_address_waits_for_one_job_and_not_for_all() -> None:
    async def scene() -> None:
        jobs, played = Jobs(at_once=1), []

        def work(name: str) -> Callable[[Check], None]:
            return lambda check: (time.sleep(0.01), played.append(name))[1]

        with _listen(jobs, *"abcdx"):
            many = [_order(jobs, session, work("many"), "one address") for session in "abcd"]
            await _soon(lambda: len(jobs.running) == 1)
            await asyncio.gather(*many, _order(jobs, "x", work("one"), "another address"))
        assert played == ["many", "one", "many", "many", "many"]

    _run(scene())


def test_a_job_that_takes_too_long_ends_with_a_sentence_and_keeps_its_turn_until_its_thread_ends() -> None:
    release = threading.Event()

    def work(check: Check) -> None:
        assert release.wait(10)
        check()

    async def scene() -> None:
        jobs = Jobs(at_once=1, limit_s=0.05, check_s=0.01)
        with _listen(jobs, "visitor"):
            with pytest.raises(UserError, match="took longer than 0 minutes"):
                await _order(jobs, "visitor", work)
            assert jobs.stuck
            release.set()
            await _soon(lambda: not jobs.running)
            assert not jobs.stuck
            assert await _order(jobs, "visitor", lambda check: "played") == "played"

    _run(scene())


def test_a_job_that_is_cancelled_stops_and_gives_its_turn_to_the_next() -> None:
    async def scene() -> None:
        jobs = Jobs(at_once=1)
        with _listen(jobs, *"abc"):
            running, waiting, last = (_order(jobs, session, _until_stopped) for session in "abc")
            await _soon(lambda: len(jobs.running) == 1)
            waiting.cancel()
            running.cancel()
            await _soon(lambda: [job.visitor.session for job in jobs.running] == ["c"])
            assert not jobs.waiting
            last.cancel()
            await _soon(lambda: not jobs.running)

    _run(scene())


def test_an_error_of_the_work_reaches_whoever_ordered_it_and_frees_the_turn() -> None:
    def fail(check: Check) -> None:
        raise UserError("the recording is silent")

    async def scene() -> None:
        jobs = Jobs(at_once=1)
        with _listen(jobs, "visitor"):
            for _ in range(2):
                with pytest.raises(UserError, match="silent"):
                    await _order(jobs, "visitor", fail)

    _run(scene())


def test_who_waits_is_told_how_many_come_before() -> None:
    async def scene() -> None:
        jobs, told = Jobs(at_once=1, check_s=0.01), []
        with _listen(jobs, *"abc"):
            orders = [_order(jobs, session, _until_stopped) for session in "ab"]
            orders.append(_order(jobs, "c", lambda check: None, waits=told.append))
            await _soon(lambda: told[-1:] == [1])
            for job in orders[:2]:
                job.cancel()
            await orders[2]
        assert set(told) <= {0, 1}

    _run(scene())


def test_where_too_many_wait_the_address_that_ordered_most_loses_one() -> None:
    async def scene() -> None:
        jobs = Jobs(at_once=1, max_waiting=3)
        with _listen(jobs, *"abcdx"):
            many = [_order(jobs, session, _until_stopped, "one address") for session in "abcd"]
            await _soon(lambda: len(jobs.waiting) == 3)
            one = _order(jobs, "x", lambda check: "played", "another address")
            with pytest.raises(UserError, match=texts.TOO_MANY):
                await many[3]
            many[0].cancel()
            assert await one == "played"
            for job in many:
                job.cancel()

    _run(scene())


def test_where_too_many_wait_at_one_address_the_one_that_nobody_listens_to_goes_first() -> None:
    async def scene() -> None:
        jobs = Jobs(at_once=1, max_waiting=2)
        with _listen(jobs, *"abx"):
            heard = [_order(jobs, session, _until_stopped) for session in "ab"]
            unheard = _order(jobs, "unheard", _until_stopped)
            await asyncio.sleep(0.01)
            last = _order(jobs, "x", lambda check: "played")
            with pytest.raises(UserError, match=texts.TOO_MANY):
                await unheard
            heard[0].cancel()
            heard[1].cancel()
            assert await last == "played"

    _run(scene())
