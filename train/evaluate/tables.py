"""Results → tables in Markdown. The commands print them, and ``report`` writes them into pages."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from hum2guitar.errors import UserError
from train.evaluate.by_guitar import SAME, differences
from train.evaluate.clip import LABEL, MODEL, PLAYBACK
from train.evaluate.fidelity import worst
from train.evaluate.figures import JUDGE
from train.evaluate.hum_like import CLEAN, DIFFERENCE, HUM_LIKE
from train.evaluate.plucks import RECORDED
from train.evaluate.source import GUITAR, HUM
from train.evaluate.targets import TARGETS, Results
from train.evaluate.treble import AT_MS, BANDS_HZ

NOTHING = "–"
INTERVAL = "95 % interval"
TITLES = {GUITAR: "guitar to guitar", HUM: "hum to guitar"}
LEADING = {  # the measures that are shown of each recording
    GUITAR: ("mel_l1 (dB)", "delta-mel ratio", "delta-mel correlation", "logmag (dB)"),
    HUM: ("note_accuracy", "attacked", "decay (dB/s)"),
}
SUMMARY = {  # title of a row in the shortest table: kind and measure
    "sung: notes in tune": (HUM, "note_accuracy"),
    "sung: notes that begin with a pluck": (HUM, "attacked"),
    "sung: decay, as a share of a real string's": (HUM, "decay / reference"),
    "sung: taken for a guitar by the judge": (HUM, JUDGE),
    "guitar: distance to the recording's mel (dB)": (GUITAR, "mel_l1 (dB)"),
}
SUMMARY_COLUMNS = {MODEL: "the model", LABEL: "its input alone", PLAYBACK: "note samples"}


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


def render(results: Results, name: str) -> str:
    """Render one of ``TABLES``. Raises UserError for another name, and where the results do not have it."""
    if name not in TABLES:
        raise UserError(f"there is no table {name!r}; choose one of {', '.join(TABLES)}")
    found = TABLES[name](results)
    if not found:
        raise UserError(f"the results have no table {name!r}; measure it with python -m train evaluate")
    return found


def render_all(results: Results) -> str:
    """Render every table that the results have, one after the other."""
    found = (table(results) for name, table in TABLES.items() if name != "summary")
    return "\n\n".join(text for text in found if text)


def _summary(results: Results) -> str:
    columns = [column for column in SUMMARY_COLUMNS if column in _columns(results, HUM) + _columns(results, GUITAR)]
    rows = []
    for title, (kind, measure) in SUMMARY.items():
        figures = results.get(kind, {}).get("figures", {})
        if measure in figures:
            rows.append([title, *(_number(figures[measure].get(column), 2) for column in columns)])
    return markdown(["", *(SUMMARY_COLUMNS[column] for column in columns)], rows) if rows else ""


def _columns(results: Results, kind: str) -> list[str]:
    return list(next(iter(results.get(kind, {}).get("figures", {}).values()), {}))


def _figures(kind: str) -> Callable[[Results], str]:
    def table(results: Results) -> str:
        found = results.get(kind, {})
        if not found.get("figures"):
            return ""
        first, *others = _columns(results, kind)
        rows = [
            [name, _number(row[first]), _interval(found["intervals"][name]), *(_number(row[c]) for c in others)]
            for name, row in found["figures"].items()
        ]
        return markdown([TITLES[kind], first, INTERVAL, *others], rows)

    return table


def _clips(kind: str) -> Callable[[Results], str]:
    def table(results: Results) -> str:
        clips = {name: clip["figures"] for name, clip in results.get("clips", {}).items() if clip["kind"] == kind}
        rows = [
            [name, *(_number(figures[measure][MODEL]) for measure in LEADING[kind])] for name, figures in clips.items()
        ]
        return markdown([TITLES[kind], *LEADING[kind]], rows) if rows else ""

    return table


def _notes(results: Results) -> str:
    rows = results.get("notes", {})
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = [
        [name, *(_number(row.get(column), 0 if column == "recordings" else 3) for column in columns)]
        for name, row in rows.items()
    ]
    return markdown(["notes heard", *columns], lines) if rows else ""


def _inversions(results: Results) -> str:
    figures = results.get("inversions", {})
    names = list(next(iter(figures.values()), {}))
    rows = [[measure, *(_number(row[name]) for name in names)] for measure, row in figures.items()]
    return markdown(["inversion", *names], rows) if rows else ""


def _targets(results: Results) -> str:
    """The targets; where the results have others under ``before``, their figures stand in the last column."""
    before = results.get("before")
    head = ["what it should show", "target", "measured", "holds", *([] if before is None else ["before"])]
    rows = []
    for target in TARGETS:
        value = target.read(results)
        holds = NOTHING if value is None else "yes" if target.holds(value) else "no"
        earlier = [] if before is None else [_number(target.read(before), target.digits)]
        rows.append([target.title, target.range, _number(value, target.digits), holds, *earlier])
    return markdown(head, rows) if any(target.read(results) is not None for target in TARGETS) else ""


def _plucks(results: Results) -> str:
    rows = results.get("plucks", {})
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = [[name, _n_notes(row), *(_pooled(row.get(column)) for column in columns)] for name, row in rows.items()]
    return markdown(["plucks (dB)", "notes", *columns], lines) if rows else ""


def _guitars(results: Results) -> str:
    lines = []
    columns = [f"{band}, {ms} ms" for band in BANDS_HZ for ms in AT_MS]
    for guitar, rows in results.get("guitars", {}).items():
        far = differences(rows)
        for name, row in rows.items():
            largest = max(far.values(), key=abs) if far and name == SAME else None
            figures = (_number(row[column]["figure"], 1) for column in columns)
            lines.append([f"{guitar}, {name}", _n_notes(row), *figures, _number(largest, 1)])
    for name, row in results.get("plucks", {}).items():
        if name.startswith(RECORDED):
            figures = (_number(row[column]["figure"], 1) for column in columns)
            lines.append([name, _n_notes(row), *figures, NOTHING])
    head = ["by guitar (dB)", "notes", *columns, "largest distance, 10 and 40 ms"]
    return markdown(head, lines) if results.get("guitars") else ""


def _n_notes(row: dict[str, Any]) -> str:
    return str(row[next(iter(row))]["notes"])


def _variance(results: Results) -> str:
    rows = results.get("variance", {})
    bands = list(next(iter(rows.values()), {}))
    lines = [[name, *(_pooled(row[band], 2) for band in bands)] for name, row in rows.items()]
    return markdown(["variance of the mel over that of the recording", *bands], lines) if rows else ""


def _fidelity(results: Results) -> str:
    kinds = results.get("fidelity", {})
    names = list(next(iter(kinds.values()), {}))
    lines = [[kind, *(_worst(row[name]) for name in names)] for kind, row in kinds.items()]
    return markdown(["worst third of an octave (dB)", *names], lines) if kinds else ""


def _worst(by_third: dict[str, float]) -> str:
    if not by_third:
        return NOTHING
    centre_hz, error_db = worst(by_third)
    return f"{error_db:+.1f} at {centre_hz} Hz"


def _footprint(results: Results) -> str:
    found = results.get("footprint", {})
    head = ["whole path, 30 s", "first", "warm", "threads", "peak memory (GB)"]
    digits = {"first": 3, "warm": 3, "threads": 0, "peak_gb": 2}
    return markdown(head, [["share of real time", *(_number(found[k], n) for k, n in digits.items())]]) if found else ""


def _hum_like(results: Results) -> str:
    found = results.get("hum_like", {})
    kinds = [CLEAN, HUM_LIKE, DIFFERENCE]
    return markdown(["held-out takes", *kinds], [["mel_l1 (dB)", *(_number(found[k]) for k in kinds)]]) if found else ""


def _speed(results: Results) -> str:
    found = results.get("real_time_factor", {})
    return markdown(["stage", *found], [["real-time factor", *(_number(x) for x in found.values())]]) if found else ""


def _origin(results: Results) -> str:
    if "checkpoint" not in results:
        return ""
    files = [results["checkpoint"], *([results["vocoder"]] if "vocoder" in results else [])]
    rows = [["`" + file["name"] + "`", file["commit"], "`" + file["sha256"] + "`"] for file in files]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    table = markdown(["file", "commit", "SHA-256"], rows)
    return f"{table}\n\nMeasured by `{results['command']}` with {versions}."


def _number(value: float | None, digits: int = 3) -> str:
    return NOTHING if value is None or math.isnan(value) else f"{value:.{digits}f}"


def _pooled(found: dict[str, Any] | None, digits: int = 1) -> str:
    """``-44.0 (-46.1 to -42.3)``: a pooled figure with its interval."""
    if found is None or found["figure"] is None:
        return NOTHING
    low, high = (_number(end, digits) for end in found["interval"])
    return f"{_number(found['figure'], digits)} ({low} to {high})"


def _interval(ends: list[float | None]) -> str:
    low, high = (_number(end) for end in ends)
    return f"{low} to {high}"


TABLES: dict[str, Callable[[Results], str]] = {
    "summary": _summary,
    "targets": _targets,
    "origin": _origin,
    "guitar": _figures(GUITAR),
    "hum": _figures(HUM),
    "guitar-clips": _clips(GUITAR),
    "hum-clips": _clips(HUM),
    "plucks": _plucks,
    "guitars": _guitars,
    "variance": _variance,
    "hum-like": _hum_like,
    "notes": _notes,
    "inversions": _inversions,
    "fidelity": _fidelity,
    "speed": _speed,
    "footprint": _footprint,
}
