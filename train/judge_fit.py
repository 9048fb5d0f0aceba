"""Training the judge, and telling how good it is on what it never heard: ``judge fit`` and ``judge test``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save as serialise
from torch import nn

from hum2guitar.files import replacing

from . import judge_data
from .evaluate import recordings
from .judge import EAR, FRAMES, Judge, Network, audible, hear, normalise
from .judge_data import Clip

BATCH = 64
LEARNING_RATE = 2e-3
MAX_TILT_DB = 8.0


def fit(fonts: Path, out: Path, *, n_clips: int, steps: int, seed: int, processes: int) -> str:
    """Make the clips, train, write the weights; returns their SHA-256, for ``train/judge.py``."""
    heard = judge_data.clips(fonts, "judge", n_clips, seed=seed, processes=processes)
    network = learn(heard, steps, seed)
    content = serialise({name: value.contiguous() for name, value in network.state_dict().items()})
    with replacing(out) as partial:
        partial.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def learn(heard: list[Clip], steps: int, seed: int) -> Network:
    """A network trained on random half-seconds of the clips, half of them guitars, by AdamW under a one-cycle rate."""
    torch.manual_seed(seed)
    network = Network().train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    batches = half_second_batches(heard, np.random.default_rng(seed))
    for _ in range(steps):
        windows, truth = next(batches)
        loss = nn.functional.binary_cross_entropy_with_logits(network(normalise(windows)), 0.94 * truth + 0.03)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


def half_second_batches(heard: list[Clip], rng: np.random.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Without end: (BATCH, M, FRAMES) dB, (BATCH,) 1 for guitars; equalised and moved in pitch a little."""
    mels = [hear(clip.waveform) for clip in heard]
    starts = [audible(mel_db) for mel_db in mels]
    usable = [n for n in range(len(heard)) if len(starts[n])]
    sides = [[n for n in usable if heard[n].instrument.guitar == side] for side in (False, True)]
    while True:
        truth = np.arange(BATCH) % 2
        windows: list[np.ndarray] = []
        for side in truth:
            chosen = sides[side][int(rng.integers(len(sides[side])))]
            start = int(rng.choice(starts[chosen]))
            windows.append(varied(mels[chosen][:, start : start + FRAMES], rng))
        yield torch.from_numpy(np.stack(windows)), torch.from_numpy(truth.astype(np.float32))


def varied(window_db: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(M, FRAMES) dB through an equaliser's slopes, up to two mel bins higher or lower; float32."""
    corners = np.linspace(0, EAR.n_mels - 1, 5)
    slope_db = np.interp(np.arange(EAR.n_mels), corners, np.clip(rng.normal(0, 4, 5), -MAX_TILT_DB, MAX_TILT_DB))
    moved = np.roll(window_db, int(rng.integers(-2, 3)), axis=0)
    return (moved + slope_db[:, None]).astype(np.float32)


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
    """(K,) bool — of the clip's half-seconds."""
    return (judge.scores(clip.waveform) > 0.5) == clip.instrument.guitar


def accuracy_text(judge: Judge, heard: list[Clip]) -> str:
    """The judge's accuracy as a person reads it."""
    guitars, others = balanced(judge, heard)
    lines = [f"{name:24}{right:8.3f}{n:8}" for name, (right, n) in accuracy(judge, heard).items()]
    head = f"{'unseen instrument':24}{'right':>8}{'of':>8}"
    total = f"accuracy {(guitars + others) / 2:.3f}: guitars {guitars:.3f}, others {others:.3f}"
    return "\n".join([head, *lines, total])


def shares(judge: Judge, folder: Path) -> dict[str, np.ndarray]:
    """For each recording of a folder, through mel and inversion: the probabilities of its half-seconds."""
    return {path.name: judge.scores(judge_data.through_vocoder(path)) for path in recordings(folder)}


def shares_text(title: str, scores: dict[str, np.ndarray]) -> str:
    """The share taken for a guitar, recording by recording and over all half-seconds."""
    lines = [f"{name:36}{(values > 0.5).mean():8.3f}{len(values):8}" for name, values in scores.items() if len(values)]
    pooled = np.concatenate(list(scores.values()))
    return "\n".join(
        [*lines, f"{title} taken for a guitar: {(pooled > 0.5).mean():.3f} of {len(pooled)} half-seconds", ""]
    )
