"""What the decoders have in common: an open file without a name goes in, blocks come out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np

from hum2guitar.errors import AudioError

Blocks = Iterator[tuple[np.ndarray, int]]  # (n, channels) float32, and the sample rate in Hz
Reader = Callable[[str], Blocks]


class UnreadableError(Exception):
    """A decoder cannot read this file; another one may."""


def open_nameless(path: str) -> BinaryIO:
    """Open a file so that a decoder learns neither its name nor its folder. Raises AudioError."""
    try:
        return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)), "rb")
    except OSError as error:
        name = os.path.basename(path)
        raise AudioError(f"the file {name} cannot be opened: {error.strerror}; choose another file") from error
