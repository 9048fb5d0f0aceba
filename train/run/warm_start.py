"""Beginning a run from trained weights, for other guitars or a wider or deeper generator.

So a guitar can be added for the cost of a corpus and a run, and a large generator begins with what a small one has
learned.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from hum2guitar.config import PRESETS, Config
from hum2guitar.errors import CheckpointError
from hum2guitar.synthesis import checkpoint, generator
from train.flags import SIZES, flag
from train.run.folder import origin, read_state
from train.run.learner import load_average
from train.run.trainer import Trainer


def warm_start(trainer: Trainer, source: Path) -> dict[str, Any]:
    """Give a trainer a checkpoint file's generator, or a run folder's averaged generator and its opponents.

    The opponents are taken from a run of the same objective. Prints which guitars are kept, new and dropped, and
    returns where the weights came from. Raises CheckpointError where they do not fit, UserError where there is nothing
    to begin from.
    """
    if source.is_dir():
        described, state = read_state(source)
        config, provenance, weights = Config.from_dict(described["config"]), origin(described, state), state["average"]
        if described["settings"].get("objective", "adversarial") == trainer.settings.objective:
            _load_opponents(trainer, source, state)
    else:
        loaded = checkpoint.load(source)
        config, provenance, weights = loaded.config, loaded.provenance, loaded.generator.state_dict()
    weights = adapt(weights, config, trainer.config)
    trainer.generator.load_state_dict(weights)
    load_average(trainer.average, weights, 0)
    if trainer.processes.first:
        print(compare_guitars(config.guitars, trainer.config.guitars))
    return provenance


def compare_guitars(known: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    """Return the sentence that says which guitars a warm start keeps, adds and forgets."""
    groups = {
        "kept": [guitar for guitar in wanted if guitar in known],
        "new": [guitar for guitar in wanted if guitar not in known],
        "dropped, because the corpus has no take of them": [guitar for guitar in known if guitar not in wanted],
    }
    return "guitars " + "; ".join(f"{name}: {', '.join(guitars) or 'none'}" for name, guitars in groups.items())


def adapt(weights: dict[str, torch.Tensor], trained: Config, wanted: Config) -> dict[str, torch.Tensor]:
    """Return a generator's weights for a Config with other guitars or larger sizes, which begins as the same function.

    A guitar that the generator does not know begins as "unknown". Raises CheckpointError where more than guitars and
    sizes differs, or a size shrinks.
    """
    if trained == wanted:
        return weights
    if trained.sampler != wanted.sampler:
        raise CheckpointError(
            f"what the run is to begin from generates by the sampler {trained.sampler}, and the run's objective needs "
            f"{wanted.sampler}; choose another --objective, or another checkpoint"
        )
    sizes = {name: getattr(wanted, name) for name in SIZES}
    if replace(trained, guitars=wanted.guitars, **sizes) != wanted:
        raise CheckpointError(f"what the run is to begin from has another configuration; {_how_to_match(trained)}")
    if wanted.architecture == "original":  # it knows no guitars
        if replace(trained, guitars=wanted.guitars) != wanted:
            raise CheckpointError("a generator of the preset original cannot grow; train it anew")
        return weights
    for name, size in sizes.items():
        if size < getattr(trained, name):
            raise CheckpointError(
                f"what the run is to begin from has the {name} {getattr(trained, name)}, more than {size}, and a "
                f"generator can grow but not shrink; {_how_to_match(trained)}"
            )
    return _grown(_for_guitars(weights, trained.guitars, wanted.guitars), wanted)


def _how_to_match(trained: Config) -> str:
    """Say which preset has a Config's analysis and sizes, or is the nearest with which flags."""
    for name, preset in PRESETS.items():
        if replace(trained, guitars=preset.guitars) == preset:
            return f"use --preset {name}"
    for name, preset in PRESETS.items():
        sizes = {size: getattr(trained, size) for size in SIZES}
        if replace(trained, guitars=preset.guitars) == replace(preset, **sizes):
            return f"use --preset {name} " + " ".join(f"{flag(size)} {value}" for size, value in sizes.items())
    return "no preset has it; begin from another checkpoint, or anew"


def _load_opponents(trainer: Trainer, source: Path, state: dict[str, Any]) -> None:
    for name, learner in trainer.learners.items():
        if name == "generator" or name not in state:
            continue
        saved = state[name].get("network", state[name])  # older runs saved the discriminator's weights alone
        own = learner.network.state_dict()
        if {key: value.shape for key, value in saved.items()} != {key: value.shape for key, value in own.items()}:
            raise CheckpointError(
                f"the {name} of {source} was trained with another choice of --spectral-norm; make the same"
            )
        learner.network.load_state_dict(saved)


def _for_guitars(
    weights: dict[str, torch.Tensor], known: tuple[str, ...], wanted: tuple[str, ...]
) -> dict[str, torch.Tensor]:
    unknown, follow = len(known), len(known) + 1
    columns = [known.index(guitar) if guitar in known else unknown for guitar in wanted] + [unknown, follow]
    return {name: w[:, columns] if name.endswith("condition.weight") else w for name, w in weights.items()}


@torch.no_grad()
def _grown(weights: dict[str, torch.Tensor], wanted: Config) -> dict[str, torch.Tensor]:
    """Return the same function in a network that is at least as wide and as deep, in the manner of Net2Net.

    Chen, Goodfellow and Shlens, ICLR 2016. The old channels come first and read nothing of the new ones, which begin
    at random. A residual block that is new begins, as in every new network, by adding nothing.
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
