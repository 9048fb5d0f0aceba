"""Training the judge: ``python -m train judge fit``."""

from __future__ import annotations

import copy
import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors.torch import save as serialise
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn
from tqdm import trange

from hum2guitar.errors import CorpusError
from hum2guitar.files import replacing
from train.judge.accuracy import balanced
from train.judge.batches import half_second_batches, masked
from train.judge.clips import Clip, make_clips
from train.judge.judge import Judge, Network, normalise

log = logging.getLogger(__name__)

# of the judge's own instruments, those that are not learnt from: they choose between the states of the network
VALIDATION = ("jazz_tim", "ukulele_fluid", "sms_singing_female", "viola", "choir", "horn", "english_horn", "shakuhachi")


@dataclass(frozen=True)
class Recipe:
    """How the judge learns.

    calibration_batches : from which the averaged weights get their normalisation
    looks : at the validation clips, in the second half of the training
    """

    batch_size: int = 96
    learning_rate: float = 2e-3
    weight_decay: float = 2e-2
    ema_decay: float = 0.99
    label_smoothing: float = 0.03
    calibration_batches: int = 20
    looks: int = 6


def fit(
    fonts: Path, voices: Path | None, out: Path, *, n_clips: int, steps: int, seed: int, processes: int
) -> tuple[str, float]:
    """Make the clips, train, and write the weights.

    The same seed gives the same bytes on one machine with one thread (OMP_NUM_THREADS=1).

    Returns
    -------
    digest : the SHA-256 of the weights, for ``judge.py``
    right : the accuracy on the validation instruments

    Raises
    ------
    CorpusError
        As ``make_clips``, and where the clips are too few to have both classes twice.
    """
    heard = make_clips(fonts, "judge", n_clips, seed=seed, processes=processes, voices=voices)
    network, best = learn(*split(heard), steps, seed)
    content = serialise({name: value.contiguous() for name, value in network.state_dict().items()})
    with replacing(out) as partial:
        partial.write_bytes(content)
    return hashlib.sha256(content).hexdigest(), best


def split(heard: list[Clip]) -> tuple[list[Clip], list[Clip]]:
    """Return the clips to learn from, and those of the ``VALIDATION`` instruments.

    Raises CorpusError where either lacks one of the two classes.
    """
    kept = [clip.instrument.name.startswith(VALIDATION) for clip in heard]
    sides = tuple([clip for clip, k in zip(heard, kept, strict=True) if k == side] for side in (False, True))
    for side in sides:
        if {clip.instrument.guitar for clip in side} != {True, False}:
            raise CorpusError(f"{len(heard)} clips are too few to train and to choose by; give more --clips")
    return sides[0], sides[1]


def learn(
    heard: list[Clip], kept: list[Clip], steps: int, seed: int, recipe: Recipe | None = None
) -> tuple[Network, float]:
    """Train a network on random half-seconds of ``heard``, by AdamW under a one-cycle rate, its weights averaged.

    Returns
    -------
    network : of its states in the second half, the one that is best on ``kept``, and of equals the latest
    right : its balanced accuracy on ``kept``
    """
    recipe = recipe or Recipe()
    torch.manual_seed(seed)
    network = Network().train()
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema_decay))
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, total_steps=steps)
    batches = half_second_batches(heard, recipe.batch_size, np.random.default_rng(seed))
    best, chosen = -1.0, network
    for step in trange(1, steps + 1, unit="step", dynamic_ncols=True):
        loss = loss_of(network, *next(batches), recipe.label_smoothing)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
        if 2 * step >= steps and (step % max(1, steps // (2 * recipe.looks)) == 0 or step == steps):
            candidate = calibrated(average, batches, recipe.calibration_batches)
            right = float(np.mean(balanced(Judge(candidate), kept)))
            log.info("step %d: loss %.3f, right on the validation instruments %.3f", step, loss.item(), right)
            if right >= best:
                best, chosen = right, candidate
    return chosen.eval(), best


def loss_of(network: Network, windows: torch.Tensor, truth: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Return the cross entropy of a batch (B, M, FRAMES) dB with its truth (B,), 1 for guitars, labels smoothed."""
    target = truth * (1 - 2 * smoothing) + smoothing
    return nn.functional.binary_cross_entropy_with_logits(network(masked(normalise(windows))), target)


def calibrated(average: AveragedModel, batches: Iterator[tuple[torch.Tensor, torch.Tensor]], n_batches: int) -> Network:
    """Return a copy of the averaged network with the statistics of its batch normalisation computed anew."""
    network = copy.deepcopy(cast(Network, average.module))
    update_bn((normalise(next(batches)[0]) for _ in range(n_batches)), network)
    return network
