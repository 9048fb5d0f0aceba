"""A run's averaged weights → a checkpoint that the app loads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.synthesis import checkpoint
from train.run.folder import origin, read_state


def export(run: Path, out: Path, default_guitar: str = "", noise_scale: float = 1.0) -> dict[str, Any]:
    """Write the checkpoint of a run's folder and return its provenance.

    Parameters
    ----------
    run : the run's folder
    out : the file to write
    default_guitar : the guitar that is played where the user names none; empty for no guitar in particular
    noise_scale : as in ``Config``

    Raises
    ------
    UserError
        If ``out`` does not end in .safetensors, if there is no run in the folder, if it has no such guitar, or for a
        scale that is not from 0 to 1.
    """
    if out.suffix.lower() != ".safetensors":
        raise UserError(f"cannot write {out.name}; use a name that ends in .safetensors")
    described, state = read_state(run)
    provenance = origin(described, state)
    config = Config.from_dict(described["config"])
    if default_guitar not in ("", *config.guitars):
        raise UserError(f"the run has no guitar {default_guitar!r}; it has {', '.join(config.guitars) or 'none'}")
    if not 0 <= noise_scale <= 1:
        raise UserError(f"--noise-scale is {noise_scale}; it must be from 0 to 1")
    config = replace(config, default_guitar=default_guitar, noise_scale=noise_scale)
    checkpoint.save(out, state["average"], config, provenance)
    return provenance
