"""The folder of a server's temporary files: uploads, half of an upload, results. Nothing else is in it.

Gradio's own choice is a folder whose name other users of the machine know, and it never deletes an upload that stopped
midway.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from gradio.utils import get_upload_folder

from hum2guitar import UserError

VARIABLE = "GRADIO_TEMP_DIR"  # where Gradio puts its files
PREFIX = "hum2guitar-page-"
log = logging.getLogger("hum2guitar")


@contextmanager
def own_folder() -> Iterator[Path]:
    """Let Gradio use a new folder that only this user can read. It is deleted when the body ends.

    It lies in the folder that ``GRADIO_TEMP_DIR`` names, else in the system's temporary folder. Gradio reads that
    variable when a page is built. Raises UserError if no folder can be made there.
    """
    given = os.environ.get(VARIABLE)
    parent = Path(given or tempfile.gettempdir())
    try:
        parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.TemporaryDirectory(prefix=PREFIX, dir=parent, ignore_cleanup_errors=True)
    except OSError as error:
        raise UserError(f"no folder can be made in {parent}; name another one in {VARIABLE}") from error
    with made as name:
        os.environ[VARIABLE] = name
        try:
            yield Path(name)
        finally:
            if given is None:
                del os.environ[VARIABLE]
            else:
                os.environ[VARIABLE] = given


@contextmanager
def swept(folder: Path, keep_s: float, every_s: float) -> Iterator[None]:
    """Delete old files while the body runs, at once and then from time to time.

    Parameters
    ----------
    folder : as ``own_folder`` gives it; what is in it now is the page's own and stays
    keep_s : s, a file is old after this time without a change
    every_s : s, between two sweeps
    """
    kept = frozenset(folder.rglob("*"))
    stop = Event()

    def sweep_again_and_again() -> None:
        while True:
            try:
                os.utime(folder)  # so that no other server takes it for abandoned
                sweep(folder, keep_s, kept)
                delete_abandoned(folder.parent, keep_s + 2 * every_s)
            except Exception:
                log.exception("a sweep failed; the next one comes")
            if stop.wait(every_s):
                return

    thread = Thread(target=sweep_again_and_again, name="sweep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def sweep(folder: Path, keep_s: float, kept: frozenset[Path] = frozenset()) -> None:
    """Delete what is older than ``keep_s`` seconds in a folder, but what is kept; folders once they are empty."""
    for parent, folders, files in os.walk(folder, topdown=False):  # what is in a folder comes before the folder
        for path in (Path(parent, name) for name in (*files, *folders)):
            with suppress(OSError):  # gone meanwhile, or a folder that is not empty
                if path in kept or age_s(path) < keep_s:
                    continue
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                else:
                    path.unlink()


def delete_abandoned(parent: Path, after_s: float) -> None:
    """Delete the folders of servers that were killed: no server has touched them for ``after_s`` seconds."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if age_s(folder) >= after_s:
                shutil.rmtree(folder, ignore_errors=True)


def age_s(path: Path) -> float:
    """How long ago a file was written, renamed or moved, in s."""
    status = path.lstat()
    return time.time() - max(status.st_mtime, status.st_ctime)


@contextmanager
def new_folder() -> Iterator[Path]:
    """Make a folder beside the files that Gradio serves; it is deleted when the body ends."""
    Path(get_upload_folder()).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=get_upload_folder()) as folder:
        yield Path(folder)
