"""How good the judge is on clips, and what it says of recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hum2guitar.config import Config
from train.corpus.annotated import recordings
from train.corpus.instruments import of_role
from train.judge.clips import Clip
from train.judge.judge import Judge, half_seconds
from train.judge.recording import through_vocoder


def accuracy(judge: Judge, heard: list[Clip]) -> dict[str, tuple[float, int]]:
    """Return by instrument, guitars first, the share of its half-seconds that are judged right, and their number."""
    right: dict[str, list[np.ndarray]] = {}
    for clip in sorted(heard, key=lambda clip: (not clip.instrument.guitar, clip.instrument.name)):
        right.setdefault(clip.instrument.name, []).append(judged_right(judge, clip))
    joined = {name: np.concatenate(parts) for name, parts in right.items()}
    return {name: (float(values.mean()), len(values)) for name, values in joined.items() if len(values)}


def balanced(judge: Judge, heard: list[Clip]) -> tuple[float, float]:
    """Return the share of half-seconds judged right of guitars and of the others; the accuracy is their mean."""
    guitars, others = (
        np.concatenate([judged_right(judge, clip) for clip in heard if clip.instrument.guitar == side])
        for side in (True, False)
    )
    return float(guitars.mean()), float(others.mean())


def judged_right(judge: Judge, clip: Clip) -> np.ndarray:
    """Return (K,) bool, one for each half-second of the clip that is clear of its noise: whether it is judged right."""
    scores = judge.scores_of(half_seconds(clip.mel_db.astype(np.float32), clip.depth_db))
    return (scores > 0.5) == clip.instrument.guitar


def accuracy_text(judge: Judge, heard: list[Clip]) -> str:
    """Write the judge's accuracy as a table."""
    guitars, others = balanced(judge, heard)
    lines = [f"{name:24}{right:8.3f}{n:8}" for name, (right, n) in accuracy(judge, heard).items()]
    head = f"{'unseen instrument':24}{'right':>8}{'of':>8}"
    total = f"accuracy {(guitars + others) / 2:.3f}: guitars {guitars:.3f}, others {others:.3f}"
    return "\n".join([head, *lines, total])


def shares(judge: Judge, folder: Path, config: Config) -> dict[str, np.ndarray]:
    """Return by recording of a folder the probabilities of its half-seconds, (K,).

    Recordings that the judge learnt from are left out. Every recording goes through the mel of the Config and its
    inversion first, like all that the judge hears.
    """
    learnt = tuple(instrument.name for instrument in of_role("judge"))
    paths = [path for path in recordings(folder) if path.stem not in learnt]
    return {path.name: judge.scores(through_vocoder(path, config), config.sample_rate) for path in paths}


def shares_text(title: str, scores: dict[str, np.ndarray]) -> str:
    """Write the share taken for a guitar, recording by recording and over all half-seconds."""
    lines = [f"{name:36}{(values > 0.5).mean():8.3f}{len(values):8}" for name, values in scores.items() if len(values)]
    pooled = np.concatenate(list(scores.values()))
    return "\n".join(
        [*lines, f"{title} taken for a guitar: {(pooled > 0.5).mean():.3f} of {len(pooled)} half-seconds", ""]
    )
