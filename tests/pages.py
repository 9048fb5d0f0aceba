"""The pages for readers, and the code blocks in them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from served import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "checkpoints" / "README.md",
]
LOGS = [ROOT / "CHANGELOG.md", ROOT / "train" / "RUNS.md", ROOT / "assets" / "README.md"]  # of what was; nothing is run
MARKER = re.compile(r"<!-- (not run|parsed): (\S.*) -->")


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its lines, and the marker in the line before it ("" where there is none)."""

    page: Path
    line: int
    language: str
    lines: tuple[str, ...]
    marker: str

    @property
    def place(self) -> str:
        """Where it is, as in README.md:30."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """The commands of a shell block; a line that ends in a backslash is joined with the next."""
        joined = "\n".join(self.lines).replace("\\\n", " ")
        return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def blocks(page: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    fences = [number for number, line in enumerate(lines) if line.startswith("```")]
    assert len(fences) % 2 == 0, f"{page.name} has a block without an end"
    found = []
    for start, stop in zip(fences[::2], fences[1::2], strict=True):
        marker = MARKER.fullmatch(lines[start - 1])
        language = lines[start].removeprefix("```")
        found.append(Block(page, start + 1, language, tuple(lines[start + 1 : stop]), marker[1] if marker else ""))
    return found


def run_program(module: str, arguments: list[str]) -> str:
    """Run a program of docs/ in a process of its own, because it adds to the tables of this one; returns its output."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
