"""Results of ``python -m benchmarks`` → tables: what a conversion costs, beside what a user would take instead."""

from __future__ import annotations

import textwrap
from typing import Any

from hum2guitar.choices import Choices
from train.evaluate.markdown import NOTHING, markdown, number
from train.evaluate.targets import Results

OURS, INVERSION, TRACKER = "Hum2Guitar", Choices().inversion, Choices().tracker
BOTH = ("basic-pitch", "FluidSynth")
BOTH_NAME = " + ".join(BOTH)
SAID = {"original": "The network and the methods of the original", BOTH_NAME: "basic-pitch and FluidSynth"}
MINUTE = "60"  # the length with whose memory the others are compared
Row = dict[str, Any]


def stages(results: Results) -> str:
    """Set the time of each stage, cold and warm, by the length of the hum."""
    rows: dict[str, Row] = results.get("conversions", {})
    if not rows:
        return ""
    lines = []
    for part in next(iter(rows.values()))["cold"]:
        cells = [number(row[kind].get(part)) for row in rows.values() for kind in ("cold", "warm")]
        lines.append([f"{part} (s)", *cells])
    times = [(row[f"{kind}_s"], float(length)) for length, row in rows.items() for kind in ("cold", "warm")]
    lines.append(["whole (s)", *(number(seconds) for seconds, _ in times)])
    lines.append(["whole, share of real time", *(number(seconds / length) for seconds, length in times)])
    lines.append(["runs", *(str(runs) for row in rows.values() for runs in row["runs"])])
    return markdown(["hum", *(f"{length} s, {kind}" for length in rows for kind in ("cold", "warm"))], lines)


def memory(results: Results) -> str:
    """Set the peak memory, and what of it lies beyond the returned arrays, by the length of the hum."""
    rows: dict[str, Row] = results.get("conversions", {})
    beyond = {length: row["peak_mb"] - row["arrays_mb"] for length, row in rows.items()}
    lines = [
        ["peak (MB)", *(number(row["peak_mb"], 0) for row in rows.values())],
        ["returned arrays (MB)", *(number(row["arrays_mb"], 0) for row in rows.values())],
        ["peak beyond them (MB)", *(number(megabytes, 0) for megabytes in beyond.values())],
    ]
    if MINUTE in beyond:
        lines.append([f"the same, × {MINUTE} s", *(number(mb / beyond[MINUTE], 2) for mb in beyond.values())])
    return markdown(["memory", *(f"{length} s" for length in rows)], lines) if rows else ""


def instead(results: Results) -> str:
    """Set a conversion beside what a user would take instead, by the length of the hum."""
    lines = []
    for length, others in results.get("instead", {}).items():
        ours = results["conversions"][length]
        for name, row in {OURS: ours, **_with_both(others)}.items():
            lines.append([_title(name, row), f"{length} s", number(row.get("cold_s"), 2), *_costs(row, ours)])
    return markdown(["", "hum", "cold (s)", *_head(OURS)], lines) if lines else ""


def in_brief(results: Results) -> str:
    """Say in two sentences how long the longest hum takes that is compared, and how much longer the others take."""
    compared: dict[str, dict[str, Row]] = results.get("instead", {})
    if not compared:
        return ""
    length = max(compared, key=float)
    ours, cpus = results["conversions"][length], results["machine"]["cpus"]
    text = (
        f"A hum of {length} s takes {number(ours['warm_s'], 2)} s once the checkpoint is loaded, "
        f"{number(ours['warm_s'] / float(length))} of real time, and {number(ours['cold_s'], 1)} s in a new process, "
        f"on {cpus} CPUs."
    )
    longest: dict[str, str] = {}  # the longest hum that each of the others was given
    for seconds, rows in sorted(compared.items(), key=lambda item: float(item[0])):
        for name, row in _with_both(rows).items():
            if name in SAID and "absent" not in row:
                times = number(row["warm_s"] / results["conversions"][seconds]["warm_s"], 1)
                longest[name] = f"{SAID[name]} take {times} times as long for {seconds} s"
    others = f" {', '.join(longest[name] for name in SAID if name in longest)}." if longest else ""
    return textwrap.fill(text + others, 120)


def mel_to_audio(results: Results) -> str:
    """Set librosa's inversion of a true mel beside those of this project."""
    rows: dict[str, Row] = results.get("mel_to_audio", {})
    lines = [
        [_title(name, row), number(row.get("error_db"), 2), *_costs(row, rows[INVERSION])] for name, row in rows.items()
    ]
    return markdown(["mel to audio", "error (dB)", *_head(INVERSION)], lines) if rows else ""


def trackers(results: Results) -> str:
    """Set the trackers side by side."""
    rows: dict[str, Row] = results.get("trackers", {})
    lines = [[_title(name, row), *_costs(row, rows[TRACKER])] for name, row in rows.items()]
    return markdown(["tracker", *_head(TRACKER)], lines) if rows else ""


def exports(results: Results) -> str:
    """Set the time of each file that a conversion can be written to, and of all together."""
    row: Row = results.get("exports", {})
    if not row:
        return ""
    lines = [[name, number(seconds), number(row["cold"][name])] for name, seconds in row["warm"].items()]
    lines.append(["all together", number(row["warm_s"]), number(row["cold_s"] - row["cold"]["start"])])
    return markdown([f"{results['exported_s']:g} s of hum, {row['notes']} notes", "warm (s)", "first time (s)"], lines)


def many(results: Results) -> str:
    """Set many recordings by one process beside several."""
    found: dict[str, float] = results.get("many", {})
    if not found or "absent" in found:
        return ""
    slowest = max(found.values())
    return markdown(
        ["many recordings", "s", "times as fast"],
        [[name, number(seconds, 1), number(slowest / seconds, 2)] for name, seconds in found.items()],
    )


def machine(results: Results) -> str:
    """Say where, by what command and with which versions it was measured."""
    if "machine" not in results:
        return ""
    found = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    checkpoint = results["checkpoint"]
    return (
        f"Measured by `{results['command']}` on {found['processor']}, {found['cpus']} CPUs, {found['threads']} "
        f"threads, the networks in {found['networks']}; `{checkpoint['name']}` of commit {checkpoint['commit']}; "
        f"{versions}."
    )


def _head(compared: str) -> list[str]:
    return ["warm (s)", f"× {compared}, warm", "peak memory (MB)", "runs"]


def _costs(row: Row, compared: Row) -> list[str]:
    """Write the cells of ``_head``: dashes for what is absent."""
    if "absent" in row:
        return [NOTHING] * len(_head(""))
    times = NOTHING if "absent" in compared else number(row["warm_s"] / compared["warm_s"], 2)
    runs = "{} + {}".format(*row["runs"])
    return [number(row["warm_s"]), times, number(row["peak_mb"], 0), runs]


def _title(name: str, row: Row) -> str:
    return f"{name} (absent: {row['absent']})" if "absent" in row else name


def _with_both(rows: dict[str, Row]) -> dict[str, Row]:
    """Put the sum of basic-pitch and FluidSynth before the two, where both are there."""
    both = [rows[name] for name in BOTH if name in rows]
    if len(both) < len(BOTH) or any("absent" in row for row in both):
        return rows
    joined: Row = {key: sum(row[key] for row in both) for key in ("cold_s", "warm_s")}
    joined |= {
        "peak_mb": max(row["peak_mb"] for row in both),
        "runs": [min(row["runs"][i] for row in both) for i in (0, 1)],
    }
    return {name: row for name, row in rows.items() if name not in BOTH} | {BOTH_NAME: joined} | rows
