"""What a Space needs: the list of files, and the two files that are made for it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATTERNS = (  # relative to the repository; README.md and requirements.txt are made
    "app.py",
    "LICENSE",
    "hum2guitar/**/*.py",
    "page/**/*.py",
    "page/**/*.js",
    "page/**/*.css",
    "page/**/*.html",
    "checkpoints/*.safetensors",
    "checkpoints/README.md",
    "assets/*.flac",
    "assets/*.mp3",
    "assets/arrival/*",
    "assets/README.md",
)
ZERO, CPU = "zero-a10g", "cpu-basic"
TORCH = {ZERO: "torch>=2.8,<2.12"}  # ZeroGPU has 2.8 to 2.11
CPU_INDEX = "--extra-index-url https://download.pytorch.org/whl/cpu"  # without it: 3 GB of CUDA
ABOUT = """
# Hum2Guitar

You hum; it plays it back as an acoustic guitar. The idea is [Kim Seonjoo's](https://github.com/hwang9u/hum2guitar).
What the weights learned from is in [checkpoints/README.md](checkpoints/README.md).
The page deletes recordings, and what was made of them, within two hours.
"""


def files() -> dict[str, Path]:
    """Return the files of the repository that a Space needs, by their names there."""
    found = {path for pattern in PATTERNS for path in ROOT.glob(pattern) if path.is_file()}
    return {path.relative_to(ROOT).as_posix(): path for path in sorted(found)}


def build(folder: Path, hardware: str) -> dict[str, int]:
    """Write all that a Space needs into a folder.

    Parameters
    ----------
    folder : empty
    hardware : the Space's, such as "zero-a10g" or "cpu-basic"

    Returns
    -------
    sizes : in bytes, by name
    """
    for name, path in files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
    (folder / "README.md").write_text(front_matter() + ABOUT, encoding="utf-8")
    (folder / "requirements.txt").write_text(requirements(hardware), encoding="utf-8")
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size for path in sorted(folder.rglob("*")) if path.is_file()
    }


def front_matter() -> str:
    """Return the lines at the top of the README, which are a Space's settings."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text[: text.index("\n---\n") + len("\n---\n")]


def requirements(hardware: str) -> str:
    """Return the requirements of a Space, made from the project's.

    Parameters
    ----------
    hardware : on a CPU, torch comes from PyTorch's own index; on ZeroGPU, it is one of the versions that ZeroGPU has
    """
    given = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in (re.sub(r"\s*#.*", "", line) for line in given) if line]
    if hardware in TORCH:
        lines = [TORCH[hardware] if re.match(r"torch\W", line) else line for line in lines]
    return "\n".join([*([CPU_INDEX] if hardware.startswith("cpu-") else []), *lines]) + "\n"
