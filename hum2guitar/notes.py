"""F0 and energy → notes: what a guitarist would be told to play."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.signal import find_peaks

from .config import Config
from .f0 import condition, to_frames

VELOCITY_SPAN_DB = 24.0  # a note this far under the loudest has velocity 0
MIN_NOTE_S = 0.06
LEAPS_APART_S = 0.09  # how long after a note's onset, and before its end, it can be struck again
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


def midi_to_hz(midi: np.ndarray | float) -> np.ndarray:
    """Fractional MIDI number → Hz, the inverse of ``hz_to_midi``."""
    return 440 * 2 ** ((np.asarray(midi, dtype=np.float64) - 69) / 12)


def segment(waveform: np.ndarray, f0_hz: np.ndarray, confidence: np.ndarray, config: Config) -> list[Note]:
    """Split a hum into notes.

    swift-f0's ``segment_notes`` (an exact minimum-cost segmentation of the contour) says which; ``level_rises``
    says exactly when, and where one pitch is struck again.

    Parameters
    ----------
    waveform : (T,) float32 — at the Config's loudness
    f0_hz : (N,) — Hz, NaN where unvoiced
    confidence : (N,) — 0 to 1

    Returns notes in order of onset; none where nothing is voiced. ``velocity`` is linear in dB, from 0 at
    ``VELOCITY_SPAN_DB`` under the loudest note to 1 at the loudest.
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
    level_db = levels(condition(waveform, config), times_s, config.sample_rate)  # rumble makes no note louder
    found = segment_notes(PitchResult(times_s, np.nan_to_num(f0_fine), confidence_fine, level_db))

    rises = level_rises(waveform, config.sample_rate)
    onsets_s = refine_onsets(np.array([note.start for note in found]), *rises)
    leaps_s = level_leaps(*rises)
    ends_s = np.minimum([note.end for note in found], np.append(onsets_s[1:], np.inf))
    spans = []
    for note, onset_s, end_s in zip(found, onsets_s, ends_s, strict=True):
        inside_s = leaps_s[(leaps_s > onset_s + LEAPS_APART_S) & (leaps_s < end_s - LEAPS_APART_S)]
        cuts_s = [onset_s, *inside_s, end_s]
        spans += [(float(a), float(b), float(hz_to_midi(note.pitch_hz))) for a, b in pairwise(cuts_s)]
    spans = [span for span in spans if span[1] - span[0] >= MIN_NOTE_S]
    return with_velocities(spans, level_db, times_s)


def level_rises(waveform: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """(times_s, rise_db), each (K,): by how much the level rises over the 32 ms around each time, every 2 ms.

    Of the differenced waveform, in which a pluck or a consonant stands out of what still rings.
    """
    window_s, step_s = 0.032, 0.002
    times_s = np.arange(0, len(waveform) / sample_rate, step_s)
    level_db = levels(np.diff(waveform, prepend=waveform[:1]), times_s, sample_rate, window_s)
    half = int(window_s / step_s / 2)
    rise_db = np.zeros(len(times_s))
    rise_db[half:-half] = level_db[2 * half :] - level_db[: -2 * half]
    return times_s, rise_db


def refine_onsets(
    onsets_s: np.ndarray, times_s: np.ndarray, rise_db: np.ndarray, reach_s: float = 0.06, min_rise_db: float = 3.0
) -> np.ndarray:
    """Move each onset to the steepest rise of the level within ``reach_s``, where there is one; (K,) s → (K,) s.

    The contour says that a note begins, but only to a frame or two; the level says when. Where it rises by less
    than ``min_rise_db``, a legato step, the onset stays.
    """
    refined = onsets_s.copy()
    for i, onset_s in enumerate(onsets_s):
        near = np.flatnonzero(np.abs(times_s - onset_s) <= reach_s)
        if len(near) and rise_db[near].max() >= min_rise_db:
            refined[i] = times_s[near[rise_db[near].argmax()]]
    return refined


def level_leaps(times_s: np.ndarray, rise_db: np.ndarray, min_rise_db: float = 6.0) -> np.ndarray:
    """Where the level leaps as, within a note of one pitch, only a new pluck or syllable makes it; (K,) s."""
    peaks, _ = find_peaks(rise_db, height=min_rise_db, distance=max(1, round(0.06 / (times_s[1] - times_s[0]))))
    return times_s[peaks]


def with_velocities(spans: list[tuple[float, float, float]], level_db: np.ndarray, times_s: np.ndarray) -> list[Note]:
    """(onset_s, offset_s, midi) of each note, and the recording's level (K,) dB at times (K,) s → notes."""
    if not spans:
        return []
    loudness_db = np.array([_attack_level(level_db, times_s, start, end) for start, end, _ in spans])
    velocity = velocity_of(loudness_db - loudness_db.max())
    return [Note(start, end, midi, float(v)) for (start, end, midi), v in zip(spans, velocity, strict=True)]


def velocity_of(level_db: np.ndarray | float) -> np.ndarray:
    """Level in dB re the loudest note → velocity, linear from 0 at ``-VELOCITY_SPAN_DB`` to 1."""
    return np.clip(1 + np.asarray(level_db) / VELOCITY_SPAN_DB, 0, 1)


def level_of(velocity: float) -> float:
    """Velocity → level in dB re the loudest note, the inverse of ``velocity_of``."""
    return VELOCITY_SPAN_DB * (velocity - 1)


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
