"""Rehearse a Space on this machine: its files, an empty environment, another user, and one conversion."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile

from hum2guitar.errors import UserError

from . import contents, settings, usage
from .converting import EXAMPLE, convert_example

MAX_INSTALLED_GB, MAX_FIRST_S, MAX_PEAK_GB = 2.1, 5.0, 1.5
START_S = 600  # for the page to start; a Space allows 30 minutes
SPACE_USER = 1000  # whom a Space runs as
SYSTEM = "/usr/local/bin:/usr/bin"  # where every user can run programs
LONG_S = 30
Say = Callable[[str], None]


def check(say: Say) -> None:
    """Build what a Space on cpu-basic gets, install it, run it, convert, and compare what that took with the bounds.

    Raises UserError for a setting that does not fit, an installation or a page that fails, and a bound that is passed.
    """
    wanted = settings.read()
    settings.check(wanted)
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        code, environment = folder / "app", folder / "venv"
        code.mkdir()
        sizes = contents.build(code, contents.CPU)
        say(f"the Space gets {len(sizes)} files, {sum(sizes.values()) / 1e6:.1f} MB")
        python = python_of_a_space(wanted["python_version"], say)
        install(python, environment, code, wanted["sdk_version"], say)
        packages = installed_sizes(environment)
        installed_gb = sum(packages.values()) / 1e9
        largest = ", ".join(f"{package} {size / 1e6:.0f} MB" for package, size in list(packages.items())[:5])
        say(f"installed {installed_gb:.2f} GB; the largest: {largest}")
        long = folder / "long.wav"
        write_long(long)
        with served(code, environment, folder / "home", say) as (address, process):
            before_s = usage.processor_s(process.pid)
            first_s = convert_example(address)
            computed_s = usage.processor_s(process.pid) - before_s
            long_s = convert_example(address, recording=long)
            peak_gb = usage.peak_bytes(process.pid) / 1e9
    say(f"first conversion {first_s:.1f} s, {computed_s:.1f} s of a processor; {LONG_S} s of hum {long_s:.1f} s")
    say(f"peak of the server {peak_gb:.2f} GB")
    if computed_s:
        first_s = min(first_s, computed_s)  # other programs of this machine make it wait, and are not what is measured
    if any(package.startswith("nvidia") for package in packages):
        say(f"torch came with CUDA here; on a Space it does not, so {MAX_INSTALLED_GB} GB are no bound here")
        installed_gb = 0.0
    compare(installed_gb, first_s, peak_gb)


def compare(installed_gb: float, first_s: float, peak_gb: float) -> None:
    """Raise UserError where a figure is above its bound."""
    for what, found, most in (
        ("GB are installed", installed_gb, MAX_INSTALLED_GB),
        ("s for the first conversion", first_s, MAX_FIRST_S),
        ("GB at the server's peak", peak_gb, MAX_PEAK_GB),
    ):
        if found > most:
            raise UserError(f"{found:.2f} {what}, more than {most}; see above what takes them")


def python_of_a_space(version: str, say: Say) -> str:
    """Return a Python of the Space's version.

    It is the running one, with a warning, if there is none, or if the running one alone can get a torch without CUDA;
    and the system's of the running version where no other user can run the running one.
    """
    uv, path = shutil.which("uv"), None
    if uv:
        path = _output([uv, "python", "find", "--no-project", version])
    path = path or _output([f"python{version}", "-c", "import sys; print(sys.executable)"])
    if path and ("+cpu" in _torch_of(path) or "+cpu" not in _torch_of(sys.executable)):
        return path
    why = f"torch comes with CUDA for Python {version}" if path else f"there is no Python {version} here"
    say(f"warning: {why}; the running version {sys.version.split()[0]} is used instead")
    system = shutil.which(f"python3.{sys.version_info.minor}", path=SYSTEM)
    if not system or os.geteuid() != 0 or runs_for_others(sys.executable):
        return sys.executable
    has_venv = _output([system, "-c", "import ensurepip"]) is not None
    return system if has_venv else sys.executable


def _torch_of(python: str) -> str:
    """Return the version of torch that pip would install, without installing it."""
    given = next(line for line in contents.requirements(contents.CPU).splitlines() if line.startswith("torch>"))
    pip = [python, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps", "--report", "-"]
    try:
        return str(json.loads(_output([*pip, given]) or "{}")["install"][0]["metadata"]["version"])
    except (KeyError, IndexError, ValueError):
        return ""


def _output(command: list[str]) -> str | None:
    """Return what a command prints; None if it fails or is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def install(python: str, environment: Path, code: Path, gradio: str, say: Say) -> None:
    """Make an environment, and install into it what a Space would; PyTorch's own index is left out."""
    lines = (code / "requirements.txt").read_text(encoding="utf-8").splitlines()
    rest = code.parent / "requirements.txt"
    rest.write_text("\n".join(line for line in lines if line != contents.CPU_INDEX), encoding="utf-8")
    say("PyTorch's own index is left out here: the same versions come from where pip gets everything else")
    say(f"installing into an empty environment of {python}; this takes minutes")
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    for command in ([python, "-m", "venv", str(environment)], [*pip, "-r", str(rest), f"gradio=={gradio}"]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise UserError(f"the packages of a Space cannot be installed: {done.stderr.strip()[-500:]}")


def installed_sizes(environment: Path) -> dict[str, int]:
    """Return the size of each installed folder of packages in bytes, the largest first."""
    site = next((environment / "lib").glob("python*/site-packages"))
    sizes = {each.name: _size(each) for each in site.iterdir() if each.name != "__pycache__"}
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def _size(path: Path) -> int:
    return sum(file.lstat().st_size for file in ([path] if path.is_file() else path.rglob("*")) if not file.is_dir())


@contextmanager
def served(code: Path, environment: Path, home: Path, say: Say) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run app.py as a Space does: SPACE_ID is set, the code is read-only, and the user is not root."""
    home.mkdir()
    for path in (code, *code.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    user = other_user(environment / "bin" / "python", home, say)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "PORT": str(port)}
    variables |= {"SPACE_ID": "user/hum2guitar", "GRADIO_ANALYTICS_ENABLED": "False"}
    log = home.parent / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(environment / "bin" / "python"), "app.py"],
            cwd=code,
            env=variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            group=user,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        say(f"the page started after {_until_ready(address, process, log):.0f} s")
        yield address, process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def other_user(python: Path, home: Path, say: Say) -> int | None:
    """Return the user to run as; None for the one that runs this, where that is not root or no other can run Python."""
    if os.geteuid() != 0:
        return None
    if not runs_for_others(python):
        say("warning: no other user can run this Python, so the page runs as root here")
        return None
    os.chown(home, SPACE_USER, SPACE_USER)
    return SPACE_USER


def runs_for_others(python: str | Path) -> bool:
    """Whether a user who is not root can run a Python. Ask as root."""
    try:
        subprocess.run([python, "-c", ""], check=True, user=SPACE_USER, group=SPACE_USER, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> float:
    """Wait until the page has warmed up, which is when a Space's visitors are served; returns the seconds."""
    start = time.monotonic()
    while time.monotonic() < start + START_S:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()  # nosec B310 # of the server started here
            return time.monotonic() - start
        except OSError:
            time.sleep(0.5)
    raise UserError(f"the page of a Space does not start: {log.read_text()[-500:].strip()}")


def write_long(path: Path) -> None:
    """Write a hum of ``LONG_S``: the example, again and again."""
    waveform, sample_rate = soundfile.read(EXAMPLE)
    soundfile.write(path, np.resize(waveform, LONG_S * sample_rate), sample_rate)
