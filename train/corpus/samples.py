"""Guitars from folders of note samples: reading, checking and levelling each sample."""

from __future__ import annotations

import csv
import logging
from pathlib import Path

import numpy as np

from hum2guitar.analysis import audio
from hum2guitar.analysis.f0 import condition
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import Config
from hum2guitar.errors import AudioError, CorpusError
from hum2guitar.note import hz_to_midi
from train.synth.guitar import ATTACK_LEVEL_DB, RENDER_RATE, Guitar, Sample

log = logging.getLogger(__name__)

PITCH_TOLERANCE_CENTS = 60.0


def load_guitars(folder: Path) -> list[Guitar]:
    """Read every subfolder of note samples that are named by MIDI number (045.flac).

    Licence and source come from ``folder``/manifest.csv (columns pack, licence, source) where there is one. A sample
    whose pitch is not what its name says is left out, and the log names it.

    Returns
    -------
    guitars : one for each subfolder with at least two usable samples

    Raises
    ------
    CorpusError
        The folder does not exist, or no subfolder is usable.
    """
    if not folder.is_dir():
        raise CorpusError(f"there is no folder {folder}; give --notes a folder with one subfolder of samples a guitar")
    licences = _read_licences(folder / "manifest.csv")
    guitars = []
    for subfolder in sorted(path for path in folder.iterdir() if path.is_dir()):
        samples = [sample for path in sorted(subfolder.iterdir()) if (sample := load_sample(path))]
        if len(samples) >= 2:
            licence, source = licences.get(subfolder.name, ("not stated", str(subfolder.name)))
            guitars.append(Guitar(subfolder.name, tuple(samples), licence, source))
    if not guitars:
        raise CorpusError(f"{folder} holds no usable note samples; name them by MIDI number, as in steel/045.flac")
    return guitars


def choose(guitars: list[Guitar], names: list[str]) -> list[Guitar]:
    """Return the guitars of those names. Raises CorpusError for a name that none of them has."""
    by_name = {guitar.name: guitar for guitar in guitars}
    for name in names:
        if name not in by_name:
            raise CorpusError(f"there is no guitar {name} here; there are {', '.join(by_name)}")
    return [by_name[name] for name in names]


def _read_licences(manifest: Path) -> dict[str, tuple[str, str]]:
    if not manifest.is_file():
        return {}
    with manifest.open(newline="") as file:
        return {row["pack"]: (row["licence"], row["source"]) for row in csv.DictReader(file)}


def load_sample(path: Path) -> Sample | None:
    """Read one sample file whose name is its MIDI number; None for any other file, and for a sample left out."""
    if not path.stem.isdigit():
        return None
    try:
        waveform, sample_rate = audio.load(path)
    except AudioError as error:
        log.warning("left out %s: %s", path, error)
        return None
    return make_sample(waveform, sample_rate, int(path.stem), str(path))


def make_sample(waveform: np.ndarray, sample_rate: int, key: int, name: str, gain_db: float = 0.0) -> Sample | None:
    """Make a sample of a recorded note: resampled, cut to its attack, with its pitch measured, and levelled.

    Parameters
    ----------
    waveform : (T,) or (T, channels) — the recording at ``sample_rate`` Hz
    key : int — MIDI number that the note is said to have
    name : str — what the log calls the recording
    gain_db : float — level at which the note was played, below the loudest velocity layer

    Returns
    -------
    sample : None, with a line in the log, for a recording that is no such note
    """
    try:
        resampled = audio.prepare(waveform, sample_rate, RENDER_RATE, ATTACK_LEVEL_DB)
    except AudioError as error:
        log.warning("left out %s: %s", name, error)
        return None
    envelope = np.convolve(np.abs(resampled), np.ones(64) / 64, mode="same")
    attack = int(np.argmax(envelope > 0.1 * envelope[:RENDER_RATE].max()))
    start = max(0, attack - int(0.005 * RENDER_RATE))
    trimmed = resampled[start:]
    midi = measure_midi(trimmed)
    cents = 100 * (midi - key)
    if not abs(cents) <= PITCH_TOLERANCE_CENTS:
        reason = "no pitch found" if np.isnan(cents) else f"its pitch is {cents:.0f} cents away"
        log.warning("left out %s as MIDI %s: %s", name, key, reason)
        return None
    level = np.sqrt((trimmed[: int(0.3 * RENDER_RATE)] ** 2).mean())
    levelled = trimmed * np.float32(10 ** (ATTACK_LEVEL_DB / 20) / level)
    return Sample(levelled, midi, (attack - start) / RENDER_RATE, gain_db)


def measure_midi(waveform: np.ndarray) -> float:
    """Return the fractional MIDI number of a note (T,) at ``RENDER_RATE``: the median F0 of its first two seconds.

    NaN where no pitch is found.
    """
    head = audio.prepare(waveform[: 2 * RENDER_RATE], RENDER_RATE, 22050, ATTACK_LEVEL_DB)
    conditioned = condition(head, Config())
    _, f0_hz, confidence = load_tracker("swift").detect(conditioned, 22050, 65.0, 2000.0)
    return float(np.median(hz_to_midi(f0_hz[confidence > 0.5]))) if (confidence > 0.5).any() else float("nan")
