"""Processes that work side by side."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

import torch

from hum2guitar.errors import UserError


@contextmanager
def worker_pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of processes with one torch thread each. Raises UserError where one of them is killed.

    They are spawned, because a fork of a process in which torch has used threads hangs in its first convolution. In a
    new installation librosa compiles functions when it is first imported, and keeps them on disk. Processes that do so
    at the same time leave damaged files, which then crash every program that reads them. So this process imports it
    before they start.
    """
    import librosa.util.utils  # noqa: F401  for what it leaves on disk

    spawn = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(processes, spawn, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield pool
    except BrokenProcessPool as error:
        raise UserError("a process was killed, perhaps for lack of memory; give fewer --processes") from error
