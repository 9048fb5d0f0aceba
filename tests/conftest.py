"""What the tests share: one thread, a Config so small that a test takes milliseconds, and a converter of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from untrained import random_generator

from hum2guitar import Config, Hum2Guitar
from hum2guitar.checkpoint import Checkpoint

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny() -> Config:
    """The default analysis on a quarter of its grid, and the smallest network that has every part."""
    return Config(
        sample_rate=16000,
        n_fft=1024,
        hop_length=256,
        n_mels=64,
        fmax_hz=8000.0,
        f0_max_hz=1500.0,
        global_width=4,
        global_blocks=1,
        local_width=4,
        local_blocks=1,
        guitars=("nylon", "steel"),
    )


@pytest.fixture(scope="session")
def default() -> Config:
    """The Config that ships."""
    return Config()


@pytest.fixture
def converter(tiny: Config) -> Hum2Guitar:
    """A converter with random weights."""
    return Hum2Guitar(Checkpoint(random_generator(tiny), tiny, {}))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
