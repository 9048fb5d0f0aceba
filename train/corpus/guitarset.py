"""GuitarSet (Xi et al., ISMIR 2018): 180 solo takes by six players, with every note annotated.

The original cut the takes into segments of five seconds once and for all. Here a take stays whole on disk, and each
training example is five seconds (216 frames) of it from a frame drawn at random, so that no onset is always at the
same place of a segment; ``train.dataset`` does that for every corpus.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from pathlib import Path

import numpy as np

from hum2guitar.analysis.notes import levels, with_velocities
from hum2guitar.config import Config
from hum2guitar.errors import CorpusError
from hum2guitar.note import Note
from train.corpus.folder import read
from train.corpus.store import TakeInfo, write_index, write_take

VALIDATION_PLAYER = "05"
TEST_TAKES = frozenset({"00_BN1-129-Eb", "05_Rock1-130-A"})  # this project's test recordings; never trained on
WHERE = (
    "get annotation.zip and audio_mono-mic.zip from GuitarSet's Zenodo record 3371780 and unpack them as "
    "ROOT/annotation/00_BN1-129-Eb_solo.jams and ROOT/audio_mono-mic/00_BN1-129-Eb_solo_mic.wav"
)
Checksums = dict[str, str]  # path within ROOT → MD5


def build(
    root: Path,
    out: Path,
    config: Config,
    command: str,
    *,
    exclude: Collection[str] = (),
    checksums: Checksums | None = None,
) -> None:
    """One take a solo; player 05 is kept for validation, so that no guitarist is on both sides.

    Left out are ``TEST_TAKES`` and those named in ``exclude``. The MD5 of every file is compared with ``checksums``
    (default: the released ones) before it is read. Raises CorpusError naming the file that is absent or damaged and
    saying where to get it, or the take that is excluded but does not exist.
    """
    checksums = read_checksums() if checksums is None else checksums
    takes = sorted(Path(path).stem.removesuffix("_solo") for path in checksums if path.startswith("annotation/"))
    unknown = sorted(set(exclude) - set(takes))
    if unknown:
        raise CorpusError(f"GuitarSet has no solo {unknown[0]!r} to exclude; name one as in {takes[0]}")
    if not any((root / path).is_file() for path in checksums):
        raise CorpusError(f"there are no GuitarSet solos in {root}; {WHERE}")
    infos = []
    for name in takes:
        if name in TEST_TAKES or name in exclude:
            continue
        recording, annotation = (
            verified(root, path, checksums)
            for path in (f"audio_mono-mic/{name}_solo_mic.wav", f"annotation/{name}_solo.jams")
        )
        waveform = read(recording, config)
        split = "validation" if name[:2] == VALIDATION_PLAYER else "train"
        seconds = len(waveform) / config.sample_rate
        info = TakeInfo(name, "guitarset", split, seconds, "CC BY 4.0", f"GuitarSet {name}_solo")
        write_take(out, info, waveform, annotated_notes(annotation, waveform, config), config)
        infos.append(info)
    write_index(out, infos, config, command)


def read_checksums() -> Checksums:
    """The released MD5s of the solos and their annotations, from the table beside this module."""
    lines = Path(__file__).with_name("guitarset.md5").read_text().splitlines()
    return {path: md5 for md5, path in (line.split("  ") for line in lines if not line.startswith("#"))}


def verified(root: Path, path: str, checksums: Checksums) -> Path:
    """The file of that name in ROOT. Raises CorpusError where it is absent or not as released."""
    file = root / path
    if not file.is_file():
        raise CorpusError(f"{file} is missing; {WHERE}")
    if hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() != checksums[path]:
        raise CorpusError(f"{file} is damaged (its MD5 is not {checksums[path]}); unpack it again, or {WHERE}")
    return file


def annotated_notes(path: Path, waveform: np.ndarray, config: Config) -> list[Note]:
    """The notes of all six strings in order of onset; each ends at the latest when the next begins, as in a hum."""
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
    return with_velocities(spans, levels(waveform, times_s, config.sample_rate), times_s)
