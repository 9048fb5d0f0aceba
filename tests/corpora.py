"""A corpus of a minute and a network of a few hundred weights, so that a real run takes a second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from note_samples import write_samples

from hum2guitar.config import Config
from train.corpus import sampled
from train.corpus.samples import load_guitars
from train.corpus.store import Take, read_split, read_take
from train.data.dataset import Segments
from train.data.feed import Images
from train.run.settings import Settings

TINY = replace(
    Config(), n_mels=64, global_width=4, global_blocks=1, local_width=4, local_blocks=1, guitars=("nylon", "steel")
)
SETTINGS = Settings(steps=12, batch_size=2, learning_rate=3e-3, save_minutes=60, log_steps=4)


def read_takes(folder: Path, split: str, config: Config) -> Iterator[Take]:
    """Every take of a split, one after another."""
    for info in read_split(folder, split, config):
        yield read_take(folder, info)


def write_corpus(folder: Path) -> Path:
    """Eighty seconds of melodies of two computed guitars."""
    notes = write_samples(folder / "notes", {"steel": range(52, 60), "nylon": range(55, 63)})
    sampled.build(load_guitars(notes), 80 / 3600, folder / "corpus", TINY, seed=1, n_processes=1, command="test")
    return folder / "corpus"


def one_batch(corpus: Path, config: Config = TINY) -> Images:
    """Two segments of the corpus: label (2, 3, M, N), target (2, 1, M, N), condition (2, G + 2)."""
    segments = Segments(corpus, "train", config, seed=0)
    example = {name: torch.stack([segments[i][name] for i in (0, 1)]) for name in segments[0]}
    return *segments.draw(example), example["condition"]
