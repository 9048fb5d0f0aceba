"""Checkpoints on the Hugging Face Hub: download one, publish one, and say in a sentence what the Hub refused."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from ssl import SSLError
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from hum2guitar.errors import CheckpointError, UserError

FILE_NAME = "hum2guitar.safetensors"
ANSWER_S = 10.0  # the Hub answers within this time, or is out of reach
NAME = r"[A-Za-z0-9][\w.-]*"
FREE = re.compile(r"(CC0|CC BY|MIT|Apache|BSD)( [\d.]+)?")  # licences that allow changed works for every use
TOKEN = "make a token with the right to write in your account's settings, then run: hf auth login"  # nosec B105 # advice
REASONS = {  # HTTP status → what to do about it
    401: f"the Hub does not accept the token; {TOKEN}",
    402: "the Hub wants a paid plan for this",
    403: "the token has no right to write to {name}; choose a name under your own account, or another token",
    404: "the Hub has no {name}, or does not show it to this token; check the name",
    409: "the name {name} is taken; choose another one",
    429: "the Hub had too many requests from this account; try again in an hour",
}


@contextmanager
def sentences(name: str, reasons: Mapping[int, str] | None = None) -> Iterator[None]:
    """Turn what the Hub's client raises into a UserError of one sentence.

    Parameters
    ----------
    name : owner/name, for the sentence
    reasons : by HTTP status, sentences instead of those of ``REASONS``
    """
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, HTTPError, LocalTokenNotFoundError

    try:
        yield
    except LocalTokenNotFoundError as error:
        raise UserError(f"there is no token for the Hugging Face Hub; {TOKEN}") from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        unknown = f"the Hub refused ({status}: {error.server_message or 'no reason given'}); try again later"
        raise UserError((REASONS | dict(reasons or {})).get(status, unknown).format(name=name)) from error
    except HFValidationError as error:
        raise UserError(f"{name} is not a name on the Hub; give it as owner/name") from error
    except (HTTPError, OSError) as error:
        raise UserError(
            f"the Hugging Face Hub does not answer ({type(error).__name__}); check the network and try again"
        ) from error


def check_name(name: str) -> None:
    """Raise UserError if a name does not have the form owner/name."""
    if re.fullmatch(f"{NAME}/{NAME}", name) is None:
        raise UserError(f"{name} is not a name on the Hub; give it as owner/name, as in anna/hum2guitar")


def is_id(source: str | os.PathLike[str]) -> bool:
    """Whether a source of a checkpoint has the form of a Hub id and is not a file or a folder here."""
    return (
        isinstance(source, str)
        and re.fullmatch(f"{NAME}/{NAME}", source) is not None
        and Path(source).suffix not in (".safetensors", ".pt", ".pth", ".ckpt", ".bin")
        and not Path(source).exists()
    )


def download(repo_id: str, revision: str | None = None) -> Path:
    """Return the checkpoint of a model on the Hub as a local file. The Hub's client keeps it in its cache.

    Parameters
    ----------
    repo_id : owner/name
    revision : a branch, a tag or a commit; None for the newest

    Raises
    ------
    CheckpointError : the Hub does not have it, or does not answer
    """
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        # without the network a copy in the cache will do, and hf_hub_download would try again for half a minute
        offline = not answers(constants.ENDPOINT)
        return Path(hf_hub_download(repo_id, FILE_NAME, revision=revision, local_files_only=offline))
    except (HfHubHTTPError, OSError, ValueError) as error:
        wanted = repo_id if revision is None else f"{repo_id} at {revision}"
        raise CheckpointError(
            f"the checkpoint {wanted} is neither a file here nor to be had from the Hugging Face Hub "
            f"({type(error).__name__}); check the name and the network"
        ) from error


def answers(address: str) -> bool:
    """Tell whether a server answers HTTP; what it answers does not matter, nor whether its certificate is known."""
    try:
        urlopen(Request(address, method="HEAD"), timeout=ANSWER_S).close()  # nosec B310 # only whether it answers
    except URLError as error:
        return isinstance(error, HTTPError) or isinstance(error.reason, SSLError)
    except (OSError, HTTPException):  # it does not answer in time, or closes the connection, or speaks no HTTP
        return False
    return True


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex. The Hub shows it beside the file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_sha256(path: Path, sha256: str) -> None:
    """Raise CheckpointError if a file does not have this SHA-256, in hex."""
    if path.is_file() and (found := sha256_of(path)) != sha256.lower():
        raise CheckpointError(
            f"the SHA-256 of {path.name} is {found}, not {sha256}; use a revision that you trust, or correct the hash"
        )


def publish(file: Path, card: str, repo_id: str, *, private: bool = False, token: str | None = None) -> str:
    """Publish a checkpoint as a model on the Hub, with its model card. The model is created where there is none.

    Parameters
    ----------
    file : the checkpoint
    card : text of the model card, with its front matter
    repo_id : owner/name
    private : whether a new model is private
    token : None for the token that ``hf auth login`` stored

    Returns
    -------
    commit : for ``revision=``

    Raises
    ------
    UserError : no token, no rights, a name that is not one, no network
    """
    from huggingface_hub import CommitOperationAdd, HfApi

    check_name(repo_id)
    with sentences(repo_id):
        api = HfApi(token=token)
        api.whoami()
        api.create_repo(repo_id, private=private, exist_ok=True)
        operations = [
            CommitOperationAdd("README.md", card.encode()),
            CommitOperationAdd(FILE_NAME, file.read_bytes()),
        ]
        return str(api.create_commit(repo_id, operations, commit_message="Publish a checkpoint of Hum2Guitar").oid)


def model_card(repo_id: str, config: Mapping[str, Any], provenance: Mapping[str, Any], sha256: str) -> str:
    """Write a model card from what a checkpoint says about itself.

    Parameters
    ----------
    repo_id : owner/name
    config : ``Config.to_dict()``
    provenance : of the checkpoint; a key that is missing is said to be unknown
    sha256 : of the file, in hex
    """
    runs = [provenance]
    while isinstance(runs[-1].get("began_from"), dict):
        runs.append(runs[-1]["began_from"])
    steps = sum(run.get("steps") or 0 for run in runs)
    licences = sorted({licence for run in runs for licence in run.get("licences") or ()})
    table = "\n".join(
        f"| {run.get('commit') or 'unknown'} | {(run.get('settings') or {}).get('objective', 'adversarial')} "
        f"| {run.get('steps') or 'unknown'} | {run.get('corpus_hours') or 'unknown'} |"
        for run in reversed(runs)
    )
    return CARD.format(
        repo_id=repo_id,
        licence=licence_of_weights(licences),
        rate=config["sample_rate"],
        n_mels=config["n_mels"],
        guitars=", ".join(config["guitars"]),
        sha256=sha256,
        steps=steps,
        table=table,
        licences="\n".join(f"- {licence}" for licence in licences) or "The checkpoint does not name them.",
    )


def licence_of_weights(licences: Sequence[str]) -> str:
    """Return the licence that a model card names, as the Hub writes it.

    Parameters
    ----------
    licences : of the recordings, in the form of the provenance: ``guitar: LICENCE, LICENCE``

    Returns
    -------
    licence : "mit" where every recording allows changed works for every use, else "other": the card lists them
    """
    names = [name for each in licences for name in each.partition(": ")[2].split(", ")]
    return "mit" if names and all(FREE.fullmatch(name) for name in names) else "other"


CARD = """---
license: {licence}
library_name: hum2guitar
pipeline_tag: audio-to-audio
tags: [guitar, pix2pix, mel-spectrogram]
---
# {repo_id}

A generator of Hum2Guitar: it turns semantic harmonics into the mel spectrogram of an acoustic guitar.
The idea is Kim Seonjoo's.

```python
from hum2guitar import Hum2Guitar

converter = Hum2Guitar.from_pretrained("{repo_id}", sha256="{sha256}")
```

- Sample rate: {rate} Hz, {n_mels} mel bins
- Guitars: {guitars}

## Training

{steps} steps in all. Each run began from the weights of the one above it.

| commit | objective | steps | hours of the corpus |
|---|---|---:|---:|
{table}

The licences of the recordings that it learned from:

{licences}
"""
