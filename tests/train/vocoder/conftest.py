"""What the tests of the vocoder's training share."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpora import TINY
from untrained import random_generator

from hum2guitar.synthesis import checkpoint


@pytest.fixture(scope="session")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that nobody trained, on the grid of the corpus."""
    path = tmp_path_factory.mktemp("generator") / "tiny.safetensors"
    checkpoint.save(path, random_generator(TINY).state_dict(), TINY, {"commit": "x", "steps": 1})
    return path
