"""Cases in new processes: cold and warm times as medians, and peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from hum2guitar.errors import UserError

ROOT = Path(__file__).parents[1]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
Row = dict[str, Any]


@dataclass(frozen=True)
class Repeats:
    """How often a case is measured.

    Attributes
    ----------
    processes : new processes at most; each gives one cold time
    warm : further runs in each process at most
    limit_s : when so much time has passed, no other process and no other warm run begins; one of each there always is
    """

    processes: int = 3
    warm: int = 3
    limit_s: float = 15.0


def usable_cpus() -> int:
    """Count the CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit_threads(threads: int) -> None:
    """Let the processes that are started from now on compute with so many threads.

    On Linux they, and this process, also keep to as many CPUs: ONNX Runtime reads no variable.
    """
    os.environ.update(dict.fromkeys(THREADS, str(threads)))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def measure(case: str, options: dict[str, Any], repeats: Repeats, python: str = sys.executable) -> Row:
    """Measure a case in new processes.

    Parameters
    ----------
    case : a module of ``benchmarks.cases``
    options : for its ``Case``
    repeats : how often
    python : the interpreter

    Returns
    -------
    row : ``cold_s``, ``warm_s`` — medians; ``cold``, ``warm`` — medians of each part in s; ``runs`` — how many cold and
        warm; ``peak_mb`` — median of the peaks after a cold run; and the case's facts. Or ``absent``, a sentence.

    Raises
    ------
    UserError
        If a process fails, with the last line that it wrote.
    """
    started = time.monotonic()
    found: list[dict[str, Any]] = []
    while not found or (len(found) < repeats.processes and time.monotonic() < started + repeats.limit_s):
        found.append(_once(case, options, repeats, python))
        if "absent" in found[0]:
            return found[0]
    cold = [child["cold"] for child in found]
    warm = [run for child in found for run in child["warm"]]
    return {
        "cold_s": median(sum(run.values()) for run in cold),
        "warm_s": median(sum(run.values()) for run in warm),
        "cold": _medians(cold),
        "warm": _medians(warm),
        "runs": [len(cold), len(warm)],
        "peak_mb": median(child["peak_mb"] for child in found),
        **found[-1]["facts"],
    }


def seconds_of(command: list[str], variables: dict[str, str]) -> float:
    """Run a command with environment variables; returns the wall time in s. Raises UserError if it fails."""
    started = time.monotonic()
    _run(command, "many recordings", variables)
    return time.monotonic() - started


def _once(case: str, options: dict[str, Any], repeats: Repeats, python: str) -> dict[str, Any]:
    arguments = [case, json.dumps(options), repr(time.time()), str(repeats.warm), str(repeats.limit_s)]
    printed = _run([python, "-m", "benchmarks.child", *arguments], case.replace("_", "-"), {})
    measured: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return measured


def _run(command: list[str], measured: str, variables: dict[str, str]) -> str:
    """Run a command; returns what it prints. Raises UserError with the last line that it wrote if it fails."""
    done = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise UserError(f"measuring {measured} failed: {last}")
    return done.stdout


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {part: median(run[part] for run in runs) for part in runs[0]}
