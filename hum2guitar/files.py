"""Write files atomically."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file atomically: the body writes a temporary file, which then replaces ``path``.

    If the body raises, the temporary file is removed and an existing file at ``path`` is kept.

    Parameters
    ----------
    path : the file to write

    Yields
    ------
    partial : the temporary file, ``path`` with the suffix ``.partial`` appended
    """
    partial = path.with_name(path.name + ".partial")
    try:
        yield partial
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
