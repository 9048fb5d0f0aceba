"""Training the judge, and telling how good it is on what it never heard: ``judge fit`` and ``judge test``."""

from __future__ import annotations

import copy
import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors.torch import save as serialise
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from hum2guitar.errors import CorpusError
from hum2guitar.files import replacing
from train.corpus.annotated import recordings
from train.corpus.instruments import of_role
from train.judge import clips as judge_data
from train.judge.clips import Clip
from train.judge.judge import EAR, FRAMES, Judge, Network, audible, half_seconds, normalise

log = logging.getLogger(__name__)

BATCH = 96
LEARNING_RATE = 2e-3
EMA_DECAY = 0.99
LABEL_SMOOTHING = 0.03
CALIBRATION_BATCHES = 20  # from which averaged weights have their normalisation
LOOKS = 6  # at the validation clips, in the second half of the training
MAX_TILT_DB = 10.0
MAX_SHIFT = 3  # mel bins
# of the judge's own instruments, those that only choose between its states
VALIDATION = ("jazz_tim", "ukulele_fluid", "sms_singing_female", "viola", "choir", "horn", "english_horn", "shakuhachi")


def fit(
    fonts: Path, voices: Path | None, out: Path, *, n_clips: int, steps: int, seed: int, processes: int
) -> tuple[str, float]:
    """Make the clips, train, write the weights; return their SHA-256, for ``judge.py``, and the validation accuracy.

    The same seed gives the same bytes on one machine with one thread (OMP_NUM_THREADS=1). Raises CorpusError as
    ``judge_data.clips``, and where the clips are too few to hold both classes twice.
    """
    heard = judge_data.clips(fonts, "judge", n_clips, seed=seed, processes=processes, voices=voices)
    network, best = learn(*split(heard), steps, seed)
    content = serialise({name: value.contiguous() for name, value in network.state_dict().items()})
    with replacing(out) as partial:
        partial.write_bytes(content)
    return hashlib.sha256(content).hexdigest(), best


def split(heard: list[Clip]) -> tuple[list[Clip], list[Clip]]:
    """The clips to learn from, and those of the ``VALIDATION`` instruments. Raises CorpusError where a class lacks."""
    kept = [clip.instrument.name.startswith(VALIDATION) for clip in heard]
    sides = tuple([clip for clip, k in zip(heard, kept, strict=True) if k == side] for side in (False, True))
    for side in sides:
        if {clip.instrument.guitar for clip in side} != {True, False}:
            raise CorpusError(f"{len(heard)} clips are too few to train and to choose by; give more --clips")
    return sides[0], sides[1]


def learn(heard: list[Clip], kept: list[Clip], steps: int, seed: int) -> tuple[Network, float]:
    """A network trained on random half-seconds of ``heard`` by AdamW under a one-cycle rate, its weights averaged.

    Of its states in the second half, the one with the best balanced accuracy on ``kept``, the latest of equals, and it.
    """
    torch.manual_seed(seed)
    network = Network().train()
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(EMA_DECAY))
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=2e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    batches = half_second_batches(heard, np.random.default_rng(seed))
    best, chosen = -1.0, network
    for step in range(1, steps + 1):
        windows, truth = next(batches)
        target = truth * (1 - 2 * LABEL_SMOOTHING) + LABEL_SMOOTHING
        loss = nn.functional.binary_cross_entropy_with_logits(network(masked(normalise(windows))), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
        if 2 * step >= steps and (step % max(1, steps // (2 * LOOKS)) == 0 or step == steps):
            candidate = copy.deepcopy(cast(Network, average.module))
            update_bn((normalise(next(batches)[0]) for _ in range(CALIBRATION_BATCHES)), candidate)
            right = float(np.mean(balanced(Judge(candidate), kept)))
            log.info("step %d: loss %.3f, right on the validation instruments %.3f", step, loss.item(), right)
            if right >= best:
                best, chosen = right, candidate
    return chosen.eval(), best


def half_second_batches(heard: list[Clip], rng: np.random.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Without end: (BATCH, M, FRAMES) dB, (BATCH,) 1 for guitars; equalised and moved in pitch a little."""
    starts = [audible(clip.mel_db.astype(np.float32), clip.depth_db) for clip in heard]
    usable = [n for n in range(len(heard)) if len(starts[n])]
    sides = [[n for n in usable if heard[n].instrument.guitar == side] for side in (False, True)]
    truth = np.arange(BATCH) % 2
    while True:
        windows: list[np.ndarray] = []
        for side in truth:
            chosen = sides[side][int(rng.integers(len(sides[side])))]
            start = int(rng.choice(starts[chosen]))
            windows.append(varied(heard[chosen].mel_db[:, start : start + FRAMES], rng))
        yield torch.from_numpy(np.stack(windows)), torch.from_numpy(truth.astype(np.float32))


def varied(window_db: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(M, FRAMES) dB through an equaliser's slopes, up to ``MAX_SHIFT`` mel bins higher or lower; float32."""
    corners = np.linspace(0, EAR.n_mels - 1, 6)
    slope_db = np.interp(np.arange(EAR.n_mels), corners, np.clip(rng.normal(0, 5, 6), -MAX_TILT_DB, MAX_TILT_DB))
    source = np.arange(EAR.n_mels) + int(rng.integers(-MAX_SHIFT, MAX_SHIFT + 1))
    moved = window_db[np.clip(source, 0, EAR.n_mels - 1)]
    return (moved + slope_db[:, None]).astype(np.float32)


def masked(seen: torch.Tensor) -> torch.Tensor:
    """(B, 1, M, N) with a band of up to 12 bins, and a moment of up to 6 frames, silenced in each.

    Park et al. 2019, "SpecAugment".
    """
    for dim, widest in ((2, 12), (3, 6)):
        size = seen.shape[dim]
        place = torch.arange(size).reshape([size if d == dim else 1 for d in range(4)])
        first = torch.randint(0, size, (len(seen), 1, 1, 1))
        width = torch.randint(0, widest + 1, (len(seen), 1, 1, 1))
        seen = seen.masked_fill((place >= first) & (place < first + width), 0.0)
    return seen


def accuracy(judge: Judge, heard: list[Clip]) -> dict[str, tuple[float, int]]:
    """By instrument, the guitars first: share of its half-seconds judged right, and their number."""
    right: dict[str, list[np.ndarray]] = {}
    for clip in sorted(heard, key=lambda clip: (not clip.instrument.guitar, clip.instrument.name)):
        right.setdefault(clip.instrument.name, []).append(judged_right(judge, clip))
    joined = {name: np.concatenate(parts) for name, parts in right.items()}
    return {name: (float(values.mean()), len(values)) for name, values in joined.items() if len(values)}


def balanced(judge: Judge, heard: list[Clip]) -> tuple[float, float]:
    """What the judge gets right of the guitars' half-seconds, and of the others'; its accuracy is their mean."""
    guitars, others = (
        np.concatenate([judged_right(judge, clip) for clip in heard if clip.instrument.guitar == side])
        for side in (True, False)
    )
    return float(guitars.mean()), float(others.mean())


def judged_right(judge: Judge, clip: Clip) -> np.ndarray:
    """(K,) bool — of the clip's half-seconds that stand clear of its noise."""
    scores = judge.scores_of(half_seconds(clip.mel_db.astype(np.float32), clip.depth_db))
    return (scores > 0.5) == clip.instrument.guitar


def accuracy_text(judge: Judge, heard: list[Clip]) -> str:
    """The judge's accuracy as a person reads it."""
    guitars, others = balanced(judge, heard)
    lines = [f"{name:24}{right:8.3f}{n:8}" for name, (right, n) in accuracy(judge, heard).items()]
    head = f"{'unseen instrument':24}{'right':>8}{'of':>8}"
    total = f"accuracy {(guitars + others) / 2:.3f}: guitars {guitars:.3f}, others {others:.3f}"
    return "\n".join([head, *lines, total])


def shares(judge: Judge, folder: Path) -> dict[str, np.ndarray]:
    """For each recording of a folder, but those that the judge learnt from: its half-seconds' probabilities.

    The recordings go through mel and inversion, as all that the judge hears.
    """
    learnt = tuple(instrument.name for instrument in of_role("judge"))
    paths = [path for path in recordings(folder) if path.stem not in learnt]
    return {path.name: judge.scores(judge_data.through_vocoder(path)) for path in paths}


def shares_text(title: str, scores: dict[str, np.ndarray]) -> str:
    """The share taken for a guitar, recording by recording and over all half-seconds."""
    lines = [f"{name:36}{(values > 0.5).mean():8.3f}{len(values):8}" for name, values in scores.items() if len(values)]
    pooled = np.concatenate(list(scores.values()))
    return "\n".join(
        [*lines, f"{title} taken for a guitar: {(pooled > 0.5).mean():.3f} of {len(pooled)} half-seconds", ""]
    )
