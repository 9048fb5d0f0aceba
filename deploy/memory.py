"""The peak of the memory of a process and its children, on Linux."""

from __future__ import annotations

import re
from pathlib import Path

PROCESSES = Path("/proc")


def peak_bytes(pid: int) -> int:
    """Return the sum of the peaks of a process and all that it started: not less than their common peak.

    Where there is no ``/proc``, it is 0.
    """
    if not (PROCESSES / "self" / "status").is_file():
        return 0
    statuses = {}
    for folder in PROCESSES.iterdir():
        if folder.name.isdecimal():
            try:
                statuses[int(folder.name)] = (folder / "status").read_text()
            except OSError:  # it ended meanwhile
                continue
    family = {pid}
    while True:
        more = {each for each, status in statuses.items() if _field(status, "PPid") in family} - family
        if not more:
            return sum(_field(statuses[each], "VmHWM") * 1024 for each in family if each in statuses)
        family |= more


def _field(status: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
    return int(found[1]) if found else 0
