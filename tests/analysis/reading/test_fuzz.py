"""Damaged recordings of every format: each is read, or refused with a sentence.

``make fuzz N=10000`` tries as many at random; the tests try some, always the same.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from attack_files import ATTACKS
from encoded import write_every_format
from hypothesis import given, settings
from hypothesis import strategies as st

from hum2guitar import AudioError
from hum2guitar.analysis import audio

N = int(os.environ.get("FUZZ_FILES", "120"))
HEAD = 600  # bytes; most of what a decoder has to understand stands there


def flip(content: bytes, at: int, value: bytes) -> bytes:
    return content[:at] + value + content[at + len(value) :]


def insert(content: bytes, at: int, value: bytes) -> bytes:
    return content[:at] + value + content[at:]


def cut(content: bytes, at: int, value: bytes) -> bytes:
    return content[:at]


def remove(content: bytes, at: int, value: bytes) -> bytes:
    return content[:at] + content[at + len(value) :]


def repeat(content: bytes, at: int, value: bytes) -> bytes:
    return content[:at] + content[at:] * min(len(value), 4)


CHANGES: tuple[Callable[[bytes, int, bytes], bytes], ...] = (flip, flip, flip, insert, remove, repeat, cut)
# interesting numbers, and any bytes
VALUES = st.one_of(
    st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\x80"]), st.binary(min_size=1, max_size=8)
)
PLACES = st.one_of(st.integers(0, HEAD), st.integers(0, 1 << 20))
DAMAGE = st.lists(st.tuples(st.sampled_from(CHANGES), PLACES, VALUES), min_size=1, max_size=6)


class Seeds(list[bytes]):
    """The contents of good files, and of attacks."""

    def __repr__(self) -> str:
        return "seeds"  # Hypothesis prints the arguments of a test that fails


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Seeds:
    folder = tmp_path_factory.mktemp("seeds")
    attacks = [
        attack.write(folder) for attack in ATTACKS if "bomb" not in attack.name and attack.name != "channels.wav"
    ]
    return Seeds(path.read_bytes() for path in [*write_every_format(folder, 0.6), *attacks])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "damaged.wav"


def read(path: Path) -> None:
    """Read a file as a conversion does. Only AudioError may come out, within ten seconds."""
    start = time.monotonic()
    try:
        prepared = audio.prepare(*audio.load(path), 22050, -26)
        assert np.isfinite(prepared).all()
        audio.quality_warnings(prepared, 22050)
    except AudioError as error:
        assert "\n" not in str(error)  # noqa: PT017 (either is right)
    finally:
        assert time.monotonic() - start < 10


@settings(max_examples=N, deadline=None, database=None, derandomize="FUZZ_FILES" not in os.environ)
@given(st.integers(0, 10**6), DAMAGE)
def test_a_damaged_recording_is_read_or_refused_with_a_sentence(
    seeds: Seeds, place: Path, seed: int, damage: list[tuple[Callable[[bytes, int, bytes], bytes], int, bytes]]
) -> None:
    content = seeds[seed % len(seeds)]
    for change, at, value in damage:
        content = change(content, at % max(1, len(content)), value)
    place.write_bytes(content)
    read(place)


@settings(max_examples=max(10, N // 10), deadline=None, database=None, derandomize="FUZZ_FILES" not in os.environ)
@given(
    st.sampled_from([b"RIFF", b"fLaC", b"OggS", b"ID3", b"\0\0\0\x20ftypM4A ", b"\x1aE\xdf\xa3", b"#EXTM3U", b""]),
    st.binary(),
)
def test_a_beginning_without_a_recording_is_refused(place: Path, beginning: bytes, rest: bytes) -> None:
    place.write_bytes(beginning + rest)
    read(place)
