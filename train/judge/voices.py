"""Recorded voices for the judge. They are few, so each is also played faster and slower, like another singer."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hum2guitar.analysis import audio, f0
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import Config
from hum2guitar.errors import CorpusError
from train.corpus.instruments import Instrument
from train.synth.guitar import ATTACK_LEVEL_DB, RENDER_RATE

CONFIG = Config()


@dataclass(frozen=True)
class Voice:
    """A recording: (T,) float32 at ``RENDER_RATE``, and its F0 (N,) in Hz on the Config's frames, NaN unvoiced."""

    waveform: np.ndarray
    f0_hz: np.ndarray

    def at_speed(self, speed: float, seconds: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Play up to ``seconds`` from somewhere in the recording at another speed, like a tape.

        Returns
        -------
        waveform : (T,) float32 — at ``RENDER_RATE``
        f0_hz : (N,) float32 — Hz
        """
        n_samples = min(int(seconds * RENDER_RATE), int((len(self.waveform) - 1) / speed))
        spare = len(self.waveform) - 1 - n_samples * speed
        position = rng.uniform(0, max(spare, 0)) + speed * np.arange(n_samples)
        sound = np.interp(position, np.arange(len(self.waveform)), self.waveform).astype(np.float32)
        n_frames = CONFIG.n_frames(int(n_samples / RENDER_RATE * CONFIG.sample_rate) + 1)
        time_s = position[0] / RENDER_RATE + speed * CONFIG.frame_s * np.arange(n_frames)
        frames = np.minimum(np.round(time_s / CONFIG.frame_s).astype(int), len(self.f0_hz) - 1)
        return sound, (speed * self.f0_hz[frames]).astype(np.float32)


def read_voices(folder: Path, wanted: list[Instrument]) -> dict[str, Voice]:
    """Read the voices of the table, NAME.flac each; returns them by name.

    Raises CorpusError where a voice is missing, and where ``folder``/manifest.csv does not give it the table's licence.
    """
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise CorpusError(f"there is no {manifest}; give --voices a folder with one, of columns file and licence")
    with manifest.open(newline="") as file:
        licences = {row["file"]: row["licence"] for row in csv.DictReader(file)}
    voices = {}
    for instrument in wanted:
        name = f"{instrument.name}.flac"
        stated = licences.get(name, "none stated")
        if stated != instrument.licence or not (folder / name).is_file():
            raise CorpusError(
                f"{folder} must hold {name} under {instrument.licence} (its manifest.csv: {stated}); "
                "get that recording, or leave --voices out"
            )
        voices[instrument.name] = _read(folder / name)
    return voices


def _read(path: Path) -> Voice:
    waveform, sample_rate = audio.load(path)
    prepared = audio.prepare(waveform, sample_rate, CONFIG.sample_rate, CONFIG.loudness_db)
    f0_hz, _ = f0.track(f0.condition(prepared, CONFIG), CONFIG, load_tracker("swift"))
    return Voice(audio.prepare(waveform, sample_rate, RENDER_RATE, ATTACK_LEVEL_DB), f0_hz)
