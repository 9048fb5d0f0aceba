"""Child processes that wait for recordings, and what the rest of the program calls."""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from threading import Lock

import numpy as np

from hum2guitar.analysis.reading.worker import Worker

KEPT = 2  # children that wait, 45 MB each; more are started where more threads read at once


class Pool:
    """Workers for any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[Worker] = []

    def warm_up(self) -> None:
        """Start a worker if none waits. This does not wait for it."""
        with self._lock:
            if not self._waiting:
                self._waiting.append(Worker())

    def read(self, path: Path, max_seconds: float | None) -> tuple[np.ndarray, int]:
        """Decode a file in a worker that no other thread uses (see ``Worker.read``)."""
        worker = self._take()
        try:
            return worker.read(path, max_seconds)
        finally:
            self._give_back(worker)

    def close(self) -> None:
        """End the workers that wait."""
        with self._lock:
            while self._waiting:
                self._waiting.pop().end()

    def forget(self) -> None:
        """Leave all workers to the process that this one was forked from."""
        for worker in self._waiting:
            worker.forget()
        self.__init__()  # type: ignore[misc]

    def _take(self) -> Worker:
        while True:
            with self._lock:
                worker = self._waiting.pop() if self._waiting else Worker()
            if worker.usable:
                return worker
            worker.end()

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            if worker.usable and len(self._waiting) < KEPT:
                self._waiting.append(worker)
                return
        worker.end()
        self.warm_up()  # so that the next recording does not wait for the start


POOL = Pool()
read = POOL.read
warm_up = POOL.warm_up
atexit.register(POOL.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=POOL.forget)
