"""A guitar that can be played: a named set of note samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RENDER_RATE = 44100  # Hz; samples are kept and melodies are rendered at this rate
ONE_LAYER_DB = -6.0  # the notes of a guitar with one layer were played neither softly nor as hard as possible
ATTACK_LEVEL_DB = -20.0  # RMS of a sample's first 300 ms; a take then has about the loudness of the Config


@dataclass(frozen=True)
class Sample:
    """One recorded note.

    waveform : (T,) float32 — at ``RENDER_RATE``, from just before the attack, at ``ATTACK_LEVEL_DB``
    midi : float — the measured pitch
    attack_s : float — seconds from the start of the waveform to the attack
    gain_db : float — how hard the note was plucked, 0 for the hardest; the samples of one velocity layer share it
    """

    waveform: np.ndarray
    midi: float
    attack_s: float
    gain_db: float = ONE_LAYER_DB


@dataclass(frozen=True)
class Guitar:
    """A named set of samples, the licence under which they may be used, and where they come from."""

    name: str
    samples: tuple[Sample, ...]
    licence: str
    source: str

    @property
    def range(self) -> tuple[int, int]:
        """Lowest and highest note (MIDI)."""
        pitches = [sample.midi for sample in self.samples]
        return round(min(pitches)), round(max(pitches))

    def nearest(self, midi: float, gain_db: float = 0.0) -> Sample:
        """Return the sample of the nearest pitch; of its velocity layers the one of the nearest level."""
        return round_robins(self.samples, midi, gain_db)[0]


def round_robins(samples: Sequence[Sample], midi: float, gain_db: float) -> list[Sample]:
    """Return every recording of the nearest pitch and of its nearest velocity layer: the round robins, at least one."""

    def distance(sample: Sample) -> tuple[float, float]:
        return abs(round(sample.midi) - midi), abs(sample.gain_db - gain_db)

    least = min(map(distance, samples))
    return [sample for sample in samples if distance(sample) == least]
