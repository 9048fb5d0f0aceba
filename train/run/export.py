"""A run's averaged weights → a checkpoint that the app loads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.synthesis import checkpoint
from train.run.folder import origin, read_state


def export(run: Path, out: Path, default_guitar: str = "") -> dict[str, Any]:
    """Write the checkpoint of a run's folder and return its provenance.

    Parameters
    ----------
    run : the run's folder
    out : the file to write
    default_guitar : the guitar that is played where the user names none; empty for no guitar in particular

    Raises
    ------
    UserError
        If there is no run in the folder, or if it has no such guitar.
    """
    described, state = read_state(run)
    provenance = origin(described, state)
    config = Config.from_dict(described["config"])
    if default_guitar not in ("", *config.guitars):
        raise UserError(f"the run has no guitar {default_guitar!r}; it has {', '.join(config.guitars) or 'none'}")
    checkpoint.save(out, state["average"], replace(config, default_guitar=default_guitar), provenance)
    return provenance
