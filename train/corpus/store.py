"""How a corpus lies on disk: for each take a FLAC, an npz with its curves and notes, and one line of JSON.

DIR/corpus.json          format, Config, command, what was left out
DIR/takes.jsonl          one line for each take: name, guitar, split, seconds, licence, source, rings
DIR/takes/NAME.flac      mono at the Config's sample rate and loudness
DIR/takes/NAME.npz       f0_hz (N,), confidence (N,), energy_db (N,), onset_strength (N,),
                         notes (K, 5): as played, heard (L, 5): as the analysis finds them

A take is read when it is asked for, and of its sound only the stretch that is asked for. So a corpus may be larger than
memory. Opening a FLAC and decoding 5 s of it takes 1.0 ms, reading the curves 0.2 ms, and one core makes 400 segments a
second. A training step of the smallest preset takes longer, so larger files of many takes would gain nothing. One hour
of a corpus takes 60 MB.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from hum2guitar.analysis import audio
from hum2guitar.analysis.heard import analyse
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import Config
from hum2guitar.errors import CorpusError
from hum2guitar.files import writing
from hum2guitar.note import Note, hz_to_midi, midi_to_hz

FORMAT_VERSION = 3
MAKE_ANEW = "make the corpus anew"
F0_TOLERANCE = 1.0  # semitones
GRID = ("sample_rate", "n_fft", "hop_length", "f0_min_hz", "f0_max_hz", "mel_floor_db", "loudness_db")
SPLITS = ("train", "validation")
# Recordings whose notes nobody knows: in these splits an inversion may read them, and no generator does.
INVERSION_SPLITS = ("inversion", "inversion validation")  # to train on, and to validate with
LeftOut = dict[str, dict[str, float]]  # reason → seconds, recordings


@dataclass(frozen=True)
class TakeInfo:
    """One line of takes.jsonl. ``split`` is of ``SPLITS``, or of ``INVERSION_SPLITS`` in a corpus without notes;
    ``guitar`` is None where it is not known. ``rings`` is true where a string sounds on under the next note, which the
    label of ``plucked`` cannot say.
    """

    name: str
    guitar: str | None
    split: str
    seconds: float
    licence: str
    source: str
    rings: bool = False

    def __post_init__(self) -> None:
        if not (isinstance(self.seconds, (int, float)) and 0 < self.seconds < math.inf):
            raise ValueError(f"a take lasts {self.seconds} s")
        if not (isinstance(self.name, str) and self.name == Path(self.name).name):
            raise ValueError(f"a take is called {self.name!r}")


@dataclass(frozen=True)
class Take:
    """A take in memory. Curves and notes are those of the whole take even where the waveform is a stretch of it.

    waveform : (T,) float32
    f0_hz, energy_db, onset_strength : (N,) float32
    notes : the notes that were played
    heard : the notes that the analysis finds in the sound
    """

    info: TakeInfo
    waveform: np.ndarray
    f0_hz: np.ndarray
    energy_db: np.ndarray
    onset_strength: np.ndarray
    notes: list[Note]
    heard: list[Note]


def check_new(folder: Path) -> None:
    """Raise CorpusError where the folder holds a corpus already, or is not a folder."""
    if (folder / "takes").exists() or (folder / "corpus.json").exists():
        raise CorpusError(f"{folder} holds a corpus already; choose another folder, or remove that one first")
    if folder.exists() and not folder.is_dir():
        raise CorpusError(f"{folder} is a file; name a folder for the corpus")


def write_take(
    folder: Path,
    info: TakeInfo,
    waveform: np.ndarray,
    played: list[Note] | None,
    config: Config,
    played_midi: np.ndarray | None = None,
) -> None:
    """Analyse a waveform and write it with its curves.

    Parameters
    ----------
    folder : the corpus's folder, made where it does not exist
    waveform : (T,) float — at the Config's sample rate and loudness
    played : the notes that were played; None where nobody knows them, and those of the analysis take their place
    played_midi : (N,) — the pitch that was played, NaN where none was; None where nobody knows it. Where the tracker
        is more than a semitone away from it, because it follows another string that rings or an octave, the stored
        ``f0_hz`` is what was played. Frames without a pitch stay so.
    """
    stored = np.clip(waveform, -1, 1 - 2**-15).astype(np.float32)
    heard = analyse(stored, config, load_tracker("swift"))
    takes = folder / "takes"
    takes.mkdir(parents=True, exist_ok=True)
    audio.save(takes / f"{info.name}.flac", stored, config.sample_rate)
    with writing(takes / f"{info.name}.npz", CorpusError) as partial, partial.open("wb") as file:
        np.savez_compressed(
            file,
            f0_hz=heard.f0_hz if played_midi is None else _corrected(heard.f0_hz, played_midi),
            confidence=heard.confidence,
            energy_db=heard.energy_db,
            onset_strength=heard.onset_strength,
            notes=_to_rows(heard.notes if played is None else played),
            heard=_to_rows(heard.notes),
        )


def _corrected(f0_hz: np.ndarray, played_midi: np.ndarray) -> np.ndarray:
    wrong = np.abs(hz_to_midi(f0_hz) - played_midi) > F0_TOLERANCE  # NaN compares false
    return np.where(wrong, midi_to_hz(played_midi), f0_hz).astype(np.float32)


def _to_rows(notes: Sequence[Note]) -> np.ndarray:
    return np.array([[n.onset_s, n.offset_s, n.midi, n.velocity, n.plucked] for n in notes]).reshape(-1, 5)


def _from_rows(rows: np.ndarray) -> list[Note]:
    return [Note(onset_s, offset_s, midi, velocity, bool(p)) for onset_s, offset_s, midi, velocity, p in rows.tolist()]


def write_index(
    folder: Path, takes: Iterable[TakeInfo], config: Config, command: str, left_out: LeftOut | None = None
) -> None:
    """Write takes.jsonl, then corpus.json: a corpus without the latter is unfinished."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(take)) + "\n" for take in takes]
    with writing(folder / "takes.jsonl", CorpusError) as partial:
        partial.write_text("".join(lines))
    header = {
        "format_version": FORMAT_VERSION,
        "takes": len(lines),
        "command": command,
        "config": config.to_dict(),
        "left_out": left_out or {},
    }
    write_json(folder / "corpus.json", header)


def describe_left_out(left_out: LeftOut) -> str:
    """Return ``left out: 12.3 s noise in 2 recordings, …``; an empty string where nothing was."""
    parts = [
        f"{count['seconds']:.1f} s {reason} in {count['recordings']:.0f} recording{'s' * (count['recordings'] != 1)}"
        for reason, count in sorted(left_out.items())
    ]
    return f"left out: {', '.join(parts)}" if parts else ""


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write JSON, all or nothing; NaN, which JSON does not have, becomes null. Raises CorpusError."""
    with writing(path, CorpusError) as partial:
        partial.write_text(json.dumps(_nan_to_null(values), indent=2, allow_nan=False) + "\n")


def read_json(path: Path, advice: str) -> dict[str, Any]:
    """Read what ``write_json`` wrote. Raises CorpusError, with the advice, for a file that is damaged."""
    try:
        values = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise CorpusError(f"{path} is damaged ({error}); {advice}") from error
    if not isinstance(values, dict):
        raise CorpusError(f"{path} is damaged (it holds no names); {advice}")
    return values


def _nan_to_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _nan_to_null(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_nan_to_null(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def read_header(folder: Path) -> dict[str, Any]:
    """Read corpus.json. Raises CorpusError where there is none, or one of another format."""
    if not (folder / "corpus.json").is_file():
        raise CorpusError(f"{folder} holds no finished corpus; make one with python -m train corpus")
    header = read_json(folder / "corpus.json", MAKE_ANEW)
    found = header.get("format_version")
    if found != FORMAT_VERSION:
        raise CorpusError(f"the corpus {folder} has format {found}, this version reads {FORMAT_VERSION}; make it anew")
    if not isinstance(header.get("config"), dict):
        raise CorpusError(f"{folder / 'corpus.json'} is damaged (it has no config); {MAKE_ANEW}")
    return header


def read_index(folder: Path) -> list[TakeInfo]:
    """Read the list of a corpus's takes. Raises CorpusError as ``read_header``, and for a list that is damaged."""
    path, header = folder / "takes.jsonl", read_header(folder)
    try:
        takes = [TakeInfo(**json.loads(line)) for line in path.read_text().splitlines()]
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise CorpusError(f"{path} is damaged ({error}); {MAKE_ANEW}") from error
    if len(takes) != header.get("takes", len(takes)):  # which older versions did not count
        raise CorpusError(f"{path} lists {len(takes)} takes, the corpus has {header['takes']}; {MAKE_ANEW}")
    return takes


def read_split(folder: Path, split: str, config: Config) -> list[TakeInfo]:
    """Read the list of a split's takes. Raises CorpusError where the corpus has another grid than the Config."""
    made_with = read_header(folder)["config"]
    for name in GRID:
        if made_with.get(name) != getattr(config, name):
            raise CorpusError(
                f"the corpus {folder} was made with {name} {made_with.get(name)}, the configuration says "
                f"{getattr(config, name)}; make the corpus anew"
            )
    return [info for info in read_index(folder) if info.split == split]


def read_take(folder: Path, info: TakeInfo, first: int = 0, n_samples: int | None = None) -> Take:
    """Read a take; of its waveform ``n_samples`` from sample ``first`` on (default: to the end).

    Raises CorpusError where a file is missing or damaged.
    """
    path = folder / "takes" / info.name
    try:
        with soundfile.SoundFile(f"{path}.flac") as file:
            n_samples = file.frames - first if n_samples is None else n_samples
            file.seek(first)
            waveform = file.read(n_samples, dtype="float32")
        with np.load(f"{path}.npz", allow_pickle=False) as curves:
            stored = ("f0_hz", "energy_db", "onset_strength", "notes", "heard")
            f0_hz, energy_db, onset_strength, played, heard = (curves[name] for name in stored)
    except (OSError, EOFError, KeyError, ValueError, soundfile.LibsndfileError, zipfile.BadZipFile) as error:
        raise CorpusError(f"the take {path} is missing or damaged ({error}); make the corpus anew") from error
    if len(waveform) != n_samples:
        raise CorpusError(f"the take {path}.flac is cut short; make the corpus anew")
    return Take(info, waveform, f0_hz, energy_db, onset_strength, _from_rows(played), _from_rows(heard))
