"""Segments → images on the device, each process its share of every batch."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Sampler

from hum2guitar.errors import UserError
from train.data.dataset import Example, Segments

Images = tuple[torch.Tensor, torch.Tensor, torch.Tensor]

GRACE_S = 30  # torchrun and most schedulers give a process as long after SIGTERM


class Shares(Sampler[list[int]]):
    """The segment numbers of one process, step by step, from step ``first`` to ``stop``.

    Step s takes the segments s·B to (s + 1)·B - 1, however many processes there are. Process r of n takes the r-th nth
    of them. So a run may stop with one number of processes and go on with another.

    Raises UserError where a batch cannot be shared equally.
    """

    def __init__(self, first: int, stop: int, batch_size: int, rank: int = 0, n_processes: int = 1) -> None:
        if batch_size % n_processes:
            raise UserError(
                f"a batch of {batch_size} cannot be shared by {n_processes} processes; choose a multiple of "
                f"{n_processes} as --batch-size, or another --nproc-per-node"
            )
        self.steps = range(first, stop)
        self.batch_size, self.size, self.rank = batch_size, batch_size // n_processes, rank

    def __iter__(self) -> Iterator[list[int]]:
        for step in self.steps:
            begin = step * self.batch_size + self.rank * self.size
            yield list(range(begin, begin + self.size))

    def __len__(self) -> int:
        return len(self.steps)


def _outlive_signals(_: int) -> None:
    """Let a worker live on for a while when torchrun or a scheduler tells the whole group of processes to stop.

    The process that trains still needs it, to finish its step. A worker ends when that process does, and it ignores
    Ctrl-C. SIGTERM ends it after ``GRACE_S`` seconds and not never, because SIGTERM is also what that process sends to
    a worker that is left over at its own end, and it waits for it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: signal.alarm(GRACE_S))


class Feed:
    """What one process trains on: label (B, C, M, N) and target (B, 1, M, N) on its device, condition (B, G + 2).

    The condition stays on the CPU: to ask the device which segments are in ``plucked`` would be to wait for it.
    With ``workers`` the next batches are prepared while the device works. The workers live for the whole run, because
    the run is one pass over the loader.
    """

    def __init__(self, segments: Segments, shares: Shares, device: torch.device, *, workers: int = 0) -> None:
        self.segments, self.device = segments, device
        self.loader = DataLoader(
            segments,
            batch_sampler=shares,
            num_workers=workers,
            pin_memory=device.type == "cuda",
            prefetch_factor=4 if workers else None,
            worker_init_fn=_outlive_signals,
        )

    def __iter__(self) -> Iterator[Images]:
        try:
            yield from map(self._images, self.loader)
        except Exception as error:
            traceback.clear_frames(error.__traceback__)  # torch keeps those of a worker's error, and they its workers
            text = str(error.args[0]) if isinstance(error, UserError) else ""
            if not text.startswith("Caught "):
                raise
            raise UserError(text.strip().splitlines()[-1].partition(": ")[2]) from error  # it ends a worker's traceback

    def __len__(self) -> int:
        return len(self.loader)

    def _images(self, batch: Example) -> Images:
        condition = batch.pop("condition")
        batch = {name: tensor.to(self.device, non_blocking=True) for name, tensor in batch.items()}
        label, target = (image.to(memory_format=torch.channels_last) for image in self.segments.draw(batch))
        return label, target, condition
