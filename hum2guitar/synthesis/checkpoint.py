"""Weights + Config + provenance in one safetensors file; nothing in it is ever executed."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialise

from hum2guitar import hub
from hum2guitar.config import Config
from hum2guitar.errors import CheckpointError, UserError
from hum2guitar.files import writing
from hum2guitar.synthesis import generator

FORMAT_VERSION = 1
FILE_NAME = hub.FILE_NAME


@dataclass(frozen=True)
class Checkpoint:
    """A loaded checkpoint.

    Attributes
    ----------
    generator : float32, in eval mode
    config : what gives its weights their meaning
    provenance : the commit, the corpus, the settings and the steps that it was trained with, and what it began from
    """

    generator: generator.Generator
    config: Config
    provenance: dict[str, Any]


def save(
    path: str | os.PathLike[str], weights: dict[str, torch.Tensor], config: Config, provenance: dict[str, Any]
) -> None:
    """Write a generator's weights with everything needed to rebuild it; parameters and errors as in ``write``."""
    write(Path(path), "hum2guitar", weights, config.to_dict(), provenance)


def load(path: str | os.PathLike[str], device: str | torch.device = "cpu") -> Checkpoint:
    """Load a checkpoint file.

    Raises
    ------
    CheckpointError : as ``read`` and ``fill``, and for a Config that this version cannot build
    """
    path = Path(path)
    weights, described, provenance = read(path, "hum2guitar", "checkpoint", "python -m train export")
    config = Config.from_dict(described)
    try:
        with torch.device("meta"):  # no memory is taken before the shapes are known to fit
            network = generator.build(config)
    except UserError as error:
        raise CheckpointError(f"the checkpoint {path.name} cannot be built: {error}") from error
    fill(network, weights, path.name)
    return Checkpoint(network.to(device).eval(), config, provenance)


def write(
    path: Path, kind: str, weights: dict[str, torch.Tensor], config: dict[str, Any], provenance: dict[str, Any]
) -> None:
    """Write a network's weights as float16, with what gives them their meaning and where they come from.

    The file appears whole or not at all.

    Parameters
    ----------
    kind : what the file says it is, "hum2guitar" for a generator
    weights : by name, of any floating dtype
    config, provenance : JSON-ready

    Raises
    ------
    CheckpointError : the path cannot be written, or float16 cannot hold a weight
    """
    half = {name: tensor.detach().cpu().half().contiguous() for name, tensor in weights.items()}
    for name, tensor in half.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(
                f"cannot write {path}: the weight {name!r} has values that are not finite as float16, so the training "
                "has diverged; export an earlier state"
            )
    metadata = {
        "format": kind,
        "format_version": str(FORMAT_VERSION),
        "config": json.dumps(config),
        "provenance": json.dumps(provenance),
    }
    metadata["sha256"] = digest(half, metadata)
    with writing(path, CheckpointError, make_folder=True) as partial:
        partial.write_bytes(serialise(half, metadata))


def read(
    path: Path, kind: str, called: str, made_by: str
) -> tuple[dict[str, torch.Tensor], dict[str, Any], dict[str, Any]]:
    """Read a file that ``write`` wrote, and check it against its digest.

    Parameters
    ----------
    kind : as it was given to ``write``
    called, made_by : what the messages call such a file, and the command that makes one

    Returns
    -------
    weights (as they are stored), config, provenance

    Raises
    ------
    CheckpointError : the file is missing, damaged, altered, of another kind or format, or has a weight that is NaN or
        infinite or not stored as float16
    """
    if not path.is_file():
        raise CheckpointError(f"there is no {called} {path}; check the name, or leave it out for the bundled one")
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"the {called} {path.name} is damaged or cut short ({error}); download or export it again"
        ) from error
    if metadata.get("format") != kind:
        raise CheckpointError(f"the file {path.name} is not a hum2guitar {called}; export one with {made_by}")
    if metadata.get("format_version") != str(FORMAT_VERSION):
        raise CheckpointError(
            f"the {called} {path.name} has format {metadata.get('format_version')}, this version reads "
            f"{FORMAT_VERSION}; use the matching version of hum2guitar"
        )
    if metadata.get("sha256") != digest(weights, metadata):
        raise CheckpointError(f"the {called} {path.name} was altered after it was written; download or export it again")
    for name, tensor in weights.items():
        if tensor.dtype != torch.float16:
            raise CheckpointError(
                f"the weight {name!r} of {path.name} is stored as {tensor.dtype}, not as float16; export it again"
            )
        if not torch.isfinite(tensor).all():
            raise CheckpointError(
                f"the weight {name!r} of the {called} {path.name} is not finite, so nothing it generates would be; "
                "use another one"
            )
    config, provenance = (_parse(metadata, key, f"{called} {path.name}") for key in ("config", "provenance"))
    return weights, config, provenance


def _parse(metadata: dict[str, str], key: str, called: str) -> dict[str, Any]:
    """Return the dict that one of the metadata's texts holds as JSON."""
    try:
        parsed = json.loads(metadata[key])
    except (KeyError, ValueError, RecursionError) as error:
        raise CheckpointError(f"the {called} has no readable {key} ({error}); download or export it again") from error
    if not isinstance(parsed, dict):
        raise CheckpointError(f"the {key} of the {called} is no set of named values; download or export it again")
    return parsed


def fill(network: torch.nn.Module, weights: dict[str, torch.Tensor], file_name: str) -> None:
    """Give a network, which may be on the meta device, the weights of a file as its float32 parameters.

    Raises
    ------
    CheckpointError : a weight is missing, unknown or of another shape
    """
    expected = network.state_dict()
    _check_shapes(file_name, expected, weights)
    # laid out as the network lays them out: the vocoder is twice as fast with its channels last
    filled = {name: torch.empty_like(expected[name], device="cpu").copy_(tensor) for name, tensor in weights.items()}
    network.load_state_dict(filled, assign=True)


def bundled(file_name: str = FILE_NAME) -> Path:
    """Return the file that ships under that name: in the installed package, or in the repository's ``checkpoints/``."""
    package = Path(__file__).parents[1]
    installed = package / "checkpoints" / file_name
    return installed if installed.is_file() else package.parent / "checkpoints" / file_name


def resolve(source: str | os.PathLike[str] | None, revision: str | None = None) -> Path:
    """Find a checkpoint, and download it where it is on the Hugging Face Hub.

    Parameters
    ----------
    source : a path, a Hub id ``owner/name``, or None for the bundled checkpoint
    revision : of a Hub id: a branch, a tag or a commit; None for the newest

    Returns
    -------
    a local path, which for a path that was given may not exist

    Raises
    ------
    CheckpointError : a Hub id that is neither a file here nor to be had from the Hub
    """
    if source is None:
        return bundled()
    return hub.download(str(source), revision) if hub.is_id(source) else Path(source)


def digest(weights: dict[str, torch.Tensor], metadata: dict[str, str]) -> str:
    """Return the SHA-256 of the weights' names and bytes and of the metadata that gives them their meaning, as hex."""
    sha256 = hashlib.sha256()
    for key in ("format_version", "config", "provenance"):
        sha256.update(metadata.get(key, "").encode())
    for name in sorted(weights):
        sha256.update(name.encode())
        sha256.update(weights[name].contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return sha256.hexdigest()


def _check_shapes(file_name: str, expected: dict[str, torch.Tensor], found: dict[str, torch.Tensor]) -> None:
    for name in sorted(set(expected) ^ set(found)):
        state = "lacks" if name in expected else "has the unknown"
        raise CheckpointError(f"the checkpoint {file_name} {state} weight {name!r}; export it again with this version")
    for name, tensor in found.items():
        if tensor.shape != expected[name].shape:
            raise CheckpointError(
                f"the weight {name!r} of {file_name} has the shape {tuple(tensor.shape)}, its configuration needs "
                f"{tuple(expected[name].shape)}; export it again with this version"
            )
