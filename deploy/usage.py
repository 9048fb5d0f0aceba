"""The peak of the memory of a process and its children, and the time that they had a processor, on Linux."""

from __future__ import annotations

import os
import re
from pathlib import Path

PROCESSES = Path("/proc")


def peak_bytes(pid: int) -> int:
    """Return the sum of the peaks of a process and all that it started: not less than their common peak.

    Where there is no ``/proc``, it is 0.
    """
    family = _family(pid)
    return sum(_field(status, "VmHWM") * 1024 for status in family.values())


def processor_s(pid: int) -> float:
    """Return the seconds that a process and all that it started have had a processor; 0 where there is no ``/proc``."""
    ticks = 0
    for each in _family(pid):
        try:
            fields = (PROCESSES / str(each) / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        ticks += int(fields[11]) + int(fields[12])  # in user mode and in the kernel
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0


def _family(pid: int) -> dict[int, str]:
    """Return the status of a process and of all that it started, by their ids."""
    if not (PROCESSES / "self" / "status").is_file():
        return {}
    statuses = {}
    for folder in PROCESSES.iterdir():
        if folder.name.isdecimal():
            try:
                statuses[int(folder.name)] = (folder / "status").read_text()
            except OSError:
                continue
    family = {pid}
    while more := {each for each, status in statuses.items() if _field(status, "PPid") in family} - family:
        family |= more
    return {each: statuses[each] for each in family if each in statuses}


def _field(status: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
    return int(found[1]) if found else 0
