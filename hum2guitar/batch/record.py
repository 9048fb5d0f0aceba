"""What was converted: a line for each guitar in the folder that has them, and the summary of a run."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hum2guitar.batch.converting import KEPT, Outcome, Task
from hum2guitar.errors import UserError
from hum2guitar.files import replacing
from hum2guitar.hub import sha256_of

FILE_NAME = ".hum2guitar.jsonl"
SUMMARIES = (".csv", ".json")


class Record:
    """The record of a folder of guitars. A line is added when a guitar is complete, so a run may end at any time.

    A line that was cut short counts for nothing, and of several lines about one guitar the last one counts.

    Parameters
    ----------
    folder : of the guitars
    made_with : all that decides what is made of a recording: the choices, the checkpoint, the version
    """

    def __init__(self, folder: Path, made_with: dict[str, Any]) -> None:
        self._path = folder / FILE_NAME
        self._made_with = json.loads(json.dumps(made_with))  # as it is when it is read again

    def add(self, outcome: Outcome) -> None:
        """Add a guitar that is complete."""
        line = json.dumps({"made_with": self._made_with, "outcome": asdict(outcome)}).encode() + b"\n"
        with self._path.open("ab+") as file:
            file.seek(max(0, file.tell() - 1))
            if file.read() not in (b"", b"\n"):  # the line before was cut short
                line = b"\n" + line
            file.write(line)

    def kept(self, task: Task) -> Outcome | None:
        """Return the earlier outcome of a task if its guitar is there, of the same recording, made with the same."""
        made_with, outcome = self._made.get(task.target.name, ({}, None))
        if outcome is None or made_with != self._made_with or not (task.target.is_file() and task.source.is_file()):
            return None
        if outcome.sha256 != sha256_of(task.source):
            return None
        return replace(outcome, recording=str(task.source), guitar=str(task.target), status=KEPT)

    @cached_property
    def _made(self) -> dict[str, tuple[dict[str, Any], Outcome]]:
        """The name of each guitar → what it was made with, and its outcome."""
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.is_file() else []
        made = {}
        for line in lines:
            with suppress(ValueError, KeyError, TypeError):  # a line that was cut short
                row = json.loads(line)
                outcome = Outcome(**{**row["outcome"], "warnings": tuple(row["outcome"]["warnings"])})
                made[Path(outcome.guitar).name] = row["made_with"], outcome
        return made


def check_summary(path: Path) -> None:
    """Raise UserError if a summary cannot be written there."""
    if path.suffix.lower() not in SUMMARIES:
        raise UserError(f"cannot write {path.name}; use a name that ends in {' or '.join(SUMMARIES)}")
    if not path.parent.is_dir():
        raise UserError(f"cannot write {path}; choose a folder that exists")


def write_summary(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write a row for each recording, as CSV or JSON as the suffix says."""
    rows = [asdict(outcome) for outcome in outcomes]
    with replacing(path) as partial, partial.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        if path.suffix.lower() == ".json":
            json.dump(rows, file, indent=2)
            return
        table = csv.DictWriter(file, [column.name for column in fields(Outcome)])
        table.writeheader()
        table.writerows(row | {"warnings": "; ".join(row["warnings"])} for row in rows)
