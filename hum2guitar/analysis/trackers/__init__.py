"""F0 trackers: one module each, one entry each in ``TRACKERS``."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from hum2guitar.analysis.trackers.cepstrum import CepstrumTracker
from hum2guitar.analysis.trackers.crepe import CrepeTracker
from hum2guitar.analysis.trackers.pyin import PyinTracker
from hum2guitar.analysis.trackers.swift import SwiftTracker
from hum2guitar.analysis.trackers.tracker import Tracker
from hum2guitar.errors import UserError

TRACKERS: dict[str, Callable[[str], Tracker]] = {  # name → function that makes the tracker for a device
    "swift": lambda device: SwiftTracker(),
    "crepe": lambda device: CrepeTracker("tiny", device),
    "crepe-full": lambda device: CrepeTracker("full", device),
    "pyin": lambda device: PyinTracker(),
    "cepstrum": lambda device: CepstrumTracker(),
}


@lru_cache(maxsize=8)
def load_tracker(name: str, device: str = "cpu") -> Tracker:
    """Load a tracker; a second call returns the same one. Raises UserError if the name is unknown."""
    if name not in TRACKERS:
        raise UserError(f"there is no tracker {name!r}; choose one of {', '.join(TRACKERS)}")
    return TRACKERS[name](device)
