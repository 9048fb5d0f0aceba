"""Where results come from: the files that were measured, the command, and the versions of the packages."""

from __future__ import annotations

import argparse
import hashlib
import platform
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hum2guitar
from hum2guitar.synthesis import checkpoint
from hum2guitar.synthesis.inversion import vocoder
from train.flags import flag

FOLDERS = ("guitar", "hums", "notes", "corpus", "references")
PACKAGES = ("torch", "numpy", "scipy", "librosa", "soxr", "swift-f0", "mir_eval", "auraloss")


def describe(options: argparse.Namespace) -> dict[str, Any]:
    """Describe an evaluation in values that JSON knows; ``options`` are those of ``train evaluate``.

    The vocoder is described where it fits the checkpoint. No folder of this machine is named: the command has GUITAR,
    HUMS, NOTES, CORPUS and REFERENCES in their places.
    """
    path = checkpoint.resolve(options.checkpoint)
    loaded = checkpoint.load(path)
    files = {"checkpoint": describe_file(path, loaded.provenance)}
    if vocoder.incompatibility(loaded.config) is None:
        files["vocoder"] = describe_file(vocoder.bundled(), vocoder.load(vocoder.bundled()).provenance)
    return {
        **files,
        "command": neutral_command(options),
        "versions": {
            "hum2guitar": hum2guitar.__version__,
            "Python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
    }


def describe_file(path: Path, provenance: dict[str, Any]) -> dict[str, Any]:
    """Describe a file of weights: its name, the commit that trained it, its SHA-256 and its size."""
    content = path.read_bytes()
    return {
        "name": path.name,
        "commit": str(provenance.get("commit", "unknown"))[:7],
        "sha256": hashlib.sha256(content).hexdigest(),
        "mb": len(content) / 1e6,
    }


def neutral_command(options: argparse.Namespace) -> str:
    """Return the command with placeholders instead of folders."""
    words = ["python", "-m", "train", "evaluate"]
    if options.checkpoint is not None:
        words += ["--checkpoint", Path(options.checkpoint).name]
    for name in FOLDERS:
        if getattr(options, name) is not None:
            words += [flag(name), name.upper()]
    if options.json is not None:
        words += ["--json", f"results/{options.json.name}"]
    return shlex.join(words)
