"""What a user names → the recordings, and the file to write for each."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from hum2guitar.errors import UserError

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".m4a", ".webm", ".mp4")  # of the recordings of a folder


def recordings(inputs: Sequence[Path]) -> list[Path]:
    """List the recordings that are meant.

    Parameters
    ----------
    inputs : files, which need not exist; folders, for all recordings in them by their suffix; or globs, in which
        ``**`` stands for any folders

    Raises
    ------
    UserError
        If a folder holds no recording, or if a glob fits no file.
    """
    found: list[Path] = []
    for named in inputs:
        if named.is_dir():
            held = sorted(path for path in named.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
            if not held:
                raise UserError(f"there is no recording in {named}; name a folder of {', '.join(SUFFIXES)} files")
            found += held
        elif glob.has_magic(str(named)) and not named.exists():
            fitting = sorted(path for path in map(Path, glob.glob(str(named), recursive=True)) if path.is_file())
            if not fitting:
                raise UserError(f"there is no file that fits {named}; check the pattern")
            found += fitting
        else:
            found.append(named)
    return found


def outputs(sources: Sequence[Path], output: Path) -> list[tuple[Path, Path]]:
    """Pair each recording with the file to write.

    Parameters
    ----------
    sources : the recordings
    output : the file to write, or a folder for files of the same names with the suffix .wav

    Returns
    -------
    pairs : (recording, output) of each recording

    Raises
    ------
    UserError
        If several recordings would be written to one file, or an output would overwrite a recording.
    """
    if len(sources) == 1 and not output.is_dir():
        if sources[0].resolve() == output.resolve():
            raise UserError(f"{output} would overwrite the recording it is made from; choose another name")
        return [(sources[0], output)]
    if not output.is_dir():
        raise UserError(
            f"{output} is not a folder; to convert {len(sources)} recordings, name a folder that exists as OUT"
        )
    pairs = [(source, output / f"{source.stem}.wav") for source in sources]
    written = Counter(target.name for _, target in pairs)
    read = {source.resolve() for source in sources}
    for source, target in pairs:
        if written[target.name] > 1 or target.resolve() in read:
            raise UserError(
                f"{target} would be written twice or would overwrite a recording; rename {source.name}, or choose "
                "another folder"
            )
    return pairs


def check_distinct(read: Iterable[tuple[str, Path]], written: Iterable[tuple[str, Path]]) -> None:
    """Raise UserError if a file would be written twice, or is also read. A link is the file that it leads to.

    Parameters
    ----------
    read : what each file is, as in "is a recording", and the file, which need not exist
    written : the argument or the flag that names each file, and the file
    """
    taken = {_identity(path): role for role, path in read}
    for name, path in written:
        identity = _identity(path)
        if identity in taken:
            raise UserError(f"{name} would overwrite {path}, which {taken[identity]}; choose another name")
        taken[identity] = f"{name} writes too"


def _identity(path: Path) -> tuple[int, int] | str:
    """Return what all names of a file have in common."""
    try:
        found = path.stat()
    except OSError:  # it is not there yet
        return os.path.realpath(path)
    return found.st_dev, found.st_ino
