"""The child processes of a process, on Linux."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

PROC = Path("/proc")
needs_proc = pytest.mark.skipif(not (PROC / "self/task").is_dir(), reason="the processes are listed on Linux only")


def children(pid: int | None = None) -> set[int]:
    """The children of a process, of this one by default."""
    tasks = (PROC / str(pid or os.getpid()) / "task").iterdir()
    return {int(child) for task in tasks for child in (task / "children").read_text().split()}


def lives(pid: int) -> bool:
    """Whether a process is there and has not ended. One that nobody has waited for has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def processor_s(pid: int) -> float:
    """The seconds that a process has used the processor."""
    user, system = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident_bytes() -> int:
    """The memory of this process."""
    return int((PROC / "self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether a condition becomes true within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()
