"""The record of a folder of guitars: what counts as done, and what does not."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from hum2guitar import UserError
from hum2guitar.batch.converting import CONVERTED, FAILED, KEPT, Outcome, Task
from hum2guitar.batch.record import FILE_NAME, Record, check_summary, write_summary
from hum2guitar.hub import sha256_of

MADE_WITH = {"version": "1", "choices": {"seed": 0, "iterations": None}}


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """A recording and its guitar, which is there and recorded."""
    task = Task(tmp_path / "a.flac", tmp_path / "unfinished.wav", tmp_path / "a.wav")
    task.source.write_bytes(b"hum")
    task.target.write_bytes(b"guitar")
    Record(tmp_path, MADE_WITH).add(outcome_of(task))
    return task


def outcome_of(task: Task) -> Outcome:
    return Outcome(str(task.source), str(task.target), CONVERTED, "3 notes", ("clipped",), 1.5, sha256_of(task.source))


def test_what_is_recorded_is_kept(task: Task, tmp_path: Path) -> None:
    kept = Record(tmp_path, MADE_WITH).kept(task)
    assert kept is not None
    assert (kept.status, kept.message, kept.warnings, kept.seconds) == (KEPT, "3 notes", ("clipped",), 1.5)


@pytest.mark.parametrize(
    "made_with", [{**MADE_WITH, "version": "2"}, {**MADE_WITH, "choices": {"seed": 1, "iterations": None}}]
)
def test_what_would_be_made_in_another_way_is_not_kept(
    task: Task, tmp_path: Path, made_with: dict[str, object]
) -> None:
    assert Record(tmp_path, made_with).kept(task) is None


def test_a_recording_that_changed_and_a_guitar_that_is_gone_are_not_kept(task: Task, tmp_path: Path) -> None:
    task.source.write_bytes(b"another hum")
    assert Record(tmp_path, MADE_WITH).kept(task) is None
    task.source.write_bytes(b"hum")
    task.target.unlink()
    assert Record(tmp_path, MADE_WITH).kept(task) is None


def test_the_last_line_about_a_guitar_counts_and_a_line_that_was_cut_short_does_not(task: Task, tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    with file.open("a") as added:
        added.write('{"made_with": {"ver')
    assert Record(tmp_path, MADE_WITH).kept(task) is not None
    file.write_text(file.read_text() + "\n[]\n7\n{}\n")
    Record(tmp_path, {"version": "2"}).add(outcome_of(task))
    assert Record(tmp_path, MADE_WITH).kept(task) is None
    assert Record(tmp_path, {"version": "2"}).kept(task) is not None


def test_a_line_after_one_that_was_cut_short_is_kept(task: Task, tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    file.write_text(file.read_text()[:-40])
    assert Record(tmp_path, MADE_WITH).kept(task) is None
    for n_lines in (2, 3):
        Record(tmp_path, MADE_WITH).add(outcome_of(task))
        assert Record(tmp_path, MADE_WITH).kept(task) is not None
        assert len(file.read_text().splitlines()) == n_lines


def test_a_summary_has_a_row_for_each_recording(task: Task, tmp_path: Path) -> None:
    outcomes = [outcome_of(task), Outcome("b.flac", "b.wav", FAILED, "the recording is silent")]
    write_summary(tmp_path / "s.csv", outcomes)
    write_summary(tmp_path / "s.json", outcomes)
    with (tmp_path / "s.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    objects = json.loads((tmp_path / "s.json").read_text())
    assert [row["status"] for row in rows] == [row["status"] for row in objects] == [CONVERTED, FAILED]
    assert (rows[0]["warnings"], objects[0]["warnings"]) == ("clipped", ["clipped"])
    assert rows[1]["message"] == "the recording is silent"


@pytest.mark.parametrize(
    ("name", "said"), [("s.txt", "ends in .csv or .json"), ("absent/s.csv", "a folder that exists")]
)
def test_a_summary_that_cannot_be_written_is_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        check_summary(tmp_path / name)
