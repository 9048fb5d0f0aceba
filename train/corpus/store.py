"""The on-disk form of every corpus: FLAC, one npz of curves and notes beside it, one line of JSON each.

DIR/corpus.json          format, Config, command
DIR/takes.jsonl          one line a take: name, guitar, split, seconds, licence, source
DIR/takes/NAME.flac      mono at the Config's rate, at the Config's loudness
DIR/takes/NAME.npz       f0_hz (N,), confidence (N,), energy_db (N,), notes (K, 5), heard (L, 5)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from hum2guitar import mel
from hum2guitar.config import Config
from hum2guitar.errors import CorpusError
from hum2guitar.f0 import load_tracker, track
from hum2guitar.files import replacing
from hum2guitar.notes import Note, segment

FORMAT_VERSION = 2


@dataclass(frozen=True)
class TakeInfo:
    """One line of takes.jsonl. ``split`` is "train" or "validation"; ``guitar`` None where it is not known."""

    name: str
    guitar: str | None
    split: str
    seconds: float
    licence: str
    source: str


@dataclass(frozen=True)
class Take:
    """A take in memory: waveform (T,) float32, f0_hz and energy_db (N,), the notes played, and those heard in it."""

    info: TakeInfo
    waveform: np.ndarray
    f0_hz: np.ndarray
    energy_db: np.ndarray
    notes: list[Note]
    heard: list[Note]


def write_take(folder: Path, info: TakeInfo, waveform: np.ndarray, played: list[Note] | None, config: Config) -> None:
    """Analyse a waveform (T,) at the Config's rate and loudness and write it with its curves.

    ``played`` None means that nobody knows what was played: the notes are then found as in a hum.
    """
    stored = np.clip(waveform, -1, 1 - 2**-15).astype(np.float32)
    f0_hz, confidence = track(stored, config, load_tracker("swift"))
    power = mel.power_spectrogram(torch.from_numpy(stored), config)
    heard = segment(stored, f0_hz, confidence, config)
    takes = folder / "takes"
    takes.mkdir(parents=True, exist_ok=True)
    soundfile.write(takes / f"{info.name}.flac", stored, config.sample_rate, subtype="PCM_16")
    np.savez_compressed(
        takes / f"{info.name}.npz",
        f0_hz=f0_hz,
        confidence=confidence,
        energy_db=mel.frame_energy_db(power, config).numpy(),
        notes=_to_rows(heard if played is None else played),
        heard=_to_rows(heard),
    )


def _to_rows(notes: list[Note]) -> np.ndarray:
    return np.array([[n.onset_s, n.offset_s, n.midi, n.velocity, n.plucked] for n in notes]).reshape(-1, 5)


def _from_rows(rows: np.ndarray) -> list[Note]:
    return [Note(*(float(value) for value in row[:4]), plucked=bool(row[4])) for row in rows]


def write_index(folder: Path, takes: Iterable[TakeInfo], config: Config, command: str) -> None:
    """Write takes.jsonl and corpus.json, the latter last: a corpus without it is unfinished."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "takes.jsonl").write_text("".join(json.dumps(asdict(take)) + "\n" for take in takes))
    index = {"format_version": FORMAT_VERSION, "command": command, "config": config.to_dict()}
    write_json(folder / "corpus.json", index)


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write JSON all or nothing."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(values, indent=2) + "\n")


def read_index(folder: Path) -> list[TakeInfo]:
    """The takes of a corpus. Raises CorpusError where there is none, or one of another format."""
    if not (folder / "corpus.json").is_file():
        raise CorpusError(f"{folder} holds no finished corpus; make one with python -m train corpus")
    found = json.loads((folder / "corpus.json").read_text())["format_version"]
    if found != FORMAT_VERSION:
        raise CorpusError(f"the corpus {folder} has format {found}, this version reads {FORMAT_VERSION}; make it anew")
    return [TakeInfo(**json.loads(line)) for line in (folder / "takes.jsonl").read_text().splitlines()]


def read_takes(folder: Path, split: str, config: Config) -> Iterator[Take]:
    """Every take of a split. Raises CorpusError when the corpus was analysed with another grid than the Config's."""
    made_with = json.loads((folder / "corpus.json").read_text())["config"]
    for name in ("sample_rate", "n_fft", "hop_length", "f0_min_hz", "f0_max_hz", "mel_floor_db", "loudness_db"):
        if made_with[name] != getattr(config, name):
            raise CorpusError(
                f"the corpus {folder} was made with {name} {made_with[name]}, the configuration says "
                f"{getattr(config, name)}; make the corpus anew"
            )
    for info in read_index(folder):
        if info.split != split:
            continue
        waveform, _ = soundfile.read(folder / "takes" / f"{info.name}.flac", dtype="float32")
        curves = np.load(folder / "takes" / f"{info.name}.npz", allow_pickle=False)
        notes, heard = _from_rows(curves["notes"]), _from_rows(curves["heard"])
        yield Take(info, waveform, curves["f0_hz"], curves["energy_db"], notes, heard)
