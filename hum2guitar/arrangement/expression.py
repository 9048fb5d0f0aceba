"""What the F0 of a note does beside its pitch: bends and vibrato."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hum2guitar.note import Note, hz_to_midi

EDGES_S = 0.04  # the start and the end of a note do not count: the voice comes from one pitch and goes to another
BEND_SEMITONES, BEND_S = 0.6, 0.08  # a bend is farther than this from the pitch of its note, for at least this long
VIBRATO_HZ = (4.0, 8.0)  # rates of a singer's vibrato (Prame, JASA 1994)
VIBRATO_SEMITONES, VIBRATO_S = 0.2, 0.35  # the depth from the mean, and the shortest note that can have it


def deviation(note: Note, f0_hz: np.ndarray, frame_s: float, edges_s: float = EDGES_S) -> np.ndarray:
    """Measure how far the F0 of a note lies from its pitch.

    Parameters
    ----------
    note : at the pitch of ``f0_hz``
    f0_hz : (N,) — Hz, NaN where unvoiced
    frame_s : s, from one frame to the next
    edges_s : s, left out at both ends of the note

    Returns
    -------
    semitones : (K,) — the voiced frames within the note
    """
    first = int(np.ceil((note.onset_s + edges_s) / frame_s))
    inside = f0_hz[first : int((note.offset_s - edges_s) / frame_s) + 1]
    return hz_to_midi(inside[np.isfinite(inside)]) - note.midi


def find_bends(notes: Sequence[Note], f0_hz: np.ndarray, frame_s: float) -> np.ndarray:
    """Tell which notes are bent: (K,) bool. Such a note must be fretted. Parameters are those of ``deviation``."""
    away = [np.abs(deviation(note, f0_hz, frame_s)) > BEND_SEMITONES for note in notes]
    return np.array([frames.sum() * frame_s >= BEND_S for frames in away], dtype=bool)


def find_vibrato(notes: Sequence[Note], f0_hz: np.ndarray, frame_s: float) -> np.ndarray:
    """Tell which notes have vibrato: (K,) bool. Parameters are those of ``deviation``.

    A note has vibrato if the strongest frequency of its deviation lies in ``VIBRATO_HZ`` and is deep enough.
    """
    return np.array([_has_vibrato(deviation(note, f0_hz, frame_s), frame_s) for note in notes], dtype=bool)


def _has_vibrato(semitones: np.ndarray, frame_s: float) -> bool:
    if len(semitones) * frame_s < VIBRATO_S - 2 * EDGES_S:
        return False
    times = np.arange(len(semitones))
    straight = np.polyval(np.polyfit(times, semitones, 2), times)  # a bend or a drift is not vibrato
    window = np.hanning(len(semitones) + 2)[1:-1]
    depth = 2 * np.abs(np.fft.rfft((semitones - straight) * window, 4 * len(semitones))) / window.sum()
    hz = np.fft.rfftfreq(4 * len(semitones), frame_s)
    strongest = int(depth.argmax())
    return bool(VIBRATO_HZ[0] <= hz[strongest] <= VIBRATO_HZ[1] and depth[strongest] >= VIBRATO_SEMITONES)
