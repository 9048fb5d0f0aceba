"""Work on tasks on a Ray cluster. Ray schedules, and begins again what a worker that ended has begun."""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Callable, Generator, Iterable
from functools import lru_cache
from typing import Any

from hum2guitar.batch.processes import LostError, Result, Task
from hum2guitar.errors import UserError

ANSWER_S = 10.0  # a cluster answers within this time, or is out of reach
WAITING = 2  # tasks for each CPU of the cluster that are sent ahead: what they hold is in its memory


def each(
    work: Callable[[Task], Result], tasks: Iterable[Task], address: str
) -> Generator[tuple[Task, Result | LostError], None, None]:
    """Work on each task on one CPU of a cluster.

    Parameters
    ----------
    work : picklable; each machine gets it once
    tasks : picklable
    address : of the cluster, as ``ray.init`` takes it: host:port, ray://host:port, or auto

    Yields
    ------
    task, result : in the order in which they are done; the result is a ``LostError`` if the task ended two workers

    Raises
    ------
    UserError
        If Ray is not installed, or if there is no cluster at the address.
    """
    try:
        import ray
    except ModuleNotFoundError as error:
        raise UserError("--cluster needs the package ray; run pip install 'hum2guitar[cluster]'") from error
    try:
        host, _, port = address.rpartition("/")[2].rpartition(":")
        if host:  # Ray itself waits ten minutes for a cluster that is not there
            socket.create_connection((host, int(port)), ANSWER_S).close()
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError) as error:
        raise UserError(f"no Ray cluster answers at {address}; start one with: ray start --head") from error
    try:
        kept = [ray.put(work)]  # in a list Ray passes the reference on, where it would fetch the work for each task
        do = ray.remote(num_cpus=1, max_retries=1)(_do)
        lost = (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError, ray.exceptions.OutOfMemoryError)
        left = deque(tasks)
        running: dict[ray.ObjectRef, Task] = {}
        while left or running:
            ahead = WAITING * max(1, int(ray.cluster_resources().get("CPU", 0)))
            while left and len(running) < ahead:
                task = left.popleft()
                running[do.remote(kept, task)] = task
            for done in ray.wait(list(running))[0]:
                task = running.pop(done)
                try:
                    yield task, ray.get(done)
                except lost as error:
                    yield task, LostError(f"it ended two workers of the cluster ({type(error).__name__})")
    finally:
        ray.shutdown()


def _do(kept: list[Any], task: Any) -> Any:
    return _fetched(kept[0])(task)


@lru_cache(maxsize=1)
def _fetched(reference: Any) -> Any:
    """Fetch the work once in each worker."""
    import ray

    return ray.get(reference)
