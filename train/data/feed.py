"""Segments → images on the device, each process its share of every batch, and how long it waited for them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch
from accelerate import Accelerator
from accelerate.data_loader import BatchSamplerShard
from torch.utils.data import BatchSampler, DataLoader

from hum2guitar.errors import UserError
from train.data.dataset import Example, Onward, Segments

Images = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def shares(first: int, stop: int, batch_size: int, rank: int, n_processes: int) -> BatchSamplerShard:
    """The segment numbers of one process, step by step, from step ``first`` to ``stop``.

    Step s takes the segments s·B to (s + 1)·B - 1 however many processes there are, and process r of n the r-th nth
    of them: a run may stop with one number of processes and go on with another.
    Raises UserError where a batch cannot be shared equally.
    """
    if batch_size % n_processes:
        raise UserError(
            f"a batch of {batch_size} cannot be shared by {n_processes} processes; choose a multiple of {n_processes} "
            "as --batch-size, or another --nproc-per-node"
        )
    batches = BatchSampler(Onward(first * batch_size, stop * batch_size), batch_size, drop_last=True)
    return BatchSamplerShard(batches, n_processes, rank, split_batches=True)


class Feed:
    """What one process trains on: (label (B, C, M, N), target (B, 1, M, N), condition (B, G + 2)) on its device.

    With ``workers`` the next batches are prepared while the device works: they live for the whole run, for it is one
    pass over the loader. ``waiting`` is the share of the time spent until a batch was there.
    """

    def __init__(
        self, segments: Segments, accelerator: Accelerator, numbers: BatchSamplerShard, *, workers: int = 0
    ) -> None:
        self.segments, self.device = segments, accelerator.device
        self.loader = DataLoader(
            segments,
            batch_sampler=numbers,
            num_workers=workers,
            pin_memory=self.device.type == "cuda",
            prefetch_factor=4 if workers else None,
        )
        self.restart_clock()

    def restart_clock(self) -> None:
        """Forget what was waited so far."""
        self._began, self._waited_s = time.monotonic(), 0.0

    @property
    def waiting(self) -> float:
        """The share of the time since the clock was started that was spent waiting for data, 0 to 1."""
        return self._waited_s / max(time.monotonic() - self._began, 1e-9)

    def __iter__(self) -> Iterator[Images]:
        batches = iter(self.loader)
        while True:
            asked = time.monotonic()
            batch = next(batches, None)
            self._waited_s += time.monotonic() - asked
            if batch is None:
                return
            yield self._images(batch)

    def __len__(self) -> int:
        return len(self.loader)

    def _images(self, batch: Example) -> Images:
        batch = {name: tensor.to(self.device, non_blocking=True) for name, tensor in batch.items()}
        label, target = (image.to(memory_format=torch.channels_last) for image in self.segments.draw(batch))
        return label, target, batch["condition"]
