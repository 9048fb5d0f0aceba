"""Time and memory of a whole conversion, in a process of its own."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

HUM_S = 30.0
SEED = 0
STATUS = Path("/proc/self/status")  # of Linux; its VmHWM is the peak of this process alone, in kB


def measure(checkpoint: str | None, seconds: float = HUM_S) -> dict[str, float]:
    """Convert one computed hum twice in a fresh process.

    Parameters
    ----------
    checkpoint : a file or a Hub id; None for the bundled one
    seconds : length of the hum

    Returns
    -------
    footprint : ``first`` and ``warm`` — the time of each conversion over the length of the hum, loading aside;
        ``threads`` — of torch; ``peak_gb`` — the peak of the process's resident memory, NaN where the system does not
        tell
    """
    from train.synth import hummer, singer

    waveform = hummer.hums(1, seconds, SEED)[0].waveform
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_convert_twice, checkpoint, waveform, singer.RATE).result()


def _convert_twice(checkpoint: str | None, waveform: np.ndarray, sample_rate: int) -> dict[str, float]:
    import torch

    from hum2guitar import Hum2Guitar

    converter, factors = Hum2Guitar.from_pretrained(checkpoint), []
    for _ in range(2):
        start = time.perf_counter()
        converter.convert(waveform, sample_rate)
        factors.append((time.perf_counter() - start) * sample_rate / len(waveform))
    first, warm = factors
    return {"first": first, "warm": warm, "threads": float(torch.get_num_threads()), "peak_gb": _peak_gb()}


def _peak_gb() -> float:
    """Return the peak resident memory of this process in GB (10⁹ bytes); ``getrusage`` would count its parent's too."""
    if not STATUS.is_file():
        return float("nan")
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e9
