"""A run's folder: ``run.json`` (what the run was told), ``state.pt`` (where it stands), ``log/`` (for tensorboard)."""

from __future__ import annotations

import io
import math
import pickle  # nosec B403 # for the name of its error
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from hum2guitar.errors import UserError
from hum2guitar.files import replacing
from train.corpus.store import read_header, read_index, read_json, write_json

NEW_RUN = "begin a new run"


def check_new(folder: Path) -> None:
    """Raise UserError where the folder holds a run already, or is not a folder."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; name a folder for the run")
    if (folder / "state.pt").exists():
        raise UserError(f"{folder} holds a run already; go on with --resume, or choose another folder")


def describe(folder: Path, described: dict[str, Any]) -> None:
    """Write what a run is told, with the commit of the code."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "run.json", {"commit": commit()} | described)


def add_to_description(folder: Path, found: dict[str, Any]) -> None:
    """Write what a run has found beside what it was told."""
    write_json(folder / "run.json", read_json(folder / "run.json", NEW_RUN) | found)


def save_state(folder: Path, state: dict[str, Any]) -> None:
    """Write a state all or nothing, so that a run killed while saving can still be resumed. Raises OSError."""
    content = io.BytesIO()  # torch does not say why it cannot write a file
    torch.save(state, content)
    with replacing(folder / "state.pt") as partial:
        partial.write_bytes(content.getbuffer())


def read_description(folder: Path, holds: str = "config") -> dict[str, Any]:
    """Return what the run in a folder was told.

    holds : what run.json has of that kind of run alone, "config" of a generator's and "design" of a vocoder's

    Raises UserError where there is no run, a damaged one, or one of the other kind.
    """
    for name in ("run.json", "state.pt"):
        if not (folder / name).is_file():
            raise UserError(f"there is no run in {folder}; name a run's folder, or train one with python -m train fit")
    described = read_json(folder / "run.json", NEW_RUN)
    if holds not in described:
        kind, prefix = ("generator", "") if holds == "design" else ("vocoder", "vocoder ")
        raise UserError(f"the run in {folder} trains a {kind}; use python -m train {prefix}fit, or export, for it")
    for key, type_ in {"corpus": str, "settings": dict, holds: dict}.items():
        if not isinstance(described.get(key), type_):
            raise UserError(f"{folder / 'run.json'} is damaged (its {key} is missing); {NEW_RUN}")
    return described


def read_state(folder: Path, holds: str = "config") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the run in a folder was told, and its last saved state.

    Nothing in a state is ever executed. Raises as ``read_description``, and UserError for a state that is damaged or
    something else.
    """
    described, path = read_description(folder, holds), folder / "state.pt"
    with fitting(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's about a pickle, which is refused in any case
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError:
            raise ValueError(f"{path} is not the state of a run") from None  # torch advises to execute it
        if not (isinstance(state["step"], int) and state["step"] >= 0 and math.isfinite(state["seconds"])):
            raise ValueError("it says no step")
    return described, state


@contextmanager
def fitting(folder: Path) -> Iterator[None]:
    """Raise UserError where the body finds that the state in a folder is damaged, or not that of its run.json."""
    try:
        yield
    except UserError:
        raise
    except (OSError, EOFError, AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            f"the state {folder / 'state.pt'} is damaged, or not that of this run; put a copy of it back, or {NEW_RUN}"
        ) from error


def origin(described: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """Return where a run's weights come from.

    The commit, the corpus with its hours and licences, the settings, the steps and hours, the gradient norm of each
    loss where the run measured it, and the same of the checkpoint that the run began from.
    """
    corpus = Path(described["corpus"])
    takes = read_index(corpus)
    norms = state.get("gradient_norms")
    return {
        "commit": described.get("commit"),
        "corpus": read_header(corpus).get("command"),
        "corpus_hours": round(sum(take.seconds for take in takes) / 3600, 2),
        "licences": sorted({f"{take.guitar}: {take.licence}" for take in takes}),
        "settings": described["settings"],
        "steps": state["step"],
        "hours": round(state["seconds"] / 3600, 2),
        "began_from": described.get("began_from"),
    } | ({"gradient_norms": norms} if norms else {})


def commit() -> str:
    """Return the commit of the code, "unknown" outside a git checkout; "+changes" where it is not clean."""
    code = Path(__file__).parent
    try:
        head, changed = (
            subprocess.run(["git", *words], cwd=code, capture_output=True, text=True, check=True).stdout  # nosec B607 # on the PATH
            for words in (["rev-parse", "HEAD"], ["status", "--porcelain"])
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.strip() + ("+changes" if changed.strip() else "")
