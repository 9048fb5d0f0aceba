"""The wheel, installed where the repository is not, with no network but this machine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import soundfile
from served import ROOT

OFFLINE = """
import socket
connect = socket.socket.connect
def only_here(self, address):
    if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "localhost", "::1"):
        raise OSError("there is no network")
    return connect(self, address)
socket.socket.connect = only_here
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the wheel alone is installed; the packages that it needs are those of this environment."""
    source, wheels, target = (tmp_path_factory.mktemp(name) for name in ("source", "wheels", "target"))
    committed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in committed.strip("\0").split("\0"):
        if not name.startswith(("tests/", "train/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    build = [*pip, "wheel", str(source), "--no-deps", "--no-build-isolation", "--no-index", "-w", str(wheels)]
    (wheels / "built").write_text(subprocess.run(build, capture_output=True, text=True, check=True).stdout)
    (wheel,) = wheels.glob("*.whl")
    install = [*pip, "install", str(wheel), "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run(install, capture_output=True, check=True)
    (target / "sitecustomize.py").write_text(OFFLINE)
    return target


def environment(installed: Path, folder: Path, **more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(installed), "TMPDIR": str(folder), "HF_HUB_OFFLINE": "1"} | more


def test_the_installed_wheel_converts_from_another_folder_without_a_network(installed: Path, tmp_path: Path) -> None:
    hum = installed / "hum2guitar_page" / "assets" / "ode-to-joy-low-voice.flac"
    command = [sys.executable, str(installed / "bin" / "hum2guitar"), "convert", str(hum), "guitar.wav"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(installed, tmp_path), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert soundfile.info(tmp_path / "guitar.wav").duration == pytest.approx(soundfile.info(hum).duration, abs=0.05)


def test_the_repository_is_not_what_the_installed_wheel_imports(installed: Path, tmp_path: Path) -> None:
    code = "import hum2guitar, hum2guitar_page; print(hum2guitar.__file__, hum2guitar_page.__file__)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment(installed, tmp_path), capture_output=True, text=True)
    assert done.stdout.split() == [str(installed / name / "__init__.py") for name in ("hum2guitar", "hum2guitar_page")]


def test_the_script_of_the_page_serves_it_from_another_folder(installed: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = [sys.executable, str(installed / "bin" / "hum2guitar-page")]
    log = tmp_path / "log.txt"
    with log.open("w") as output:
        started = subprocess.Popen(
            script,
            cwd=tmp_path,
            env=environment(installed, tmp_path, PORT=str(port), OMP_NUM_THREADS="1"),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        for _ in range(480):
            assert started.poll() is None, log.read_text()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=5) as answer:
                    assert b"Hum2Guitar" in answer.read()
                    break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail(f"the page did not answer: {log.read_text()}")
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(60)
    assert started.returncode == 0
