"""The real page in a process of its own, for the tests that talk to it over HTTP."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent


def load_module(path: Path) -> ModuleType:
    """A file of the repository that is no package's: app.py, assets/make_examples.py."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@contextmanager
def page(folder: Path, end: signal.Signals = signal.SIGINT) -> Iterator[str]:
    """Serve app.py, its temporary files in ``folder``; gives the address, ends it by a signal: SIGINT is Ctrl-C."""
    with server(folder, end) as (address, _):
        yield address


@contextmanager
def server(
    folder: Path, end: signal.Signals = signal.SIGINT, program: tuple[str, ...] = ("app.py",)
) -> Iterator[tuple[str, int]]:
    """Serve app.py, or another program, as ``page`` does; gives the address and the id of the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
        "TMPDIR": str(folder),
        "OMP_NUM_THREADS": "1",
    }
    environment.pop("SPACE_ID", None)
    log = folder / "log.txt"
    with log.open("w") as output:
        started = subprocess.Popen(
            [sys.executable, *program], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, started, log)
        yield address, started.pid
    finally:
        started.send_signal(end)
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def _wait(address: str, server: subprocess.Popen[bytes], log: Path, seconds: float = 120) -> None:
    for _ in range(int(seconds / 0.25)):
        assert server.poll() is None, f"app.py ended at once:\n{log.read_text()}"
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"app.py did not answer within {seconds} s:\n{log.read_text()}")
