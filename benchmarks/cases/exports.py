"""Fingering, and every file that a conversion can be written to."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.cases import conversion
from hum2guitar.arrangement import expression, fingering
from hum2guitar.export import EXPORTS


class Case(conversion.Case):
    """Convert a recording once, as ``conversion.Case`` does, then write it again and again."""

    def __init__(self, recording: str, checkpoint: str | None) -> None:
        super().__init__(recording, checkpoint)
        super().run()

    def run(self) -> dict[str, float]:
        """As ``case.Case.run``: the fingering, then each export by its name."""
        played, times = replace(self._conversion.played), {}  # a copy has not found its beat yet
        written = replace(self._conversion, played=played)
        with TemporaryDirectory() as folder:
            started = time.perf_counter()
            bent = expression.find_bends(played.notes, played.f0_hz, played.config.frame_s)
            fingering.apply_fingering(played.notes, bent, played.neck)
            times["fingering"] = time.perf_counter() - started
            for name, export in EXPORTS.items():
                started = time.perf_counter()
                export.save(Path(folder, name + export.suffix), written)
                times[name] = time.perf_counter() - started
        return times

    def facts(self) -> dict[str, Any]:
        """As ``case.Case.facts``: the number of notes."""
        return {"notes": len(self._conversion.played.notes)}
