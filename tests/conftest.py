"""Fixtures for all tests: the Configs that they share, a converter, and a random generator."""

from __future__ import annotations

import faulthandler
import multiprocessing
import signal
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from served import server
from untrained import TINY, random_generator

from hum2guitar import Config, Hum2Guitar
from hum2guitar.config import SMALL
from hum2guitar.synthesis.checkpoint import Checkpoint
from hum2guitar.synthesis.inversion import vocoder

torch.set_num_threads(1)
# A shell lets what runs in its background ignore Ctrl-C. Then the programs that tests interrupt would ignore it too.
signal.signal(signal.SIGINT, signal.default_int_handler)

END_S = 120


def pytest_unconfigure() -> None:
    """Show where this process hangs, and end it, where it does not end by itself after the last test."""
    faulthandler.dump_traceback_later(END_S, exit=True)


@pytest.fixture(scope="session", autouse=True)
def no_process_is_left() -> Iterator[None]:
    """Python waits for its processes before it ends, for ever if one of them does not end."""
    yield
    left = multiprocessing.active_children()
    for process in left:
        process.kill()
    assert not left


@pytest.fixture(scope="session")
def tiny() -> Config:
    """The default analysis on a quarter of its grid, and the smallest network that has every part."""
    return TINY


@pytest.fixture(scope="session")
def default() -> Config:
    """The default Config."""
    return Config()


@pytest.fixture(scope="session")
def full_band() -> Config:
    """The analysis of the presets: 44.1 kHz, with the frames and the STFT bins of the default Config."""
    return SMALL


@pytest.fixture(scope="session")
def invertible(tiny: Config) -> Config:
    """The smallest network on the grid of the vocoder that ships, so that every inversion can take its mels."""
    trained = vocoder.load(vocoder.bundled()).design.config
    grid = {name: getattr(trained, name) for name in vocoder.GRID}
    return replace(tiny, **grid, label_channels=trained.label_channels)


@pytest.fixture
def converter(tiny: Config) -> Hum2Guitar:
    """A converter with random weights."""
    return Hum2Guitar(Checkpoint(random_generator(tiny), tiny, {}))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Address and process of app.py, which serves the page once for all tests that talk to it."""
    with server(tmp_path_factory.mktemp("served")) as started:
        yield started


@pytest.fixture(scope="session")
def address(served: tuple[str, int]) -> str:
    """Where app.py serves the page."""
    return served[0]
