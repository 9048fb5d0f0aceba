"""A checkpoint's weights for a run that knows other guitars: what it costs to add a guitar is a corpus and a run."""

from __future__ import annotations

from dataclasses import replace

import torch

from hum2guitar.checkpoint import Checkpoint
from hum2guitar.config import Config
from hum2guitar.errors import CheckpointError


def weights_for(loaded: Checkpoint, config: Config) -> dict[str, torch.Tensor]:
    """The generator's weights as the Config needs them: a guitar that the checkpoint does not know begins as "unknown".

    Raises CheckpointError where more than the guitars differs.
    """
    if replace(loaded.config, guitars=config.guitars) != config:
        raise CheckpointError(
            "the checkpoint to begin from has another configuration than this run; "
            "use the --preset that it was trained with"
        )
    known = loaded.config.guitars
    unknown, follow = len(known), len(known) + 1
    columns = [known.index(guitar) if guitar in known else unknown for guitar in config.guitars] + [unknown, follow]
    weights = loaded.generator.state_dict()
    if config.architecture == "paper" and known != config.guitars:
        raise CheckpointError("a checkpoint of the preset paper begins only runs with the same guitars; train it anew")
    return {name: w[:, columns] if name.endswith("condition.weight") else w for name, w in weights.items()}
