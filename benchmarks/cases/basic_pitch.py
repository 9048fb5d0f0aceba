"""The notes of a recording by basic-pitch (Bittner et al., ICASSP 2022), with its ONNX model.

It runs in an environment of its own, which ``make bench`` makes, so it imports nothing else of this repository.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks.cases.case import AbsentError


class Case:
    """Find the notes of a recording, which is a file, by basic-pitch's default settings."""

    def __init__(self, recording: str) -> None:
        try:
            from basic_pitch import FilenameSuffix, build_icassp_2022_model_path
            from basic_pitch.inference import Model, predict
        except ImportError as error:
            raise AbsentError("basic-pitch is not installed; make bench installs it") from error
        self._recording, self._predict = recording, predict
        self._model = Model(build_icassp_2022_model_path(FilenameSuffix.onnx))

    def run(self) -> dict[str, float]:
        """As ``case.Case.run``."""
        start = time.perf_counter()
        _, _, self._events = self._predict(self._recording, self._model)
        return {"notes": time.perf_counter() - start}

    def facts(self) -> dict[str, Any]:
        """As ``case.Case.facts``: onset and offset in s, MIDI number and amplitude (0 to 1) of each note."""
        return {"notes": [[float(value) for value in event[:4]] for event in sorted(self._events)]}
