"""A picture of cost against length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from hum2guitar.files import replacing

SIZE_INCHES = (8.0, 4.5)
DPI = 110
OURS = {"warm": "#0f766e", "cold": "#5fb3a8"}
OTHERS = {"original": "#b45309", "basic-pitch + FluidSynth": "#6d28d9"}


def draw(results: dict[str, Any]) -> Figure:
    """Draw the time of a whole path over the length of the hum, both axes logarithmic.

    Parameters
    ----------
    results : of ``suite.run``

    Returns
    -------
    figure : conversions cold and warm, and, warm, what a user would take instead
    """
    figure = Figure(SIZE_INCHES, DPI, layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log", xlabel="length of the hum (s)", ylabel="wall time (s)")
    lengths = [float(length) for length in results["conversions"]]
    for kind, colour in OURS.items():
        seconds = [row[f"{kind}_s"] for row in results["conversions"].values()]
        axes.plot(lengths, seconds, "o-", color=colour, label=f"Hum2Guitar, {kind}")
    for name, colour in OTHERS.items():
        points = _warm(results["instead"], name.split(" + "))
        if points:
            axes.plot(*zip(*points, strict=True), "s--", color=colour, label=f"{name}, warm")
    axes.plot(lengths, lengths, ":", color="#888888", label="real time")
    axes.set_xticks(lengths, [f"{length:g}" for length in lengths])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return figure


def save(path: Path, results: dict[str, Any]) -> None:
    """Write the picture as PNG, all or nothing."""
    with replacing(path) as partial:
        draw(results).savefig(partial, format="png")


def _warm(instead: dict[str, Any], names: list[str]) -> list[tuple[float, float]]:
    """List the lengths in s and the warm times in s of what is there under all of the names, added up."""
    points = []
    for length, rows in instead.items():
        found = [rows[name] for name in names if "absent" not in rows.get(name, {"absent": ""})]
        if len(found) == len(names):
            points.append((float(length), sum(row["warm_s"] for row in found)))
    return points
