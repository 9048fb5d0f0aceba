"""A run of the judge: ``python -m train judge fit``."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import numpy as np
from safetensors.torch import save as serialise

from hum2guitar.errors import CorpusError
from hum2guitar.files import replacing
from train.judge.batches import half_second_batches
from train.judge.clips import Clip, make_clips
from train.judge.judge import Network
from train.judge.trainer import Recipe, Trainer, Windows
from train.run.folder import check_new, describe
from train.run.loop import Loop, Pace

FILE_NAME = "judge.safetensors"
# of the judge's own instruments, those that are not learnt from: they choose between the states of the network
VALIDATION = ("jazz_tim", "ukulele_fluid", "sms_singing_female", "viola", "choir", "horn", "english_horn", "shakuhachi")


def fit(
    fonts: Path, voices: Path | None, out: Path, *, n_clips: int, steps: int, seed: int, processes: int
) -> tuple[str, float]:
    """Make the clips, train in a new run folder, and write the weights into it.

    The same seed gives the same bytes on one machine with one thread (OMP_NUM_THREADS=1).

    Parameters
    ----------
    fonts, voices, n_clips, processes : as of ``make_clips``
    out : the run's folder
    steps : of the run, each with ``Recipe.batch_size`` half-seconds

    Returns
    -------
    digest : the SHA-256 of the weights, for ``judge.py``
    right : the accuracy on the validation instruments

    Raises
    ------
    UserError
        As ``make_clips``, and where ``out`` holds a run, or the clips are too few to have both classes twice.
    """
    check_new(out)
    heard, kept = split(make_clips(fonts, "judge", n_clips, seed=seed, processes=processes, voices=voices))
    describe(out, {"judge": asdict(Recipe()), "clips": n_clips, "steps": steps, "seed": seed})
    network, right = learn(heard, kept, out, steps, seed)
    content = serialise({name: value.contiguous() for name, value in network.state_dict().items()})
    with replacing(out / FILE_NAME) as partial:
        partial.write_bytes(content)
    return hashlib.sha256(content).hexdigest(), right


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
    heard: list[Clip], kept: list[Clip], folder: Path, steps: int, seed: int, recipe: Recipe | None = None
) -> tuple[Network, float]:
    """Train a network on random half-seconds of ``heard``; the run's state and log go into the folder.

    Returns
    -------
    network : of its states in the second half, the one that is best on ``kept``
    right : its balanced accuracy on ``kept``
    """
    recipe = recipe or Recipe()
    trainer = Trainer(steps, seed, recipe)
    batches = half_second_batches(heard, recipe.batch_size, np.random.default_rng(seed))
    pace = Pace(steps, recipe.batch_size, validate_steps=max(1, steps // (2 * recipe.looks)))
    loop: Loop[Windows] = Loop(
        trainer, islice(batches, steps), folder, pace, lambda log: trainer.look(batches, kept),
        advice="train the judge again with another --seed",
    )  # fmt: skip
    loop.go()
    return trainer.best.eval(), trainer.right
