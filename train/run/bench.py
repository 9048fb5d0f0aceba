"""How fast this device trains: segments per second, time spent waiting for data, memory, and efficiency."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from hum2guitar.config import Config
from train.data.feed import Feed, Images, Shares
from train.run.clock import Clock
from train.run.fit import training_segments
from train.run.machine import Machine, Processes
from train.run.settings import Settings
from train.run.trainer import Trainer

H100_FLOP_PER_S = 989e12  # bfloat16 without sparsity: NVIDIA, "H100 Tensor Core GPU", data sheet, SXM
H100_SHARE = 0.1  # of that speed, which is expected of small convolutions; nobody has measured it here
WARM_UP = 5  # steps before the clock starts: compilation, workers, the caches of kernels


@dataclass(frozen=True)
class Speed:
    """What one device does in the joint stage, which costs most."""

    device: str
    segments_per_s: float
    waiting: float  # share of the time until a batch was there, 0 to 1
    peak_memory: int  # bytes: CUDA's allocator, else the process's resident set
    flop_per_s: float  # achieved: forward and backward passes, over the whole step's time
    peak_flop_per_s: float  # a large matmul's, same device and type
    dtype: str

    @property
    def h100_segments_per_s(self) -> float:
        """What an H100 is expected to do, from the operations of a segment. It may wait for data, or lack memory."""
        return H100_SHARE * H100_FLOP_PER_S * self.segments_per_s / self.flop_per_s

    def to_text(self) -> str:
        """Return the figures as a table."""
        efficiency = self.flop_per_s / self.peak_flop_per_s
        return "\n".join(
            [
                f"device               {self.device}",
                f"segments/s           {self.segments_per_s:.2f}",
                f"waiting for data     {self.waiting:.1%}",
                f"peak memory          {self.peak_memory / 2**30:.2f} GiB",
                f"floating point       {self.flop_per_s / 1e12:.3f} TFLOP/s, {efficiency:.1%} of a {self.dtype} "
                f"matmul's {self.peak_flop_per_s / 1e12:.3f}",
                f"expected of an H100  {self.h100_segments_per_s:.0f} segments/s, at {H100_SHARE:.0%} of its "
                f"{H100_FLOP_PER_S / 1e12:.0f} TFLOP/s",
            ]
        )


def bench(corpus: Path, config: Config, settings: Settings, machine: Machine) -> Speed:
    """Time ``settings.steps`` joint steps as ``fit`` makes them; under torchrun, of all processes together."""
    processes = machine.join()
    settings = replace(settings, joint_only=True, steps=WARM_UP + settings.steps)
    segments = training_segments(corpus, config, settings)
    shares = Shares(0, settings.steps, settings.batch_size, processes.rank, processes.count)
    trainer = Trainer(config, settings, processes, compiled=machine.compiled)
    clock = Clock(Feed(segments, shares, processes.device, workers=machine.workers))
    for images in clock:
        trainer.train_step(images)  # it ends by reading the losses, so the device has done its work
        if trainer.step == WARM_UP:
            clock.restart()
    steps_per_s, waiting = (settings.steps - WARM_UP) / clock.seconds, clock.waiting
    return Speed(
        device=device_name(processes),
        segments_per_s=steps_per_s * settings.batch_size,
        waiting=waiting,
        peak_memory=peak_memory(processes.device),
        flop_per_s=steps_per_s * step_flop(config, settings, processes, images),
        peak_flop_per_s=matmul_flop_per_s(processes.device, processes.dtype),
        dtype=str(processes.dtype).removeprefix("torch."),
    )


def step_flop(config: Config, settings: Settings, processes: Processes, images: Images) -> int:
    """Count the floating-point operations of one step, while an uncompiled trainer makes it."""
    trainer = Trainer(config, settings, processes)
    with FlopCounterMode(display=False) as counter:
        trainer.train_step(images)
    return counter.get_total_flops()


def matmul_flop_per_s(device: torch.device, dtype: torch.dtype, repeats: int = 5) -> float:
    """Return the speed of the best of a few products of two large square matrices."""
    size = 8192 if device.type == "cuda" else 2048
    a = torch.ones(size, size, device=device, dtype=dtype)
    best_s = float("inf")
    for _ in range(repeats):
        started = time.monotonic()
        (a @ a)[0, 0].item()  # reading one number waits for all
        best_s = min(best_s, time.monotonic() - started)
    return 2 * size**3 / best_s


def peak_memory(device: torch.device) -> int:
    """Return the largest number of bytes used so far."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, see getrusage(2)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def device_name(processes: Processes) -> str:
    """Return the GPU's name, or the CPU and its threads, and how many processes there are."""
    device = processes.device
    name = (
        torch.cuda.get_device_name(device)
        if device.type == "cuda"
        else f"{device.type}, {torch.get_num_threads()} threads"
    )
    return f"{processes.count} × {name}" if processes.count > 1 else name
