"""F0 and energy → notes: what a guitarist would be told to play."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .config import Config
from .f0 import to_frames

VELOCITY_SPAN_DB = 24.0  # a note this far under the loudest has velocity 0
MIN_NOTE_S = 0.06
NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


@dataclass(frozen=True)
class Note:
    """One note: when it sounds, its pitch as a fractional MIDI number, and how loud it is, 0 to 1.

    ``plucked`` is false for a note that the left hand reaches (a hammer-on): no string is struck at its onset.
    """

    onset_s: float
    offset_s: float
    midi: float
    velocity: float
    plucked: bool = True

    @property
    def name(self) -> str:
        """The nearest note's name, such as A3 or F♯4."""
        return note_name(self.midi)


def note_name(midi: float) -> str:
    """MIDI number → the name of the nearest equal-tempered note (69 is A4)."""
    nearest = round(midi)
    return f"{NAMES[nearest % 12]}{nearest // 12 - 1}"


def hz_to_midi(hz: np.ndarray | float) -> np.ndarray:
    """Hz → fractional MIDI number, A4 = 440 Hz = 69."""
    return 69 + 12 * np.log2(np.asarray(hz, dtype=np.float64) / 440)


def segment(waveform: np.ndarray, f0_hz: np.ndarray, confidence: np.ndarray, config: Config) -> list[Note]:
    """Split a hum into notes by swift-f0's ``segment_notes`` (an exact minimum-cost segmentation of the contour).

    Parameters
    ----------
    waveform : (T,) float32 — at the Config's loudness
    f0_hz : (N,) — Hz, NaN where unvoiced
    confidence : (N,) — 0 to 1

    Returns notes in order of onset; none where nothing is voiced. ``velocity`` is linear in dB from ``VELOCITY_SPAN_DB``
    under the loudest note (0) to the loudest (1).
    """
    from swift_f0 import PitchResult, segment_notes
    from swift_f0.core import FRAME_PERIOD

    if not np.isfinite(f0_hz).any():
        return []
    # the segmentation is tied to swift-f0's own 16 ms grid, whatever tracker made the contour
    times_s = np.arange(max(1, int(len(waveform) / config.sample_rate / FRAME_PERIOD))) * FRAME_PERIOD
    frames_s = np.arange(len(f0_hz)) * config.frame_s
    voiced_confidence = np.where(np.isfinite(f0_hz), np.maximum(confidence, 0.5), np.minimum(confidence, 0.2))
    f0_fine, confidence_fine = to_frames(frames_s, f0_hz, voiced_confidence, times_s)
    level_db = levels(waveform, times_s, config.sample_rate)
    found = segment_notes(PitchResult(times_s, np.nan_to_num(f0_fine), confidence_fine, level_db))

    spans = [(note.start, note.end, float(hz_to_midi(note.pitch_hz))) for note in found if note.end - note.start >= MIN_NOTE_S]
    if not spans:
        return []
    loudness_db = np.array([_attack_level(level_db, times_s, start, end) for start, end, _ in spans])
    velocity = velocity_of(loudness_db - loudness_db.max())
    return [Note(start, end, midi, float(v)) for (start, end, midi), v in zip(spans, velocity, strict=True)]


def velocity_of(level_db: np.ndarray | float) -> np.ndarray:
    """Level in dB re the loudest note → velocity, linear from 0 at ``-VELOCITY_SPAN_DB`` to 1."""
    return np.clip(1 + np.asarray(level_db) / VELOCITY_SPAN_DB, 0, 1)


def levels(waveform: np.ndarray, times_s: np.ndarray, sample_rate: int, window_s: float = 0.032) -> np.ndarray:
    """(K,) dB — the RMS level of the window centred on each time."""
    power = np.concatenate([[0.0], np.cumsum(waveform.astype(np.float64) ** 2)])
    half = window_s / 2
    start = np.clip(((times_s - half) * sample_rate).astype(int), 0, len(waveform))
    stop = np.clip(((times_s + half) * sample_rate).astype(int), 0, len(waveform))
    return 10 * np.log10((power[stop] - power[start]) / np.maximum(stop - start, 1) + 1e-10)


def _attack_level(level_db: np.ndarray, times_s: np.ndarray, start_s: float, end_s: float) -> float:
    """The 90th percentile of the level over the note's first 300 ms: loud, but not one frame's accident."""
    inside = level_db[(times_s >= start_s) & (times_s < min(end_s, start_s + 0.3))]
    return float(np.percentile(inside, 90)) if len(inside) else float(level_db.min())
