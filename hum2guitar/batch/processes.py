"""Work on tasks in processes side by side. A process that is killed loses no task."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from hum2guitar.analysis.reading.worker import ONE_THREAD
from hum2guitar.errors import UserError

Task = TypeVar("Task")
Result = TypeVar("Result")


class LostError(UserError):
    """A task ended the process that worked on it, and then another one."""


def each(
    work: Callable[[Task], Result], tasks: Iterable[Task], processes: int
) -> Generator[tuple[Task, Result | LostError], None, None]:
    """Work on each task in one of several processes with one thread each.

    A process that ends in the middle of a task takes the others with it. Their tasks are then done again one by one,
    so that a task which ends every process that works on it is found. If the caller stops, the processes are killed.

    Parameters
    ----------
    work : picklable; each process gets it once, and all share the memory of its torch tensors
    tasks : picklable
    processes : how many, at least 1

    Yields
    ------
    task, result : in the order in which they are done; the result is a ``LostError`` if the task ended two processes

    Raises
    ------
    LostError
        If the processes end before they have begun.
    """
    left = deque(tasks)
    while left:
        running: dict[Future[Result], Task] = {}
        with _pool(work, min(processes, len(left))) as pool:
            yield from _until_one_ends(pool, left, running, processes)
        suspects = deque(running.values())
        while suspects:
            running.clear()
            with _pool(work, 1) as pool:
                yield from _until_one_ends(pool, suspects, running, 1)
            for task in running.values():
                yield task, LostError("it ended two processes; there may be too little memory for it")


def _until_one_ends(
    pool: ProcessPoolExecutor, left: deque[Task], running: dict[Future[Result], Task], processes: int
) -> Iterator[tuple[Task, Result]]:
    """Yield results until all tasks are done, or until a process ends: then ``running`` has the tasks that it may be.

    No more tasks are sent to the pool than it has processes, so that few are done twice.
    """
    while left or running:
        try:
            while left and len(running) < processes:
                running[pool.submit(_do, left[0])] = left[0]
                left.popleft()
        except BrokenProcessPool:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        finished = [future for future in done if not isinstance(future.exception(), BrokenProcessPool)]
        for future in finished:
            yield running.pop(future), future.result()
        if len(finished) < len(done):
            return


@contextmanager
def _pool(work: Callable[[Task], Result], processes: int) -> Iterator[ProcessPoolExecutor]:
    """Start a pool whose processes have ``work``. Raises LostError if they do not start.

    The processes are spawned, because a fork of a process in which torch has used threads hangs in its first
    convolution. In a new installation librosa compiles functions when it is first imported, and keeps them on disk.
    Processes that do so at the same time leave damaged files, which then crash every program that reads them. So this
    process imports it before they start.
    """
    import librosa.util.utils  # noqa: F401  for what it leaves on disk
    import torch.multiprocessing  # its pickling puts tensors into shared memory

    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(processes, torch.multiprocessing.get_context("spawn"), _begin, (work,))
    try:
        with _inherited():
            started = [pool.submit(os.getpid) for _ in range(processes)]
        for future in started:
            future.result()
        yield pool
    except BrokenProcessPool as error:
        raise LostError("the processes ended before they began; start fewer of them, each needs memory") from error
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _inherited() -> Iterator[None]:
    """Set what the processes that the body starts inherit: one thread, and no Ctrl-C, which is for this process."""
    before = dict(os.environ)
    os.environ.update(ONE_THREAD)
    if sys.platform != "win32":
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        for name in ONE_THREAD:
            os.environ.pop(name)
        os.environ.update(before)


_kept: list[Callable[[Any], Any]] = []  # in a process of a pool: what it does with each task


def _begin(work: Callable[[Any], Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _kept[:] = [work]


def _end_with_parent() -> None:
    """A pool's process waits for tasks for ever if its parent is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(task: Any) -> Any:
    return _kept[0](task)
