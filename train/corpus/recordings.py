"""Recordings on disk → waveforms as a corpus stores them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hum2guitar.analysis import audio
from hum2guitar.config import Config

SUFFIXES = {".wav", ".flac", ".ogg", ".mp3", ".m4a", ".webm", ".mp4"}


def read(path: Path, config: Config) -> np.ndarray:
    """Return a recording of any length as (T,) float32 at the Config's rate and loudness. Raises AudioError."""
    waveform, sample_rate = audio.load(path, max_seconds=None)
    return audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db, max_seconds=None)
