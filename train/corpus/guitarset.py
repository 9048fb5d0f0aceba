"""The source ``guitarset``: GuitarSet (Xi et al., ISMIR 2018), 180 solos by six players with every note annotated.

Kim's Hum2Guitar cut the solos into fixed segments of five seconds. Here a solo stays whole on disk, and each training
example begins at a random frame (``train.data.dataset``), so no onset is always at the same place of a segment.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Collection
from pathlib import Path

import numpy as np

from hum2guitar.analysis.notes import levels, with_velocities
from hum2guitar.config import SMALL, Config
from hum2guitar.errors import CorpusError
from hum2guitar.note import Note
from train.corpus.recordings import read
from train.corpus.store import TakeInfo, write_index, write_take
from train.flags import command_line

HELP = "the solos of GuitarSet"
VALIDATION_PLAYER = "05"
TEST_TAKES = frozenset({"00_BN1-129-Eb", "05_Rock1-130-A"})  # this project's test recordings: no training uses them
WHERE = (
    "get annotation.zip and audio_mono-mic.zip from GuitarSet's Zenodo record 3371780 and unpack them as "
    "ROOT/annotation/00_BN1-129-Eb_solo.jams and ROOT/audio_mono-mic/00_BN1-129-Eb_solo_mic.wav"
)
Checksums = dict[str, str]  # path within ROOT → MD5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the source's own arguments."""
    parser.add_argument("--root", type=Path, required=True, metavar="DIR", help="the unpacked GuitarSet")
    parser.add_argument("--exclude", nargs="+", default=[], metavar="TAKE", help="more takes to keep for testing")


def run(options: argparse.Namespace) -> None:
    """Make the corpus that the options describe."""
    build(options.root, options.out, SMALL, command_line(), exclude=options.exclude)


def build(
    root: Path,
    out: Path,
    config: Config,
    command: str,
    *,
    exclude: Collection[str] = (),
    checksums: Checksums | None = None,
) -> None:
    """Write a corpus with one take for each solo.

    The takes of player 05 are for validation, so that no guitarist is in both splits. ``TEST_TAKES`` are left out.

    Parameters
    ----------
    root, out : the folder of GuitarSet, and the corpus's folder
    config : its grid, sample rate and loudness are those of the corpus
    command : what the corpus records as its origin
    exclude : names of more takes to leave out
    checksums : MD5 of every file, compared before it is read; None for the released ones

    Raises
    ------
    CorpusError
        A file is missing or damaged (the message says where to get it), or ``exclude`` names a take that does not
        exist.
    """
    from tqdm import tqdm

    checksums = read_checksums() if checksums is None else checksums
    takes = sorted(Path(path).stem.removesuffix("_solo") for path in checksums if path.startswith("annotation/"))
    unknown = sorted(set(exclude) - set(takes))
    if unknown:
        raise CorpusError(f"GuitarSet has no solo {unknown[0]!r} to exclude; name one as in {takes[0]}")
    if not any((root / path).is_file() for path in checksums):
        raise CorpusError(f"there are no GuitarSet solos in {root}; {WHERE}")
    infos = []
    wanted = [name for name in takes if name not in TEST_TAKES and name not in exclude]
    for name in tqdm(wanted, unit="take", dynamic_ncols=True, disable=None):
        recording = verified(root, f"audio_mono-mic/{name}_solo_mic.wav", checksums)
        annotation = verified(root, f"annotation/{name}_solo.jams", checksums)
        waveform = read(recording, config)
        split = "validation" if name[:2] == VALIDATION_PLAYER else "train"
        seconds = len(waveform) / config.sample_rate
        info = TakeInfo(name, "guitarset", split, seconds, "CC BY 4.0", f"GuitarSet {name}_solo")
        write_take(out, info, waveform, annotated_notes(annotation, waveform, config), config)
        infos.append(info)
    write_index(out, infos, config, command)


def read_checksums() -> Checksums:
    """Return the released MD5s of the solos and their annotations, from the table beside this module."""
    lines = Path(__file__).with_name("guitarset.md5").read_text().splitlines()
    return {path: md5 for md5, path in (line.split("  ") for line in lines if not line.startswith("#"))}


def verified(root: Path, path: str, checksums: Checksums) -> Path:
    """Return the path of a file in ``root``. Raises CorpusError where it is missing or its MD5 is another."""
    file = root / path
    if not file.is_file():
        raise CorpusError(f"{file} is missing; {WHERE}")
    if hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() != checksums[path]:
        raise CorpusError(f"{file} is damaged (its MD5 is not {checksums[path]}); unpack it again, or {WHERE}")
    return file


def annotated_notes(path: Path, waveform: np.ndarray, config: Config) -> list[Note]:
    """Read a JAMS annotation: the notes of all six strings in order of onset.

    A note ends at the latest when the next one begins, as in a hum. Its velocity is measured on the waveform (T,).
    """
    annotations = json.loads(path.read_text())["annotations"]
    found = sorted(
        (note["time"], note["time"] + note["duration"], note["value"])
        for annotation in annotations
        if annotation["namespace"] == "note_midi"
        for note in annotation["data"]
    )
    following = [onset_s for onset_s, _, _ in found[1:]] + [float("inf")]
    spans = [
        (on, min(off, nxt), midi) for (on, off, midi), nxt in zip(found, following, strict=True) if min(off, nxt) > on
    ]
    times_s = np.arange(0, len(waveform) / config.sample_rate, 0.016)
    notes = [Note(*span, velocity=0.0) for span in spans]
    return with_velocities(notes, levels(waveform, times_s, config.sample_rate), times_s)
