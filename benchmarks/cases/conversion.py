"""A conversion by Hum2Guitar, from a file to a waveform."""

from __future__ import annotations

import time
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch

from hum2guitar import Hum2Guitar
from hum2guitar.analysis import audio
from hum2guitar.synthesis.arithmetic import arithmetic


class Case:
    """Convert a recording by the default choices.

    Parameters
    ----------
    recording : a file
    checkpoint : a file or a Hub id; None for the bundled one
    """

    def __init__(self, recording: str, checkpoint: str | None) -> None:
        self._recording, self._converter = recording, Hum2Guitar.from_pretrained(checkpoint)

    def run(self) -> dict[str, float]:
        """As ``case.Case.run``: reading the file, then the stages of the conversion."""
        self._conversion: Any = None  # the last one would count twice
        start = time.perf_counter()
        waveform, sample_rate = audio.load(self._recording)
        file_s = time.perf_counter() - start
        self._conversion = self._converter.convert(waveform, sample_rate)
        return {"file": file_s, **self._conversion.seconds}

    def facts(self) -> dict[str, Any]:
        """As ``case.Case.facts``: the size of the arrays that a conversion returns, and how torch computes."""
        with arithmetic():
            networks = "bfloat16" if torch.is_autocast_enabled("cpu") else "float32"
        megabytes = sum(arrays(self._conversion).values()) / 1e6
        return {"arrays_mb": megabytes, "threads": torch.get_num_threads(), "networks": networks}


def arrays(value: object) -> dict[int, int]:
    """Return the bytes of every array that a dataclass holds, by its address: an array that is held twice is one."""
    if isinstance(value, np.ndarray):
        return {value.ctypes.data: value.nbytes}
    if not is_dataclass(value):
        return {}
    found: dict[int, int] = {}
    for field in fields(value):
        found |= arrays(getattr(value, field.name))
    return found
