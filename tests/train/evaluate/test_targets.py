"""The targets: read from results, with a range each, beside earlier results."""

from __future__ import annotations

from typing import Any

import pytest

from train.evaluate import tables
from train.evaluate.report import RESULTS, read
from train.evaluate.targets import BY_DEFAULT, TARGETS, Target

RESULT: dict[str, Any] = {
    "plucks": {BY_DEFAULT: {"5–10 kHz, 10 ms": {"figure": -44.0, "interval": [-46, -42], "notes": 99}}},
    "footprint": {"first": 0.5, "warm": 0.07, "threads": 2.0, "peak_gb": None},
}


def test_a_figure_holds_within_its_range_and_its_ends() -> None:
    target = Target("x", lambda results: results["x"], -36, -24)
    assert [target.holds(value) for value in (-37, -36, -30, -24, -23)] == [False, True, True, True, False]
    assert target.range == "-36.0 to -24.0"
    assert Target("x", float, None, 4).holds(-9)
    assert Target("x", float, None, 4).range == "at most 4.0"
    assert Target("x", float, 0.98, None, 2).range == "at least 0.98"


def test_every_target_is_shown_with_what_was_measured_and_what_was_before() -> None:
    earlier = {"plucks": {BY_DEFAULT: {"5–10 kHz, 10 ms": {"figure": -50.0}}}}
    lines = tables.render(RESULT | {"before": earlier}, "targets").splitlines()
    assert len(lines) == 2 + len(TARGETS)
    rows = {row[0]: row[1:] for row in ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines)}
    assert rows["hums: 5–10 kHz 10 ms after a pluck (dB)"] == ["-36.0 to -24.0", "-44.0", "no", "-50.0"]
    assert rows["whole path: share of real time, warm"] == ["at most 0.08", "0.07", "yes", "–"]
    assert rows["whole path: peak memory (GB)"] == ["at most 1.50", "–", "–", "–"]
    assert tables.render(RESULT, "targets").splitlines()[0].endswith("| holds |")


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.title)
def test_the_results_that_ship_have_every_figure(target: Target) -> None:
    assert target.read(read(RESULTS / "shipped.json")) is not None
