"""Processes side by side: every task is done once, whichever process ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from children import children, lives, needs_proc, within
from deadly import Adding, Deadly
from served import ROOT

from hum2guitar.batch import processes
from hum2guitar.batch.processes import LostError

ENDLESS = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from deadly import Deadly
from hum2guitar.batch import processes

if __name__ == "__main__":
    for _ in processes.each(Deadly(Path(sys.argv[1]), seconds=60), range(4), 2):
        pass
"""


def test_every_task_gets_its_result(tmp_path: Path) -> None:
    assert dict(processes.each(Deadly(tmp_path), range(7), 2)) == {number: number**2 for number in range(7)}


def test_a_task_whose_process_was_killed_is_done_again_and_none_is_done_twice(tmp_path: Path) -> None:
    work = Deadly(tmp_path, once=(1,))
    results = list(processes.each(work, range(5), 2))
    assert sorted(results) == [(number, number**2) for number in range(5)]
    assert work.done()[1] == 1


def test_a_task_that_ends_every_process_is_reported_and_costs_no_other_task(tmp_path: Path) -> None:
    work = Deadly(tmp_path, always=(2,), seconds=0.05)
    results = dict(processes.each(work, range(5), 2))
    assert sorted(results) == list(range(5))
    assert isinstance(results.pop(2), LostError)
    assert results == {number: number**2 for number in (0, 1, 3, 4)}


def test_the_processes_share_tensors_have_one_thread_and_leave_interrupts_to_their_parent() -> None:
    tensor = torch.zeros(6)
    before = dict(os.environ)
    told = [told for _, told in processes.each(Adding(tensor), range(6), 2)]
    assert tensor.tolist() == [1.0] * 6
    assert {(each["threads"], each["interrupt"]) for each in told} == {(1, True)}
    assert os.getpid() not in {each["process"] for each in told}
    assert dict(os.environ) == before


@needs_proc
def test_a_caller_that_stops_leaves_no_process(tmp_path: Path) -> None:
    before = children()
    results = processes.each(Deadly(tmp_path, seconds=0.1), range(100), 2)
    next(results)
    results.close()
    workers = {int(path.name.split()[1]) for path in tmp_path.glob("process *")}
    assert workers
    assert not any(lives(worker) for worker in workers)
    assert len(children() - before) <= 1  # multiprocessing's own tracker of what it shares
    assert len(Deadly(tmp_path).done()) < 10


@needs_proc
def test_the_processes_of_a_parent_that_was_killed_end(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", ENDLESS, str(tmp_path)], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        assert within(60, lambda: len(list(tmp_path.glob("process *"))) == 2)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    workers = {int(path.name.split()[1]) for path in tmp_path.glob("process *")}
    assert within(10, lambda: not any(lives(worker) for worker in workers))


def test_processes_that_do_not_start_are_an_error_with_a_sentence() -> None:
    with pytest.raises(LostError, match="start fewer of them"):
        list(processes.each(Unreadable(), [1], 2))


class Unreadable:
    """Ends each process that it is sent to."""

    def __call__(self, task: int) -> int:
        return task

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (1,)
