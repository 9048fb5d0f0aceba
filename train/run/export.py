"""A run's averaged weights → a checkpoint that the app loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.synthesis import checkpoint
from train.corpus.store import read_index


def export(run: Path, out: Path) -> dict[str, Any]:
    """Write the checkpoint and return its provenance."""
    described, state = read_state(run)
    provenance = origin(described, state)
    checkpoint.save(out, state["average"], Config.from_dict(described["config"]), provenance)
    return provenance


def read_state(run: Path, holds: str = "config") -> tuple[dict[str, Any], dict[str, Any]]:
    """What the run in a folder was told (run.json), and its last saved state. Raises UserError where there is none.

    holds : what run.json has of that kind of run alone, "config" of a generator's and "design" of a vocoder's
    """
    if not (run / "state.pt").is_file():
        raise UserError(f"there is no run in {run}; train one with python -m train fit")
    described = json.loads((run / "run.json").read_text())
    check_kind(run, described, holds)
    return described, torch.load(run / "state.pt", map_location="cpu", weights_only=True)


def check_kind(run: Path, described: dict[str, Any], holds: str) -> None:
    """Raises UserError where the run is of the other kind."""
    if holds not in described:
        kind, prefix = ("generator", "") if holds == "design" else ("vocoder", "vocoder ")
        raise UserError(f"the run in {run} trains a {kind}; use python -m train {prefix}fit, or export, for it")


def origin(described: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """Where a run's weights come from: commit, corpus, settings, steps, hours, licences, and those of the checkpoint
    it began from."""
    corpus = Path(described["corpus"])
    takes = read_index(corpus)
    return {
        "commit": described["commit"],
        "corpus": json.loads((corpus / "corpus.json").read_text())["command"],
        "corpus_hours": round(sum(take.seconds for take in takes) / 3600, 2),
        "licences": sorted({f"{take.guitar}: {take.licence}" for take in takes}),
        "settings": described["settings"],
        "steps": state["step"],
        "hours": round(state["seconds"] / 3600, 2),
        "began_from": described["began_from"],
    }
