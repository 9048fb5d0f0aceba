"""What a run shows while it goes on: a progress bar and tensorboard's log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm


class Log:
    """The progress bar and the tensorboard of one run. Enter it for as long as the run goes on."""

    def __init__(self, folder: Path, first: int, steps: int) -> None:
        self.board = SummaryWriter(str(folder / "log"), purge_step=first)
        self.bar = tqdm(initial=first, total=steps, unit="step", dynamic_ncols=True)

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()
        self.board.close()

    def advance(self) -> None:
        """Count one step."""
        self.bar.update()

    def show(self, title: str, values: Mapping[str, float]) -> None:
        """Name the stage and some values beside the progress bar."""
        self.bar.set_description(title)
        self.bar.set_postfix({name: f"{value:.3f}" for name, value in values.items()})

    def scalars(self, group: str, values: Mapping[str, float], step: int) -> None:
        """Write numbers to tensorboard under ``group/name``."""
        for name, value in values.items():
            self.board.add_scalar(f"{group}/{name}", value, step)

    def pictures(self, title: str, pictures: torch.Tensor, step: int) -> None:
        """Write pictures (K, H, W) in [-1, 1] to tensorboard, their first row at the bottom."""
        self.board.add_images(title, ((pictures + 1) / 2).flip(-2)[:, None].cpu(), step)
