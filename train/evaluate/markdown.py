"""Tables in Markdown: their lines, and how a figure is written."""

from __future__ import annotations

import math
from typing import Any

NOTHING = "–"


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """Set a table: the first column to the left, the others to the right."""
    cells = [head, *rows]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = []
    for first, *others in (head, rule, *rows):
        numbers = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("| " + " | ".join([first.ljust(widths[0]), *numbers]) + " |")
    return "\n".join(lines)


def number(value: float | None, digits: int = 3) -> str:
    """Write a figure; a dash where there is none."""
    return NOTHING if value is None or math.isnan(value) else f"{value:.{digits}f}"


def interval(ends: list[float | None]) -> str:
    """Write the ends of an interval."""
    low, high = (number(end) for end in ends)
    return f"{low} to {high}"


def pooled(found: dict[str, Any] | None, digits: int = 1) -> str:
    """Write a pooled figure with its interval: ``-44.0 (-46.1 to -42.3)``."""
    if found is None or found["figure"] is None or math.isnan(found["figure"]):
        return NOTHING
    low, high = (number(end, digits) for end in found["interval"])
    return f"{number(found['figure'], digits)} ({low} to {high})"
