"""F0 and sound → notes: what a guitarist would be told to play."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hum2guitar.analysis import note_hmm, onsets
from hum2guitar.analysis.f0 import to_frames
from hum2guitar.config import Config
from hum2guitar.note import Note, hz_to_midi, velocity_of

MIN_NOTE_S = 0.06
LEVEL_WINDOW_S = 0.03
EDGES_S = 0.08, 0.05  # of a note, at its beginning and its end: no part of its pitch


def segment(clear: np.ndarray, f0_hz: np.ndarray, confidence: np.ndarray, config: Config) -> list[Note]:
    """Split a hum into notes.

    A hidden Markov model of notes (``note_hmm``) says which there are, the level says when each is heard to begin
    (``onsets.perceived``), and ``onsets.is_slide`` whether it is plucked or slid to.

    Parameters
    ----------
    clear : (T,) float32 — as ``f0.condition`` makes it: rumble makes no note louder
    f0_hz : (N,) — Hz, NaN where unvoiced
    confidence : (N,) — 0 to 1

    Returns notes in order of onset; none where nothing is voiced. ``velocity`` is linear in dB, from 0 at
    ``VELOCITY_SPAN_DB`` under the loudest note to 1 at the loudest.
    """
    if not np.isfinite(f0_hz).any():
        return []
    rate, step_s = config.sample_rate, onsets.hop_length(config) / config.sample_rate
    flux_db = onsets.spectral_flux(clear, config)
    times_s = np.arange(len(flux_db)) * step_s
    midi, voicing = _contour(f0_hz, confidence, times_s, config)
    level_db = levels(clear, times_s, rate, LEVEL_WINDOW_S)
    spans = note_hmm.decode(midi, voicing, level_db, onsets.evidence(flux_db, level_db, midi), step_s)
    fine_s = np.arange(0, len(clear) / rate, onsets.FINE_S)
    fine_db = levels(np.diff(clear, prepend=clear[:1]), fine_s, rate, onsets.FINE_WINDOW_S)

    found: list[tuple[float, float, float]] = []
    plucked: list[bool] = []
    for start, stop in spans:
        start_s, stop_s, pitch = start * step_s, stop * step_s, stable_pitch(midi[start:stop], step_s)
        last_onset_s, last_stop_s, last_pitch = found[-1] if found else (-MIN_NOTE_S, -np.inf, pitch)
        follows = start_s - last_stop_s < step_s
        slid = follows and onsets.is_slide(midi, level_db, flux_db, start, last_pitch, pitch, step_s)
        onset_s = start_s
        if not slid:
            heard_s = onsets.perceived(fine_db, start_s, last_onset_s + MIN_NOTE_S, stop_s)
            onset_s = min(heard_s, max(start_s, stop_s - MIN_NOTE_S))  # a short note is heard before its vowel
        if stop_s - onset_s < MIN_NOTE_S:
            continue
        if last_stop_s > onset_s:
            found[-1] = (last_onset_s, onset_s, last_pitch)
        found.append((onset_s, stop_s, pitch))
        plucked.append(not slid)
    played = with_velocities(found, level_db, times_s)
    return [replace(note, plucked=struck) for note, struck in zip(played, plucked, strict=True)]


def _contour(
    f0_hz: np.ndarray, confidence: np.ndarray, times_s: np.ndarray, config: Config
) -> tuple[np.ndarray, np.ndarray]:
    """F0 (N,) Hz and its confidence → MIDI (K,), NaN where unvoiced, and confidence (K,) at times (K,) s.

    Whether a frame is voiced was decided with the F0; the confidence says how surely.
    """
    surely = np.where(np.isfinite(f0_hz), np.maximum(confidence, 0.5), np.minimum(confidence, 0.2))
    fine_hz, fine_confidence = to_frames(np.arange(len(f0_hz)) * config.frame_s, f0_hz, surely, times_s)
    return hz_to_midi(fine_hz), fine_confidence


def stable_pitch(midi: np.ndarray, step_s: float) -> float:
    """The median of a note's contour (K,), NaN where unvoiced, less its edges, where the pitch comes and goes."""
    first, last = (min(len(midi) // 4, round(edge_s / step_s)) for edge_s in EDGES_S)
    core = midi[first : len(midi) - last]
    return float(np.nanmedian(core if np.isfinite(core).any() else midi))


def with_velocities(spans: list[tuple[float, float, float]], level_db: np.ndarray, times_s: np.ndarray) -> list[Note]:
    """(onset_s, offset_s, midi) of each note, and the recording's level (K,) dB at times (K,) s → notes."""
    if not spans:
        return []
    loudness_db = np.array([_attack_level(level_db, times_s, start, end) for start, end, _ in spans])
    velocity = velocity_of(loudness_db - loudness_db.max())
    return [Note(start, end, midi, float(v)) for (start, end, midi), v in zip(spans, velocity, strict=True)]


def levels(waveform: np.ndarray, times_s: np.ndarray, sample_rate: int, window_s: float = 0.032) -> np.ndarray:
    """(K,) dB — the RMS level of the window centred on each time."""
    power = np.zeros(len(waveform) + 1)
    np.cumsum(np.square(waveform, dtype=np.float64), out=power[1:])
    half = window_s / 2
    start = np.clip(((times_s - half) * sample_rate).astype(int), 0, len(waveform))
    stop = np.clip(((times_s + half) * sample_rate).astype(int), 0, len(waveform))
    return 10 * np.log10((power[stop] - power[start]) / np.maximum(stop - start, 1) + 1e-10)


def _attack_level(level_db: np.ndarray, times_s: np.ndarray, start_s: float, end_s: float) -> float:
    """The 90th percentile of the level over the note's first 300 ms: loud, but not one frame's accident."""
    inside = level_db[(times_s >= start_s) & (times_s < min(end_s, start_s + 0.3))]
    return float(np.percentile(inside, 90)) if len(inside) else float(level_db.min())
