"""A checkpoint's weights for a run that knows other guitars: what it costs to add a guitar is a corpus and a run."""

from __future__ import annotations

from dataclasses import replace

import torch

from hum2guitar.config import Config
from hum2guitar.errors import CheckpointError


def adapt(weights: dict[str, torch.Tensor], trained: Config, wanted: Config) -> dict[str, torch.Tensor]:
    """A generator's weights for a Config with other guitars: one that it does not know begins as "unknown".

    Raises CheckpointError where more than the guitars differs.
    """
    if trained == wanted:
        return weights
    if replace(trained, guitars=wanted.guitars) != wanted:
        raise CheckpointError(
            "what the run is to begin from has another configuration; use the --preset and the widths of its training"
        )
    if wanted.architecture == "paper":
        raise CheckpointError("a generator of the preset paper cannot learn other guitars; train it anew")
    known = trained.guitars
    unknown, follow = len(known), len(known) + 1
    columns = [known.index(guitar) if guitar in known else unknown for guitar in wanted.guitars] + [unknown, follow]
    return {name: w[:, columns] if name.endswith("condition.weight") else w for name, w in weights.items()}
