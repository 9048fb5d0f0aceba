"""A checkpoint's weights for a run that knows other guitars, or whose generator is wider or deeper.

What it costs to add a guitar is a corpus and a run; what a small generator learned is not learned again by a large one.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from hum2guitar.config import Config
from hum2guitar.errors import CheckpointError
from hum2guitar.synthesis import generator
from train.flags import SIZES


def adapt(weights: dict[str, torch.Tensor], trained: Config, wanted: Config) -> dict[str, torch.Tensor]:
    """A generator's weights for a Config with other guitars or larger sizes, which begins as the same function.

    A guitar that the generator does not know begins as "unknown". Raises CheckpointError where more than guitars and
    sizes differs, or a size shrinks.
    """
    if trained == wanted:
        return weights
    sizes = {name: getattr(wanted, name) for name in SIZES}
    if replace(trained, guitars=wanted.guitars, **sizes) != wanted:
        raise CheckpointError(
            "what the run is to begin from has another configuration; use the --preset and the sizes of its training"
        )
    if wanted.architecture == "original":
        raise CheckpointError("a generator of the preset original cannot learn other guitars or grow; train it anew")
    for name, size in sizes.items():
        if size < getattr(trained, name):
            raise CheckpointError(
                f"what the run is to begin from has the {name} {getattr(trained, name)}, more than {size}; "
                "a generator can grow but not shrink"
            )
    return _grown(_for_guitars(weights, trained.guitars, wanted.guitars), wanted)


def _for_guitars(
    weights: dict[str, torch.Tensor], known: tuple[str, ...], wanted: tuple[str, ...]
) -> dict[str, torch.Tensor]:
    unknown, follow = len(known), len(known) + 1
    columns = [known.index(guitar) if guitar in known else unknown for guitar in wanted] + [unknown, follow]
    return {name: w[:, columns] if name.endswith("condition.weight") else w for name, w in weights.items()}


@torch.no_grad()
def _grown(weights: dict[str, torch.Tensor], wanted: Config) -> dict[str, torch.Tensor]:
    """The same function in a network that is at least as wide and as deep, in the manner of Net2Net (Chen,
    Goodfellow and Shlens, ICLR 2016).

    The channels that it had come first and hear nothing of the new ones, which begin at random; a residual block that
    it lacked begins, as every new one does, by adding nothing.
    """
    grown = generator.build(wanted).state_dict()
    for name, weight in weights.items():
        larger = grown[name]
        kept = weight.shape[0]
        if larger.dim() > 1:
            larger[:kept] = 0
            larger[:kept, : weight.shape[1]] = weight
        else:
            larger[:kept] = weight
    return grown
