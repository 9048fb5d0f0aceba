"""Where a run is made: the device, and the processes that share each batch.

Plain ``torch.distributed``, without Accelerate. Of that library a run used the process group, autocast and one
all-reduce, which are the few lines below. Its main part, ``prepare``, wraps networks in DistributedDataParallel, whose
hooks must know which weights learn and how often a network is called before each backward pass. Here the first changes
twice a run, the discriminator is called three times a step, and the coarse stage calls ``generator.coarse``, which is
not ``forward``.

After each backward pass the gradients are averaged over the processes by one all-reduce of one flat vector. Every loss
is a mean over the batch and every process holds an equal share of it, so that average is the gradient of the joined
batch. The all-reduce does not overlap with the backward pass, which costs little for networks of a few million weights.
All processes begin from the same seed and apply the same averaged gradients, so their weights stay equal.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import distributed

from hum2guitar.errors import UserError
from train.flags import check_numbers


@dataclass(frozen=True)
class Machine:
    """What a run is made on. It changes the speed of a run, and of its outcome no more than rounding.

    device : "cpu", "cuda" or "mps"
    workers : processes that prepare segments, for each process that trains
    compiled : whether torch.compile is used
    bf16 : whether the networks compute in bfloat16; None for on CUDA and nowhere else
    """

    device: str = "cpu"
    workers: int = 0
    compiled: bool = False
    bf16: bool | None = None

    def __post_init__(self) -> None:
        check_numbers(self, workers=0)

    def join(self) -> Processes:
        """Return this process among those of the run. Raises UserError where the device is not here."""
        here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        if not here.get(self.device):
            known = ", ".join(name for name, is_here in here.items() if is_here)
            raise UserError(f"there is no device {self.device!r} here; use --device {known}")
        return Processes(self.device, self.bf16)


class Processes:
    """This process among those of a run: one alone, or those that torchrun started.

    rank : the number of this process, from 0
    count : how many there are
    device : under torchrun each process has its own GPU, else it is the first that CUDA_VISIBLE_DEVICES shows
    """

    def __init__(self, device: str = "cpu", bf16: bool | None = None) -> None:
        self._bf16 = device == "cuda" if bf16 is None else bf16
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0")) if self.count > 1 else 0
        self.device = torch.device(device)
        if device == "cuda":
            self.device = torch.device(device, int(os.environ.get("LOCAL_RANK", "0")))
            torch.cuda.set_device(self.device)
            torch.backends.cudnn.benchmark = True  # all batches have one shape, so what is fastest for it stays so
        if self.count > 1 and not distributed.is_initialized():
            distributed.init_process_group("nccl" if device == "cuda" else "gloo")

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and speaks."""
        return self.rank == 0

    @property
    def dtype(self) -> torch.dtype:
        """The type of the networks' arithmetic."""
        return torch.bfloat16 if self._bf16 else torch.float32

    def autocast(self) -> torch.autocast:
        """Return the context in which the networks compute in ``dtype``."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)

    def random(self, seed: int) -> torch.Generator:
        """Return a source of random numbers on the device."""
        return torch.Generator(self.device).manual_seed(seed)

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """Return the mean over the processes of a tensor that each of them has."""
        if self.count == 1:
            return values
        values = values.clone()
        distributed.all_reduce(values)
        return values / self.count

    @torch.no_grad()
    def average_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Replace each gradient by its mean over the processes."""
        if self.count == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        mean = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        pieces = mean.split([gradient.numel() for gradient in gradients])
        for gradient, piece in zip(gradients, pieces, strict=True):
            gradient.copy_(piece.view_as(gradient))

    def any(self, here: bool) -> bool:
        """Return whether something holds in any of the processes."""
        return here if self.count == 1 else bool(self.mean(torch.tensor(float(here), device=self.device)) > 0)

    def wait(self) -> None:
        """Return when every process has come this far."""
        if self.count > 1:
            distributed.barrier()

    def leave(self) -> None:
        """End the process group; the last call of a run."""
        if distributed.is_initialized():
            distributed.destroy_process_group()
