"""A run's averaged weights → a checkpoint that the app loads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hum2guitar.config import Config
from hum2guitar.synthesis import checkpoint
from train.run.folder import origin, read_state


def export(run: Path, out: Path) -> dict[str, Any]:
    """Write the checkpoint of a run's folder and return its provenance. Raises UserError where there is no run."""
    described, state = read_state(run)
    provenance = origin(described, state)
    checkpoint.save(out, state["average"], Config.from_dict(described["config"]), provenance)
    return provenance
