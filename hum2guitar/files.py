"""Write files atomically."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hum2guitar.errors import UserError, cannot_write

KEPT_BYTES = 100  # of a file's name in that of its temporary file: a name can have 255 bytes, on some disks 143


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file atomically: the body writes a temporary file, which then replaces ``path``.

    The content is on the disk before it replaces anything, so ``path`` is whole even after a loss of power. If the body
    raises, the temporary file is removed and an existing file at ``path`` is kept. Processes that write the same file
    at the same time do not disturb one another: the last one wins. A process that is killed leaves its temporary file.

    Parameters
    ----------
    path : the file to write

    Yields
    ------
    partial : the temporary file: empty, in the same folder, with a name of its own that ends in ``.partial``, and with
        the permissions of any new file
    """
    kept = os.fsencode(path.name)[:KEPT_BYTES].decode(errors="ignore")
    partial = path.with_name(f"{kept}.{secrets.token_hex(8)}.partial")
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))  # less what the umask takes
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def writing(
    path: str | os.PathLike[str], error_type: type[UserError] = UserError, *, make_folder: bool = False
) -> Iterator[Path]:
    """Write a file as ``replacing`` does, and say in a sentence why that is not possible.

    Parameters
    ----------
    path : the file to write
    error_type : of the error that is raised
    make_folder : whether the folder is made where it does not exist

    Yields
    ------
    partial : the temporary file, as that of ``replacing``

    Raises
    ------
    error_type : the system refuses to write the file
    """
    path = Path(path)
    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            yield partial
    except OSError as error:
        raise error_type(cannot_write(path, error)) from error


def remove_partial(path: Path) -> None:
    """Remove the temporary files that killed processes left beside ``path``; nobody may be writing it."""
    for partial in path.parent.glob(f"{path.name}.*.partial"):
        partial.unlink(missing_ok=True)
