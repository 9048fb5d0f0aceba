"""Every inversion in one table: its time against its error, on real mels and on generated ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hum2guitar import Conversion, Hum2Guitar
from hum2guitar.analysis import audio
from hum2guitar.config import Config
from hum2guitar.errors import CorpusError, UserError
from hum2guitar.synthesis.inversion import INVERSIONS
from train.evaluate import metrics, note_metrics
from train.evaluate.evaluation import JUDGE, Judge, Table, judged, read_notes, recordings, with_notes
from train.evaluate.measured import mean

REAL, GUITAR, HUM = "real mel", "generated, guitar", "generated, hum"
SECONDS = "seconds per second"
WARM_UP_FRAMES = 8


@dataclass(frozen=True)
class Comparison:
    """Figures by measure and inversion, and the same by clip."""

    figures: Table
    clips: dict[str, Table]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"figures": self.figures, "clips": self.clips}

    def to_text(self) -> str:
        """The table as a person reads it."""
        lines = [f"{'inversion':42}" + "".join(f"{name:>15}" for name in INVERSIONS)]
        lines += [
            f"{name:42}" + "".join(f"{value:15.3f}" for value in row.values()) for name, row in self.figures.items()
        ]
        return "\n".join(lines)


def compare(converter: Hum2Guitar, guitar: Path | None, hums: Path | None, judge: Judge | None = None) -> Comparison:
    """Invert the same mels in every way: of guitar recordings their own and the one generated for them (``follow``,
    transposed by 0), of hums with true notes (NAME.notes.csv beside NAME.flac) the one generated (``plucked``).

    Seconds are the wall time of an inversion over that of what it makes, on generated mels, all that is loaded or
    compiled once being there. Raises UserError, naming the recording, for one that cannot be measured.
    """
    sources = [(_of_guitar, path) for path in recordings(guitar)]
    sources += [(_of_hum, path) for path in with_notes(hums)]
    if not sources:
        raise CorpusError("there is nothing to invert; give guitar recordings, or hums with true notes, or both")
    for inversion in INVERSIONS:
        _warm_up(inversion, converter.config)
    clips: dict[str, Table] = {}
    for measure, path in sources:
        waveform, sample_rate = audio.load(path)
        table = clips.setdefault(path.name, {})
        for inversion in INVERSIONS:
            try:
                found = measure(converter, path, waveform, sample_rate, inversion, judge)
            except UserError as error:
                raise CorpusError(f"{path.name} cannot be measured: {error}") from error
            for name, value in found.items():
                table.setdefault(name, {})[inversion] = value
    names = list(dict.fromkeys(name for table in clips.values() for name in table if name != SECONDS))
    figures = {
        name: {
            inversion: mean([table[name][inversion] for table in clips.values() if name in table])
            for inversion in INVERSIONS
        }
        for name in [*names, SECONDS]
    }
    return Comparison(figures, clips)


def _of_guitar(
    converter: Hum2Guitar, path: Path, waveform: np.ndarray, sample_rate: int, inversion: str, judge: Judge | None
) -> dict[str, float]:
    config = converter.config
    reference = audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db)
    conversion = converter.convert(waveform, sample_rate, transpose=0, articulation="follow", inversion=inversion)
    real = INVERSIONS[inversion].invert(conversion.heard.mel_db, conversion.heard.f0_hz, len(reference), config)
    return {
        **{f"{REAL}: {name}": value for name, value in distances(reference, real, config).items()},
        **{f"{GUITAR}: {name}": value for name, value in distances(reference, conversion.waveform, config).items()},
        **_judged(GUITAR, conversion.waveform, judge),
        SECONDS: _seconds(conversion),
    }


def _of_hum(
    converter: Hum2Guitar, path: Path, waveform: np.ndarray, sample_rate: int, inversion: str, judge: Judge | None
) -> dict[str, float]:
    conversion = converter.convert(waveform, sample_rate, inversion=inversion)
    notes = read_notes(path.with_suffix(".notes.csv")) + np.array([0.0, 0.0, conversion.played.transpose_semitones])
    return {
        f"{HUM}: attack time (ms)": float(note_metrics.attack_time(conversion.waveform, notes)),
        f"{HUM}: attacked": float(note_metrics.attacked(conversion.waveform, notes)),
        f"{HUM}: note_accuracy": float(note_metrics.note_accuracy(conversion.waveform, notes)),
        **_judged(HUM, conversion.waveform, judge),
        SECONDS: _seconds(conversion),
    }


def distances(reference: np.ndarray, sound: np.ndarray, config: Config) -> dict[str, float]:
    """How far a sound (T,) is from a recording (T,), both at the Config's loudness."""
    aligned = audio.set_loudness(sound, config.sample_rate, config.loudness_db)
    measures: dict[str, Callable[[np.ndarray, np.ndarray], Any]] = {
        "logmag (dB)": metrics.logmag,
        "log-spectral dist. (dB)": metrics.log_spectral_distance,
        "multi-resolution STFT": metrics.multi_resolution_stft,
    }
    return {name: float(measure(reference, aligned)) for name, measure in measures.items()}


def _judged(kind: str, sound: np.ndarray, judge: Judge | None) -> dict[str, float]:
    return {} if judge is None else {f"{kind}: {JUDGE}": float(judged(sound, judge))}


def _seconds(conversion: Conversion) -> float:
    return conversion.seconds["inversion"] * conversion.sample_rate / len(conversion.waveform)


def _warm_up(inversion: str, config: Config) -> None:
    mel_db = np.zeros((config.n_mels, WARM_UP_FRAMES), dtype=np.float32)
    f0_hz = np.full(WARM_UP_FRAMES, 220.0, dtype=np.float32)
    INVERSIONS[inversion].invert(mel_db, f0_hz, (WARM_UP_FRAMES - 1) * config.hop_length, config)
