"""A corpus from any recordings of one melody at a time, in whatever files they are."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from hum2guitar import audio
from hum2guitar.config import Config
from hum2guitar.errors import AudioError, CorpusError

from .store import TakeInfo, write_index, write_take

log = logging.getLogger(__name__)

SUFFIXES = {".wav", ".flac", ".ogg", ".mp3", ".m4a", ".webm", ".mp4"}
VALIDATION_EVERY = 20


def build(source: Path, out: Path, config: Config, guitar: str | None, licence: str, command: str) -> None:
    """One take a recording; every twentieth (at least one) is kept for validation.

    What was played is not known, so onsets come from ``hum2guitar.notes``. A recording that cannot be used is
    left out with a sentence. Raises CorpusError when none is left.
    """
    paths = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES)
    infos: list[TakeInfo] = []
    for path in paths:
        try:
            waveform = read(path, config)
        except AudioError as error:
            log.warning("left out %s: %s", path, error)
            continue
        split = "validation" if len(infos) % VALIDATION_EVERY == 1 else "train"
        name = f"{len(infos):05d}"
        info = TakeInfo(name, guitar, split, len(waveform) / config.sample_rate, licence, str(path.relative_to(source)))
        write_take(out, info, waveform, None, config)
        infos.append(info)
    if len(infos) < 2:
        raise CorpusError(
            f"{source} holds fewer than two usable recordings; a corpus needs one to train on and one to judge by"
        )
    write_index(out, infos, config, command)


def read(path: Path, config: Config) -> np.ndarray:
    """A recording as the corpus stores it: (T,) float32 at the Config's rate and loudness."""
    waveform, sample_rate = audio.load(path)
    return audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db)
