"""One small corpus and one short run, which all tests of training may read and none may change."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from corpora import SETTINGS, TINY, write_corpus

from train.run.fit import fit


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty seconds of melodies of two computed guitars."""
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of twelve steps with the default objective."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    fit(corpus, out, TINY, SETTINGS)
    return out


@pytest.fixture
def uncollected() -> Iterator[None]:
    """No cycles are collected, as in a program that ends soon: nothing but the last reference ends a worker."""
    gc.disable()
    yield
    gc.enable()
