"""Beginning a run from trained weights, for other guitars, a wider or deeper generator, or a higher sample rate.

So a guitar can be added for the cost of a corpus and a run, a large generator begins with what a small one has learned,
and a generator of the full band with what was learned below 10 kHz.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hum2guitar.config import PRESETS, Config
from hum2guitar.errors import CheckpointError
from hum2guitar.mel import mel_basis
from hum2guitar.synthesis import checkpoint, generator, samplers
from hum2guitar.synthesis.harmonics import CHANNELS
from train.flags import SIZES, flag
from train.run.folder import fitting, origin, read_state
from train.run.learner import load_average
from train.run.trainer import Trainer

GRID = ("sample_rate", "n_fft", "hop_length", "n_mels", "fmin_hz", "fmax_hz")  # what may differ if the rows go on
LEVELS = ("mel_floor_db", "mel_ceil_db")  # what may differ too: the network then begins with the same levels in dB
# A sampler → those whose networks it can begin from. The channels that they lack begin as ones that are not read.
CONTINUES = {"noise": ("direct",), "note_noise": ("direct", "noise")}


def warm_start(trainer: Trainer, source: Path) -> dict[str, Any]:
    """Give a trainer a checkpoint file's generator, or a run folder's averaged generator and its opponents.

    The opponents are taken from a run of the same objective and label channels. Prints which guitars are kept, new and
    dropped, and returns where the weights came from. Raises CheckpointError where they do not fit, UserError where
    there is nothing to begin from.
    """
    if source.is_dir():
        described, state = read_state(source)
        config, provenance, weights = Config.from_dict(described["config"]), origin(described, state), state["average"]
        same_objective = described["settings"].get("objective", "adversarial") == trainer.settings.objective
        if same_objective and config.label_channels == trainer.config.label_channels:
            with fitting(source):
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
    """Return a generator's weights for a Config with other guitars, larger sizes, more mel bins or label channels.

    It begins as the same function: a guitar that the generator does not know begins as "unknown", a channel that it
    does not know, of the label or of the sampler, as one that is not read. Mel bins above the known ones are generated
    as the network goes on. Raises CheckpointError where more than that differs, the grid does not go on that of the
    weights, or a size shrinks.
    """
    if trained == wanted:
        return weights
    if trained.sampler not in (wanted.sampler, *CONTINUES.get(wanted.sampler, ())):
        raise CheckpointError(
            f"what the run is to begin from generates by the sampler {trained.sampler}, and the run's objective needs "
            f"{wanted.sampler}; choose another --objective, or another checkpoint"
        )
    if not _begins(trained, wanted):
        raise CheckpointError(f"what the run is to begin from has another configuration; {_how_to_match(trained)}")
    sizes = {name: getattr(wanted, name) for name in SIZES}
    if wanted.architecture == "original":  # it knows no guitars, and reads the first label channel alone
        if replace(trained, **sizes) != trained:
            raise CheckpointError("a generator of the preset original cannot grow; train it anew")
        return weights
    for name, size in sizes.items():
        if size < getattr(trained, name):
            raise CheckpointError(
                f"what the run is to begin from has the {name} {getattr(trained, name)}, more than {size}, and a "
                f"generator can grow but not shrink; {_how_to_match(trained)}"
            )
    weights = _for_guitars(weights, trained.guitars, wanted.guitars)
    return _grown(_for_levels(_for_channels(weights, trained, wanted), trained, wanted), wanted)


def _begins(trained: Config, wanted: Config) -> bool:
    """Tell whether weights of one Config can begin a run of another one: all but guitars and sizes fits."""
    may_differ = ["guitars", "default_guitar", "label_channels", "sampler", "noise_scale", *GRID, *SIZES]
    if wanted.architecture == "strided":
        may_differ += LEVELS
    adapted = {name: getattr(wanted, name) for name in may_differ}
    known, asked = set(trained.label_channels), set(wanted.label_channels)
    return replace(trained, **adapted) == wanted and known <= asked and goes_on(trained, wanted)


def goes_on(trained: Config, wanted: Config) -> bool:
    """Tell whether the lowest mel bins of a grid are those of another one, in the same frames."""
    if any(getattr(trained, name) != getattr(wanted, name) for name in GRID):
        same_frames = trained.frame_s == wanted.frame_s
        same_bins = trained.sample_rate * wanted.n_fft == wanted.sample_rate * trained.n_fft
        if not (same_frames and same_bins and trained.n_bins <= wanted.n_bins and trained.n_mels <= wanted.n_mels):
            return False
        lowest = mel_basis(wanted)[: trained.n_mels, : trained.n_bins]
        same_rows = np.allclose(lowest, mel_basis(trained), rtol=0, atol=1e-6)
        return same_rows and trained.n_base_mels == wanted.n_base_mels  # of which the height channel is made
    return True


def _how_to_match(trained: Config) -> str:
    """Say which preset has a Config's analysis and sizes, or is the nearest with which flags."""
    sizes = {size: getattr(trained, size) for size in SIZES}
    suited = {name: preset for name, preset in PRESETS.items() if _begins(trained, preset)}
    for name, preset in suited.items():
        if replace(preset, **sizes) == preset:
            return f"use --preset {name}"
    for name in suited:
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


def _for_channels(weights: dict[str, torch.Tensor], trained: Config, wanted: Config) -> dict[str, torch.Tensor]:
    """Give the stems weights of zero for new channels of the label and of the sampler.

    Each channel is two inputs of a stem, its even and its odd rows (``layers.fold``). The channels of the sampler and
    the height come after those of the label, and stay last.
    """
    inputs = [2 * wanted.label_channels.index(name) + row for name in trained.label_channels for row in range(2)]
    n_label = 2 * len(wanted.label_channels)
    inputs += range(n_label, n_label + 2 * samplers.of(trained).extra_channels)
    height = n_label + 2 * samplers.of(wanted).extra_channels
    inputs.append(height)

    def widened(stem: torch.Tensor) -> torch.Tensor:
        wide = stem.new_zeros(stem.shape[0], height + 1, *stem.shape[2:])
        wide[:, inputs] = stem
        return wide

    return {name: widened(w) if name.endswith("stem.weight") else w for name, w in weights.items()}


def _for_levels(weights: dict[str, torch.Tensor], trained: Config, wanted: Config) -> dict[str, torch.Tensor]:
    """Give the stems and heads of a network ``strided`` another range of levels, for the same levels in dB.

    It is the same function but for the zeros around an image, which stand for other levels, and for what the old range
    clipped.
    """
    scale = trained.db_per_unit / wanted.db_per_unit
    shift = scale + (trained.mel_floor_db - wanted.mel_floor_db) / wanted.db_per_unit - 1  # new = scale · old + shift
    if (scale, shift) == (1, 0):
        return weights
    levels = [
        2 * i + row for i, name in enumerate(wanted.label_channels) if CHANNELS[name].normalised for row in (0, 1)
    ]
    changed = dict(weights)
    for name in weights:
        bias = name.removesuffix("weight") + "bias"
        if name.endswith("stem.weight"):
            weight = weights[name].clone()
            weight[:, levels] /= scale
            changed[name] = weight
            changed[bias] = weights[bias] - shift * weight[:, levels].sum(dim=(1, 2, 3))
        elif name.endswith("head.weight"):
            changed[name] = scale * weights[name]
            changed[bias] = scale * (weights[bias] - 1) + shift + 1  # what a head gives is lowered by 1
    return changed


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
