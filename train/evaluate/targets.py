"""What a checkpoint should measure, and what it does: the shortest answer to whether its guitar is one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hum2guitar.choices import Choices
from hum2guitar.metrics.treble import AT_MS, BEFORE, BETWEEN
from train.evaluate.by_guitar import differences
from train.evaluate.clip import MODEL
from train.evaluate.fidelity import worst
from train.evaluate.figures import JUDGE
from train.evaluate.plucks import HUMS
from train.evaluate.source import GUITAR, HUM

Results = dict[str, Any]
BY_DEFAULT = f"{HUMS}, {Choices().inversion}"


@dataclass(frozen=True)
class Target:
    """One row: what is measured, where it is in the results, and the range in which it should lie.

    title : of the row
    figure : finds the figure; KeyError, ValueError or TypeError where the results do not have it
    low, high : the ends of the range; None for an open end
    digits : after the point
    """

    title: str
    figure: Callable[[Results], float | None]
    low: float | None
    high: float | None
    digits: int = 1

    def read(self, results: Results) -> float | None:
        """Return the figure; None where the results do not have it."""
        try:
            value = self.figure(results)
        except (KeyError, ValueError, TypeError):
            return None
        return None if value is None or math.isnan(value) else value

    def holds(self, value: float) -> bool:
        """Return whether a figure lies in the range."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def range(self) -> str:
        """The range in words."""
        low, high = (None if end is None else f"{end:.{self.digits}f}" for end in (self.low, self.high))
        return f"at most {high}" if low is None else f"at least {low}" if high is None else f"{low} to {high}"


def _pluck(measure: str) -> Callable[[Results], float | None]:
    return lambda results: results["plucks"][BY_DEFAULT][measure]["figure"]


def _mean(kind: str, measure: str) -> Callable[[Results], float | None]:
    return lambda results: results[kind]["figures"][measure][MODEL]


def _from_own_takes(results: Results) -> float:
    return max(abs(d) for figures in results["guitars"].values() for d in differences(figures).values())


def _from_given_mel(results: Results) -> float:
    return max(abs(worst(row)[1]) for kind in results["fidelity"].values() for row in kind.values())


BANDS = {
    "5–10 kHz": ((-36.0, -24.0), (-44.0, -29.0), (-52.0, -36.0)),
    "10–18 kHz": ((-52.0, -38.0), (-60.0, -46.0), (-64.0, -50.0)),
}
TARGETS = (
    *(
        Target(f"hums: {band} {ms} ms after a pluck (dB)", _pluck(f"{band}, {ms} ms"), low, high)
        for band, ranges in BANDS.items()
        for ms, (low, high) in zip(AT_MS, ranges, strict=True)
    ),
    Target("hums: between harmonics (dB)", _pluck(BETWEEN), -60, -46),
    Target("hums: 20 ms before a pluck (dB)", _pluck(BEFORE), None, -25),
    Target("guitars: largest distance from their own takes (dB)", _from_own_takes, None, 4),
    Target("solos: mel_l1 (dB)", _mean(GUITAR, "mel_l1 (dB)"), None, 5.4, 2),
    Target("solos: delta-mel ratio", _mean(GUITAR, "delta-mel ratio"), 0.95, 1.05, 2),
    Target("solos: delta-mel correlation", _mean(GUITAR, "delta-mel correlation"), 0.68, None, 2),
    Target("hums: notes in tune", _mean(HUM, "note_accuracy"), 0.98, None, 2),
    Target("hums: attacked", _mean(HUM, "attacked"), 0.90, None, 2),
    Target("hums: attack time (ms)", _mean(HUM, "attack time (ms)"), None, 16),
    Target("hums: decay / reference", _mean(HUM, "decay / reference"), 0.85, 1.15, 2),
    Target("hums: judge (share guitar)", _mean(HUM, JUDGE), 0.98, None, 2),
    Target("any inversion: worst third of an octave (dB)", _from_given_mel, None, 1),
    Target("whole path: share of real time, warm", lambda results: results["footprint"]["warm"], None, 0.08, 2),
    Target("whole path: peak memory (GB)", lambda results: results["footprint"]["peak_gb"], None, 1.5, 2),
    Target("size of the checkpoint (MB)", lambda results: results["checkpoint"]["mb"], None, 10),
    Target("size of the vocoder (MB)", lambda results: results["vocoder"]["mb"], None, 10),
)
