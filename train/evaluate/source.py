"""A recording of the evaluation: analysed once, and arranged in each way that a table needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hum2guitar import Choices, Heard, Hum2Guitar, Played
from hum2guitar.analysis import audio
from hum2guitar.errors import CorpusError, UserError
from hum2guitar.metrics import SAMPLE_RATE
from train.corpus.annotated import notes_file, read_notes, recordings, with_notes

GUITAR, HUM = "guitar", "hum"  # kinds of recordings
AS_PLAYED = {GUITAR: Choices(transpose=0, articulation="follow"), HUM: Choices()}
FOLLOW = Choices(articulation="follow")


@dataclass(frozen=True)
class Source:
    """A recording, and what the converter heard in it.

    Attributes
    ----------
    name : the name of its file
    kind : ``GUITAR`` (to be resynthesised) or ``HUM`` (to be converted)
    recording : (T,) float32 — at the checkpoint's sample rate and loudness
    reference : (T',) float32 — the same at ``metrics.SAMPLE_RATE``
    truth : (K, 3) — the true notes of a hum (onset s, offset s, MIDI); none of a guitar
    heard : the analysis
    played : a guitar at its own pitch with the articulation ``follow``; a hum as the page converts it
    """

    name: str
    kind: str
    recording: np.ndarray
    reference: np.ndarray
    truth: np.ndarray
    heard: Heard
    played: Played

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return self.heard.n_samples / self.heard.config.sample_rate

    @property
    def times_s(self) -> np.ndarray:
        """(N,) — the time of each frame of ``heard.f0_hz``."""
        return np.arange(len(self.heard.f0_hz)) * self.heard.config.frame_s


def find_sources(guitar: Path | None, hums: Path | None) -> list[tuple[str, Path]]:
    """List kind and path of every recording that can be measured: all of ``guitar``, and ``hums`` with true notes."""
    return [(GUITAR, path) for path in recordings(guitar)] + [(HUM, path) for path in with_notes(hums)]


def required_sources(guitar: Path | None, hums: Path | None, purpose: str) -> list[tuple[str, Path]]:
    """List what ``find_sources`` does; raises CorpusError where there is nothing, "there is nothing to" ``purpose``."""
    paths = find_sources(guitar, hums)
    if not paths:
        raise CorpusError(f"there is nothing to {purpose}; give guitar recordings, or hums with true notes, or both")
    return paths


def read_source(converter: Hum2Guitar, kind: str, path: Path) -> Source:
    """Read and analyse a recording. Raises CorpusError, which names it, where it cannot be measured."""
    config = converter.config
    try:
        waveform, sample_rate = audio.load(path)
        heard = converter.analyse(waveform, sample_rate)
        return Source(
            name=path.name,
            kind=kind,
            recording=audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db),
            reference=audio.prepare(waveform, sample_rate, SAMPLE_RATE, config.loudness_db),
            truth=read_notes(notes_file(path)) if kind == HUM else np.empty((0, 3)),
            heard=heard,
            played=converter.arrange(heard, AS_PLAYED[kind]),
        )
    except UserError as error:
        raise CorpusError(f"{path.name} cannot be measured: {error}") from error
