"""Publish a Space: create it, upload what it needs, wait until it runs, convert one example on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from huggingface_hub import HfApi, SpaceHardware, snapshot_download
from huggingface_hub.errors import RepositoryNotFoundError

from hum2guitar import hub
from hum2guitar.errors import UserError

from . import contents, settings
from .converting import convert_example

MARK = "hum2guitar/pipeline.py"  # a Space with this file is one of ours
FAILED = ("BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "NO_APP_FILE", "STOPPED", "PAUSED", "DELETING")
COSTS = {  # what a visitor pays, and who can have it
    contents.ZERO: "each visitor has a daily amount of GPU time: 2 minutes without an account, 5 with a free one",
    contents.CPU: "visitors spend nothing and share two cores; creating the Space needs a paid plan",
}
REFUSED = {
    contents.ZERO: "the Hub refuses ZeroGPU for {name}: a free account must be 30 days old, with a verified e-mail "
    "address, and can have two such Spaces; with a paid plan, use --hardware cpu-basic",
    contents.CPU: "the Hub refuses cpu-basic for {name}: creating such a Space needs a paid plan; use --hardware zero, "
    "which a free account can have",
}
Say = Callable[[str], None]


def hardware_named(name: str) -> str:
    """Return the Hub's name of a hardware; "zero" is ZeroGPU's. Raises UserError for one that the Hub does not have."""
    known = [each.value for each in SpaceHardware]
    if (full := contents.ZERO if name == "zero" else name) not in known:
        raise UserError(f"the Hub has no hardware {name}; choose zero, {', '.join(known)}")
    return full


def check(name: str) -> None:
    """Raise UserError for a name or a setting of the README that the Hub would refuse."""
    hub.check_name(name)
    settings.check(settings.read())


def publish(name: str, hardware: str | None = None, *, private: bool = False, wait_s: float = 1200, say: Say) -> str:
    """Create or update a Space, and convert an example on it.

    Parameters
    ----------
    name : owner/name
    hardware : None for what an existing Space has; a new one gets ZeroGPU
    private : whether a new Space is private
    wait_s : for how long the Space may build and start
    say : is told each step

    Returns
    -------
    address : of the running Space

    Raises
    ------
    UserError : a sentence for what the Hub refuses, a Space that does not start, or an example that it cannot convert
    """
    check(name)
    hardware = hardware_named(hardware) if hardware else None
    with hub.sentences(name), TemporaryDirectory() as folder:
        api = HfApi()
        api.whoami()
        hardware = _created(api, name, hardware, private, say)
        sizes = contents.build(Path(folder), hardware)
        say(f"uploading {len(sizes)} files, {sum(sizes.values()) / 1e6:.1f} MB")
        commit = upload(api, name, Path(folder), list(sizes), "Put the page on this Space")
    return started(api, name, commit, wait_s, say)


def rollback(name: str, *, wait_s: float = 1200, say: Say) -> str:
    """Put the previous revision of a Space back, as a new commit; returns and errors as in ``publish``."""
    hub.check_name(name)
    with hub.sentences(name), TemporaryDirectory() as folder:
        api = HfApi()
        api.whoami()
        commits = api.list_repo_commits(name, repo_type="space")
        previous = commits[1].commit_id if len(commits) > 1 else None
        if previous is None or not api.file_exists(name, MARK, repo_type="space", revision=previous):
            raise UserError(f"the Space {name} has no previous revision with the page; nothing was changed")
        say(f"putting {previous[:7]} back")
        snapshot_download(name, repo_type="space", revision=previous, local_dir=folder)
        kept = [path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file()]
        kept = [path for path in kept if not path.startswith(".")]
        commit = upload(api, name, Path(folder), kept, f"Put {previous[:7]} back")
    return started(api, name, commit, wait_s, say)


def upload(api: HfApi, name: str, folder: Path, allowed: list[str], message: str) -> str:
    """Make a Space consist of exactly these files of a folder, in one commit; returns the commit."""
    info = api.upload_folder(
        repo_id=name,
        folder_path=folder,
        repo_type="space",
        commit_message=message,
        allow_patterns=allowed,
        delete_patterns="*",
    )
    return str(info.oid)


def started(api: HfApi, name: str, commit: str, wait_s: float, say: Say) -> str:
    """Wait until a Space runs a commit, convert an example on it, and return its address."""
    say("waiting until the Space runs")
    with hub.sentences(name):
        _wait(api, name, commit, wait_s)
        host = api.space_info(name).host
    seconds = convert_example(str(host), token=api.token)
    say(f"an example was converted in {seconds:.1f} s")
    return f"{api.endpoint}/spaces/{name}"


def _created(api: HfApi, name: str, hardware: str | None, private: bool, say: Say) -> str:
    """Create a Space, or check that an existing one is ours; returns its hardware."""
    try:
        there = api.space_info(name)
    except RepositoryNotFoundError:
        hardware = hardware or contents.ZERO
        say(f"creating {name} on {hardware}" + (f": {COSTS[hardware]}" if hardware in COSTS else ""))
        create = partial(api.create_repo, name, repo_type="space", space_sdk="gradio", private=private)
        _refused(name, hardware, lambda: create(space_hardware=SpaceHardware(hardware)))
        return hardware
    names = {file.rfilename for file in there.siblings or ()}
    if MARK not in names and not names <= {".gitattributes", "README.md"}:
        raise UserError(f"the name {name} is taken by another Space, whose files would be lost; choose another one")
    runtime = api.get_space_runtime(name)
    has = str(runtime.requested_hardware or runtime.hardware or contents.CPU)
    if hardware not in (None, has):
        say(f"moving {name} from {has} to {hardware}")
        _refused(name, str(hardware), lambda: api.request_space_hardware(name, hardware))  # type: ignore[arg-type]
    return hardware or has


def _refused(name: str, hardware: str, ask: Callable[[], object]) -> None:
    """Ask for hardware; where the Hub wants a plan for it, the sentence names the other one."""
    other = f"the Hub refuses the hardware {hardware} for {{name}}: it needs a payment method; use --hardware zero"
    with hub.sentences(name, {402: REFUSED.get(hardware, other)}):
        ask()


def _wait(api: HfApi, name: str, commit: str, wait_s: float, poll_s: float = 2.0) -> None:
    """Wait until a Space runs a commit. Raises UserError if it fails, or does not run in time."""
    end = time.monotonic() + wait_s
    while True:
        runtime = api.get_space_runtime(name)
        if runtime.raw.get("sha", commit) == commit:  # else this is still the revision before
            if runtime.stage == "RUNNING":
                return
            if runtime.stage in FAILED:
                reason = str(runtime.raw.get("errorMessage") or "").strip().splitlines()
                said = f" ({reason[-1]})" if reason else ""
                raise UserError(
                    f"the Space {name} does not run: {runtime.stage}{said}; read its log on the Space's page, or put "
                    "the previous revision back with --rollback"
                )
        if time.monotonic() > end:
            raise UserError(f"the Space {name} did not run within {wait_s:.0f} s; look at its page, and try again")
        time.sleep(poll_s)
