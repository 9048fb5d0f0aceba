"""One case in a process of its own. Only the standard library is used here: basic-pitch has another environment.

``python -m benchmarks.child CASE OPTIONS STARTED RUNS LIMIT_S`` runs ``benchmarks.cases.CASE`` once cold, then warm,
and prints what it measured as the last line, in JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.cases.case import AbsentError, Case

STATUS = Path("/proc/self/status")  # of Linux; its VmHWM is the peak of this process alone, in kB
START = "start"


def measure(name: str, options: dict[str, Any], started: float, runs: int, limit_s: float) -> dict[str, Any]:
    """Run a case once cold, then warm: at least once, at most ``runs`` times, none begun after ``limit_s``.

    Parameters
    ----------
    name : a module of ``benchmarks.cases``
    options : for its ``Case``
    started : ``time.time()`` before this process was started
    runs : warm runs
    limit_s : seconds after ``started``

    Returns
    -------
    measured : ``cold`` — seconds by part; the first one, ``start``, ends when the case is loaded; ``warm`` — a list of
        such dicts without it; ``peak_mb`` — of this process after the cold run; ``facts``. Or ``absent``, a sentence.
    """
    try:
        case: Case = import_module(f"benchmarks.cases.{name}").Case(**options)
    except AbsentError as error:
        return {"absent": str(error)}
    cold = {START: time.time() - started} | case.run()
    measured: dict[str, Any] = {"cold": cold, "peak_mb": peak_mb(), "facts": case.facts(), "warm": []}
    while not measured["warm"] or (len(measured["warm"]) < runs and time.time() < started + limit_s):
        measured["warm"].append(case.run())
    return measured


def peak_mb() -> float:
    """Return the peak resident memory of this process in MB (10⁶ bytes)."""
    if STATUS.is_file():  # on Linux, getrusage would count the peak of the parent too
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, see getrusage(2)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    case_name, case_options, begun, most, seconds = sys.argv[1:]
    found = measure(case_name, json.loads(case_options), float(begun), int(most), float(seconds))
    print("\n" + json.dumps(found))
