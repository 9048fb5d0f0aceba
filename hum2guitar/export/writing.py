"""What all exports share: a file appears whole, or not at all with a sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hum2guitar.errors import UserError, cannot_write
from hum2guitar.files import replacing


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary file that replaces ``path``. Raises UserError if the file cannot be written."""
    path = Path(path)
    try:
        with replacing(path) as partial:
            yield partial
    except OSError as error:
        raise UserError(cannot_write(path, error)) from error
