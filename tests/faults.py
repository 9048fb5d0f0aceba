"""What a machine can refuse, on Unix: space on the disk, and files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def disk_for(n_bytes: int) -> Iterator[None]:
    """Refuse whatever would make a file longer than some bytes, as a full disk does."""
    resource = pytest.importorskip("resource", reason="the limits of a process are set on Unix only")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def closed(folder: Path) -> Iterator[None]:
    """Let nobody search a folder, and let this process be nobody who may do everything."""
    user, mode = os.geteuid(), folder.stat().st_mode
    folder.chmod(0)
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(mode)
