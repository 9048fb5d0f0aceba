"""Guitars from folders of note samples: reading, checking and levelling each sample."""

from __future__ import annotations

import csv
import logging
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hum2guitar.analysis import audio
from hum2guitar.analysis.f0 import condition
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import Config
from hum2guitar.errors import AudioError, CorpusError
from hum2guitar.note import hz_to_midi
from train.synth.guitar import ATTACK_LEVEL_DB, ONE_LAYER_DB, RENDER_RATE, Guitar, Sample

log = logging.getLogger(__name__)

PITCH_TOLERANCE_CENTS = 60.0
FILE_NAME = re.compile(r"(?P<key>\d+)(_v(?P<layer>\d+)_r\d+)?")


@dataclass(frozen=True)
class Recorded:
    """A sample as a folder has it.

    key : int — MIDI number in its name
    layer : str — number of its velocity layer, empty where the guitar has one layer
    peak_db : float — dB re full scale, the peak of the recording
    sample : its ``gain_db`` is not known yet
    """

    key: int
    layer: str
    peak_db: float
    sample: Sample


def load_guitars(folder: Path) -> list[Guitar]:
    """Read every subfolder of note samples that are named by MIDI number (045.flac).

    A guitar with velocity layers and round robins names them too: ``045_v2_r3.flac`` is the third recording of the
    note in layer 2. How hard a layer was plucked is measured (``layer_gains``), so the layers need no order.
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
        recorded = [found for path in sorted(subfolder.iterdir()) if (found := load_sample(path))]
        gains_db = layer_gains(recorded)
        samples = [replace(found.sample, gain_db=gains_db[found.layer]) for found in recorded]
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


def load_sample(path: Path) -> Recorded | None:
    """Read one sample file with a name as in ``load_guitars``; None for any other file, and for a sample left out."""
    name = FILE_NAME.fullmatch(path.stem)
    if name is None:
        return None
    try:
        waveform, sample_rate = audio.load(path)
    except AudioError as error:
        log.warning("left out %s: %s", path, error)
        return None
    key = int(name["key"])
    sample = make_sample(waveform, sample_rate, key, str(path))
    if sample is None:
        return None
    return Recorded(key, name["layer"] or "", 20 * float(np.log10(np.abs(waveform).max())), sample)


def layer_gains(recorded: list[Recorded]) -> dict[str, float]:
    """Measure how hard each velocity layer of a guitar was plucked.

    A harder pluck moves the string further before it lets go, so it shows in the peak of the recording; a level over
    300 ms hides it, because a hard pluck has more treble, which decays first. For the four layers of the archtop the
    peaks are -13.6, -7.3, -3.5 and 0 dB, in this order at each of its 17 pitches; the levels are -7.2, -2.9, -1.5
    and 0 dB, and at 3 pitches not in order. The median over pitches is taken, since single notes differ by 5 dB.

    Returns
    -------
    gains_db : layer → dB, 0 for the hardest; ``ONE_LAYER_DB`` for the layer of a guitar that has no other
    """
    peaks_db: defaultdict[str, defaultdict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for found in recorded:
        peaks_db[found.layer][found.key].append(found.peak_db)
    if len(peaks_db) == 1:
        return dict.fromkeys(peaks_db, ONE_LAYER_DB)
    medians = {layer: float(np.median([np.mean(p) for p in keys.values()])) for layer, keys in peaks_db.items()}
    return {layer: median - max(medians.values()) for layer, median in medians.items()}


def make_sample(
    waveform: np.ndarray, sample_rate: int, key: int, name: str, gain_db: float = ONE_LAYER_DB
) -> Sample | None:
    """Make a sample of a recorded note: resampled, cut to its attack, with its pitch measured, and levelled.

    Parameters
    ----------
    waveform : (T,) or (T, channels) — the recording at ``sample_rate`` Hz
    key : int — MIDI number that the note is said to have
    name : str — what the log calls the recording
    gain_db : float — how hard the note was plucked, 0 for the hardest

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
    config = Config()
    head = audio.prepare(waveform[: 2 * RENDER_RATE], RENDER_RATE, config.sample_rate, ATTACK_LEVEL_DB)
    _, f0_hz, confidence = load_tracker("swift").detect(
        condition(head, config), config.sample_rate, config.f0_min_hz, config.f0_max_hz
    )
    return float(np.median(hz_to_midi(f0_hz[confidence > 0.5]))) if (confidence > 0.5).any() else float("nan")
