"""What a corpus holds, as text: hours, guitars and their licences, minutes at each pitch."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from hum2guitar.config import Config
from hum2guitar.note import NAMES, hz_to_midi
from train.corpus.store import INVERSION_SPLITS, SPLITS, TakeInfo, describe_left_out, read_header, read_index, read_take

SEGMENT_S = 5  # about what one training example takes


def describe(folder: Path) -> str:
    """Return hours per split, what was left out, guitars and licences, and minutes at each pitch.

    Raises
    ------
    CorpusError
        The folder holds no finished corpus, or one of another format, or a damaged take.
    """
    takes, header = read_index(folder), read_header(folder)
    lines = [f"made by: {header['command']}", *_splits(takes)]
    left_out = describe_left_out(header.get("left_out", {}))
    if left_out:
        lines.append(left_out)
    minutes = pitch_minutes(folder, takes, Config.from_dict(header["config"]).frame_s)
    return "\n".join([*lines, "", *_guitars(takes), "", *_pitches(minutes)])


def pitch_minutes(folder: Path, takes: list[TakeInfo], frame_s: float) -> np.ndarray:
    """Return (128,): minutes of voiced frames at each MIDI number."""
    frames = np.zeros(128)
    for info in takes:
        f0_hz = read_take(folder, info, n_samples=0).f0_hz
        midi = np.rint(hz_to_midi(f0_hz[np.isfinite(f0_hz)])).astype(int)
        frames += np.bincount(midi, minlength=128)[:128]
    return frames * frame_s / 60


def _splits(takes: list[TakeInfo]) -> list[str]:
    lines = []
    splits: tuple[str, ...] = SPLITS if {take.split for take in takes} <= set(SPLITS) else INVERSION_SPLITS
    width = max(map(len, splits)) + 1
    for split in splits:
        seconds = [take.seconds for take in takes if take.split == split]
        whole = sum(int(s // SEGMENT_S) for s in seconds)
        hours = sum(seconds) / 3600
        lines.append(f"{split:{width}}{hours:7.2f} h, takes: {len(seconds)}, segments of {SEGMENT_S} s: {whole}")
    return lines


def _guitars(takes: list[TakeInfo]) -> list[str]:
    hours: defaultdict[tuple[str, str], float] = defaultdict(float)
    for take in takes:
        hours[take.guitar or "unknown", take.licence] += take.seconds / 3600
    width = max((len(guitar) for guitar, _ in hours), default=0)
    return [f"{guitar:{width}}{value:7.2f} h  {licence}" for (guitar, licence), value in sorted(hours.items())]


def _pitches(minutes: np.ndarray) -> list[str]:
    """Return one line for each octave, with one column for each semitone."""
    lines = ["minutes at" + "".join(f"{name:>6}" for name in NAMES)]
    for octave, row in enumerate(np.pad(minutes, (0, -len(minutes) % 12)).reshape(-1, 12)):
        if row.any():
            lines.append(f"octave {octave - 1:<3}" + "".join(f"{m:6.1f}" if m else "     ." for m in row))
    return lines
