"""GuitarSet (Xi et al., ISMIR 2018): 180 solo takes by six players, with every note annotated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from hum2guitar.config import Config
from hum2guitar.errors import CorpusError
from hum2guitar.notes import Note, levels, with_velocities

from .folder import read
from .store import TakeInfo, write_index, write_take

VALIDATION_PLAYER = "05"
WHERE = (
    "get annotation.zip and audio_mono-mic.zip from GuitarSet's Zenodo record 3371780 and unpack them as "
    "ROOT/annotation/00_BN1-129-Eb_solo.jams and ROOT/audio_mono-mic/00_BN1-129-Eb_solo_mic.wav"
)


def build(root: Path, out: Path, config: Config, command: str) -> None:
    """One take a solo; player 05 is kept for validation, so that no guitarist is on both sides.

    Raises CorpusError, saying where to get them, when the recordings or an annotation are absent.
    """
    paths = sorted((root / "audio_mono-mic").glob("*_solo_mic.wav"))
    if not paths:
        raise CorpusError(f"there are no GuitarSet solos in {root}; {WHERE}")
    infos = []
    for path in paths:
        annotation = root / "annotation" / path.name.replace("_mic.wav", ".jams")
        if not annotation.is_file():
            raise CorpusError(f"the annotation {annotation} is missing; {WHERE}")
        waveform = read(path, config)
        split = "validation" if path.name[:2] == VALIDATION_PLAYER else "train"
        seconds = len(waveform) / config.sample_rate
        info = TakeInfo(path.stem, "guitarset", split, seconds, "CC BY 4.0", f"GuitarSet {path.stem}")
        write_take(out, info, waveform, annotated_notes(annotation, waveform, config), config)
        infos.append(info)
    write_index(out, infos, config, command)


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
