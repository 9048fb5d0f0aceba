"""Results → the tables of plucks: of every kind of sound, by guitar, and of the variance of the mel."""

from __future__ import annotations

from typing import Any

from hum2guitar.metrics.treble import AT_MS, BANDS_HZ
from train.evaluate.by_guitar import SAME, differences
from train.evaluate.markdown import NOTHING, markdown, number, pooled
from train.evaluate.plucks import RECORDED
from train.evaluate.targets import Results


def plucks(results: Results) -> str:
    """Set the pooled figures of every kind of sound, with their intervals."""
    rows = results.get("plucks", {})
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = [[name, _n_notes(row), *(pooled(row.get(column)) for column in columns)] for name, row in rows.items()]
    return markdown(["plucks (dB)", "notes", *columns], lines) if rows else ""


def guitars(results: Results) -> str:
    """Set the treble of each guitar beside that of its own takes and of real recordings."""
    lines = []
    columns = [f"{band}, {ms} ms" for band in BANDS_HZ for ms in AT_MS]
    for guitar, rows in results.get("guitars", {}).items():
        far = differences(rows)
        for name, row in rows.items():
            largest = max(far.values(), key=abs) if far and name == SAME else None
            figures = (number(row[column]["figure"], 1) for column in columns)
            lines.append([f"{guitar}, {name}", _n_notes(row), *figures, number(largest, 1)])
    for name, row in results.get("plucks", {}).items():
        if name.startswith(RECORDED):
            figures = (number(row[column]["figure"], 1) for column in columns)
            lines.append([name, _n_notes(row), *figures, NOTHING])
    head = ["by guitar (dB)", "notes", *columns, "largest distance, 10 and 40 ms"]
    return markdown(head, lines) if results.get("guitars") else ""


def variance(results: Results) -> str:
    """Set the ratio of the variances by band."""
    rows = results.get("variance", {})
    bands = list(next(iter(rows.values()), {}))
    lines = [[name, *(pooled(row[band], 2) for band in bands)] for name, row in rows.items()]
    return markdown(["variance of the mel over that of the recording", *bands], lines) if rows else ""


def _n_notes(row: dict[str, Any]) -> str:
    return str(row[next(iter(row))]["notes"])
