"""How fast the strings of guitars decay, by pitch: measured on note samples, and kept in decay_curve.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from hum2guitar.analysis import audio
from hum2guitar.metrics import SAMPLE_RATE
from train.corpus.samples import load_guitars
from train.corpus.store import write_json
from train.evaluate.note_metrics import slopes
from train.synth.guitar import RENDER_RATE, Guitar

FILE = Path(__file__).with_name("decay_curve.json")
NOTE_S = 0.55  # from the onset; the median length of the sung notes whose decay the evaluation measures
SMOOTHING_SEMITONES = 2.0


def build(notes: Path, out: Path, command: str) -> dict[int, float]:
    """Measure the curve on a folder of note samples, and write it with its command.

    The slopes of each guitar (``note_metrics.slopes`` over ``NOTE_S``) are joined by lines over its range. The curve is
    the median over the guitars that have a pitch, smoothed over pitch by a Gaussian.

    Returns
    -------
    curve : MIDI → dB/s

    Raises
    ------
    CorpusError
        For a folder without usable samples.
    """
    guitars = load_guitars(notes)
    measured = {guitar.name: guitar_slopes(guitar) for guitar in guitars}
    low = min(guitar.range[0] for guitar in guitars)
    high = max(guitar.range[1] for guitar in guitars)
    midi = np.arange(low, high + 1)
    by_guitar = [np.interp(midi, *curve, left=np.nan, right=np.nan) for curve in measured.values()]
    reached = np.isfinite(by_guitar).any(axis=0)
    midi, median = midi[reached], np.nanmedian(np.array(by_guitar)[:, reached], axis=0)
    smooth = gaussian_filter1d(median, SMOOTHING_SEMITONES, mode="nearest")
    curve = {int(m): round(float(slope), 2) for m, slope in zip(midi, smooth, strict=True)}
    write_json(
        out,
        {
            "command": command,
            "guitars": {name: len(pitches) for name, (pitches, _) in measured.items()},
            "note_s": NOTE_S,
            "db_per_s": curve,
        },
    )
    return curve


def guitar_slopes(guitar: Guitar) -> tuple[np.ndarray, np.ndarray]:
    """Return MIDI (K,), rising, and dB/s (K,) of a guitar's samples."""
    found: dict[int, float] = {}
    for sample in guitar.samples:
        waveform = audio.resample(sample.waveform, RENDER_RATE, SAMPLE_RATE)
        note = np.array([[sample.attack_s, sample.attack_s + NOTE_S, sample.midi]])
        slope, _ = slopes(waveform, note)
        if len(slope):
            found[round(sample.midi)] = float(slope[0])
    pitches = np.array(sorted(found))
    return pitches, np.array([found[midi] for midi in pitches])


def read(path: Path = FILE) -> Callable[[np.ndarray], np.ndarray]:
    """Return the curve as a function, MIDI (K,) → dB/s (K,). Beyond its ends it is constant."""
    db_per_s = json.loads(path.read_text())["db_per_s"]
    pitches, slopes_db = [int(midi) for midi in db_per_s], list(db_per_s.values())
    return lambda midi: np.interp(midi, pitches, slopes_db)
