"""Half-seconds of clips as the judge's network learns from them: drawn, varied, masked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from train.judge.clips import Clip
from train.judge.judge import EAR, FRAMES, audible

MAX_TILT_DB = 10.0
MAX_SHIFT = 3  # mel bins


def half_second_batches(
    heard: list[Clip], batch_size: int, rng: np.random.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Draw batches without end; each half-second is equalised and moved in pitch a little.

    Yields
    ------
    windows : (batch_size, M, FRAMES) float32 — dB
    truth : (batch_size,) float32 — 1 for guitars
    """
    starts = [audible(clip.mel_db.astype(np.float32), clip.depth_db) for clip in heard]
    usable = [n for n in range(len(heard)) if len(starts[n])]
    sides = [[n for n in usable if heard[n].instrument.guitar == side] for side in (False, True)]
    truth = np.arange(batch_size) % 2
    while True:
        windows: list[np.ndarray] = []
        for side in truth:
            chosen = sides[side][int(rng.integers(len(sides[side])))]
            start = int(rng.choice(starts[chosen]))
            windows.append(varied(heard[chosen].mel_db[:, start : start + FRAMES], rng))
        yield torch.from_numpy(np.stack(windows)), torch.from_numpy(truth.astype(np.float32))


def varied(window_db: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a window (M, FRAMES) dB through a random equaliser, up to ``MAX_SHIFT`` mel bins higher or lower."""
    corners = np.linspace(0, EAR.n_mels - 1, 6)
    slope_db = np.interp(np.arange(EAR.n_mels), corners, np.clip(rng.normal(0, 5, 6), -MAX_TILT_DB, MAX_TILT_DB))
    source = np.arange(EAR.n_mels) + int(rng.integers(-MAX_SHIFT, MAX_SHIFT + 1))
    moved = window_db[np.clip(source, 0, EAR.n_mels - 1)]
    return (moved + slope_db[:, None]).astype(np.float32)


def masked(seen: torch.Tensor) -> torch.Tensor:
    """Return a batch (B, 1, M, N) in which a band of up to 12 bins, and up to 6 frames, are silenced in each window.

    Park et al. 2019, "SpecAugment".
    """
    for dim, widest in ((2, 12), (3, 6)):
        size = seen.shape[dim]
        place = torch.arange(size).reshape([size if d == dim else 1 for d in range(4)])
        first = torch.randint(0, size, (len(seen), 1, 1, 1))
        width = torch.randint(0, widest + 1, (len(seen), 1, 1, 1))
        seen = seen.masked_fill((place >= first) & (place < first + width), 0.0)
    return seen
