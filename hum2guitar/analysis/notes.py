"""F0 and sound → notes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hum2guitar.analysis import note_hmm, onsets
from hum2guitar.analysis.f0 import to_frames
from hum2guitar.config import Config
from hum2guitar.note import Note, hz_to_midi, velocity_of

MIN_NOTE_S = 0.06
LEVEL_WINDOW_S = 0.03
EDGES_S = 0.08, 0.05  # the start and the end of a note do not count for its pitch


@dataclass(frozen=True)
class Curves:
    """The curves that a hum is split by, one value every ``step_s`` seconds.

    Attributes
    ----------
    step_s : s
    times_s : (K,) — s
    midi : (K,) — fractional MIDI number, NaN where unvoiced
    voicing : (K,) — 0 to 1, confidence that the frame is voiced
    level_db : (K,) — dB, RMS level
    flux_db : (K,) — dB, from ``onsets.spectral_flux``
    fine_db : (L,) — dB every ``onsets.FINE_S``, RMS level of the differenced waveform
    """

    step_s: float
    times_s: np.ndarray
    midi: np.ndarray
    voicing: np.ndarray
    level_db: np.ndarray
    flux_db: np.ndarray
    fine_db: np.ndarray


def segment(conditioned: np.ndarray, f0_hz: np.ndarray, confidence: np.ndarray, config: Config) -> list[Note]:
    """Split a hum into notes.

    ``note_hmm.decode`` finds the notes, ``onsets.perceived_onset`` their onsets, and ``onsets.is_slide`` tells which
    of them are not plucked.

    Parameters
    ----------
    conditioned : (T,) float32 — from ``f0.condition``: without rumble, which would change the velocities
    f0_hz : (N,) — Hz, NaN where unvoiced
    confidence : (N,) — 0 to 1
    config : the settings of the checkpoint

    Returns
    -------
    notes : in order of onset; none if no frame is voiced. ``velocity`` is linear in dB: 1 for the loudest note, 0 for a
        note ``VELOCITY_SPAN_DB`` below it.
    """
    if not np.isfinite(f0_hz).any():
        return []
    curves = _measure(conditioned, f0_hz, confidence, config)
    evidence_db = onsets.evidence(curves.flux_db, curves.level_db, curves.midi)
    found: list[Note] = []
    for start, stop in note_hmm.decode(curves.midi, curves.voicing, curves.level_db, evidence_db, curves.step_s):
        note = _locate(start, stop, curves, found[-1] if found else None)
        if note.offset_s - note.onset_s < MIN_NOTE_S:
            continue
        if found and found[-1].offset_s > note.onset_s:
            found[-1] = replace(found[-1], offset_s=note.onset_s)
        found.append(note)
    return with_velocities(found, curves.level_db, curves.times_s)


def _measure(conditioned: np.ndarray, f0_hz: np.ndarray, confidence: np.ndarray, config: Config) -> Curves:
    """Measure the curves of a hum. Parameters are those of ``segment``."""
    rate, step_s = config.sample_rate, onsets.hop_length(config) / config.sample_rate
    flux_db = onsets.spectral_flux(conditioned, config)
    times_s = np.arange(len(flux_db)) * step_s
    # voicing was decided with the F0; the confidence only says how certain it is
    certain = np.where(np.isfinite(f0_hz), np.maximum(confidence, 0.5), np.minimum(confidence, 0.2))
    hz, voicing = to_frames(np.arange(len(f0_hz)) * config.frame_s, f0_hz, certain, times_s)
    fine_s = np.arange(0, len(conditioned) / rate, onsets.FINE_S)
    differenced = np.diff(conditioned, prepend=conditioned[:1])
    return Curves(
        step_s=step_s,
        times_s=times_s,
        midi=hz_to_midi(hz),
        voicing=voicing,
        level_db=levels(conditioned, times_s, rate, LEVEL_WINDOW_S),
        flux_db=flux_db,
        fine_db=levels(differenced, fine_s, rate, onsets.FINE_WINDOW_S),
    )


def _locate(start: int, stop: int, curves: Curves, previous: Note | None) -> Note:
    """Find onset, offset and pitch of the note in the frames from ``start`` to ``stop``; its velocity is 0."""
    step_s = curves.step_s
    start_s, stop_s, pitch = start * step_s, stop * step_s, stable_pitch(curves.midi[start:stop], step_s)
    earliest_s = 0.0
    if previous is not None:
        earliest_s = previous.onset_s + MIN_NOTE_S
        if start_s - previous.offset_s < step_s and onsets.is_slide(
            curves.midi, curves.level_db, curves.flux_db, start, previous.midi, pitch, step_s
        ):
            return Note(start_s, stop_s, pitch, 0.0, plucked=False)
    perceived_s = onsets.perceived_onset(curves.fine_db, start_s, earliest_s, stop_s)
    onset_s = min(perceived_s, max(start_s, stop_s - MIN_NOTE_S))  # a late vowel must not make the note too short
    return Note(onset_s, stop_s, pitch, 0.0)


def stable_pitch(midi: np.ndarray, step_s: float) -> float:
    """Find the pitch of a note: the median of its contour without the start and the end.

    Parameters
    ----------
    midi : (K,) — fractional MIDI number, NaN where unvoiced
    step_s : s, from one frame to the next
    """
    first, last = (min(len(midi) // 4, round(edge_s / step_s)) for edge_s in EDGES_S)
    core = midi[first : len(midi) - last]
    return float(np.nanmedian(core if np.isfinite(core).any() else midi))


def with_velocities(notes: list[Note], level_db: np.ndarray, times_s: np.ndarray) -> list[Note]:
    """Set the velocities of notes from the level of the recording: (K,) dB at times (K,) s."""
    if not notes:
        return []
    attacks_db = np.array([_attack_level(level_db, times_s, note.onset_s, note.offset_s) for note in notes])
    velocities = velocity_of(attacks_db - attacks_db.max())
    return [replace(note, velocity=float(velocity)) for note, velocity in zip(notes, velocities, strict=True)]


def levels(waveform: np.ndarray, times_s: np.ndarray, sample_rate: int, window_s: float = 0.032) -> np.ndarray:
    """Measure the RMS level in a window around each time.

    Parameters
    ----------
    waveform : (T,) float
    times_s : (K,) — s, the centres of the windows
    sample_rate : Hz
    window_s : s

    Returns
    -------
    level_db : (K,) — dB re full scale, at least -100
    """
    power = np.zeros(len(waveform) + 1)
    np.cumsum(np.square(waveform, dtype=np.float64), out=power[1:])
    half = window_s / 2
    start = np.clip(((times_s - half) * sample_rate).astype(int), 0, len(waveform))
    stop = np.clip(((times_s + half) * sample_rate).astype(int), 0, len(waveform))
    return 10 * np.log10((power[stop] - power[start]) / np.maximum(stop - start, 1) + 1e-10)


def _attack_level(level_db: np.ndarray, times_s: np.ndarray, start_s: float, end_s: float) -> float:
    """Find the 90th percentile of the level in the first 300 ms of a note; unlike the maximum it ignores outliers."""
    inside = level_db[(times_s >= start_s) & (times_s < min(end_s, start_s + 0.3))]
    return float(np.percentile(inside, 90)) if len(inside) else float(level_db.min())
