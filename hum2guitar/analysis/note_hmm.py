"""Contour → spans of one pitch each: a hidden Markov model of notes, decoded exactly.

The states are silence and one for each pitch of a fine grid; a note is a stay in one of them (Ryynänen and Klapuri,
"Modelling of note events for singing transcription", SAPA 2004; Mauch et al., "Computer-aided melody note
transcription using the Tony software", TENOR 2015). A frame costs what is improbable about it: in a note, a contour
off its pitch (Laplacian, and cut off: a glide or a scoop is soon paid for, and vibrato comes back), a tracker that
doubts the voicing, and a level under what lies before *and* after, which is how one pitch is sung twice. Beginning a
note costs much where nothing says that one begins and little where spectrum, level and pitch do, and there going on
costs instead: transitions with an input (Bengio and Frasconi, "Input-output HMMs", 1995).

An attack state before each pitch, as both papers have, measured no better for two more numbers (onset F1 on the
recordings tuned on 0.946 with it, 0.943 without). Over an exact segmentation at a fixed cost a note
(``swift_f0.segment_notes``), with onsets moved to the steepest rise of the level, onset F1 rose there from 0.846 to
0.935, and on the sung recordings kept apart as ``python -m train evaluate`` says.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter1d

PITCH_STEP = 0.25  # semitones between two pitches of the grid
FURTHEST = 3.0  # semitones; a pitch further off is as improbable as one that far: a slip, not a note between
DIP_FREE_DB = 2.0  # by which level may dip within a note at no cost
DIP_REACH_S = 0.09  # on both sides of a dip, where it is looked for how loud the note is

# negative log-probabilities up to a common factor; train/evaluate/note_eval.py says on what they were tuned
NOTE_COST = 9.8  # of a beginning without evidence
EVIDENCE_GAIN = 2.65  # by which each dB of evidence makes it cheaper; once it is free, going on costs instead
LARGEST_COST = 7.2  # of going on
OFF_PITCH_COST = 38.8  # of a second a semitone off the note's pitch
UNVOICED_COST = 46.0  # of a second in a note at each unit of log-odds against voicing
DIP_COST = 44.0  # of a second in a note at each dB of a dip

Span = tuple[int, int]


def decode(
    midi: np.ndarray, confidence: np.ndarray, level_db: np.ndarray, evidence_db: np.ndarray, step_s: float
) -> list[Span]:
    """The most probable notes, as (first frame, frame after the last) in order.

    Viterbi's algorithm (exact): O(N · P) time for N frames and P pitches, O(N + P) memory.

    Parameters
    ----------
    midi : (N,) — fractional MIDI number, NaN where unvoiced
    confidence : (N,) — of voicing, 0 to 1
    level_db : (N,) — dB re anything
    evidence_db : (N,) — that something begins (``onsets.evidence``)
    step_s : seconds from one frame to the next
    """
    voiced = np.isfinite(midi)
    if not voiced.any():
        return []
    grid = np.arange(midi[voiced].min(), midi[voiced].max() + PITCH_STEP, PITCH_STEP)
    weight = np.where(voiced, confidence, 0.0)
    odds = np.clip(weight, 0.01, 0.99)
    anywhere = step_s * (DIP_COST * dips(level_db, step_s) - UNVOICED_COST * np.log(odds / (1 - odds)))
    against = NOTE_COST - EVIDENCE_GAIN * evidence_db  # log-odds against a beginning
    return _viterbi(np.nan_to_num(midi), step_s * weight, anywhere, against, grid)


def dips(level_db: np.ndarray, step_s: float) -> np.ndarray:
    """(N,) dB by which a frame is softer than the loudest both before and after it within ``DIP_REACH_S``."""
    width = round(DIP_REACH_S / step_s) + 1
    before = maximum_filter1d(level_db, width, origin=(width - 1) // 2)
    after = maximum_filter1d(level_db, width, origin=-(width // 2))
    return np.maximum(0.0, np.minimum(before, after) - level_db - DIP_FREE_DB)


def _viterbi(
    midi: np.ndarray, weight: np.ndarray, anywhere: np.ndarray, against: np.ndarray, grid: np.ndarray
) -> list[Span]:
    """``decode`` on costs: ``anywhere`` of a frame in a note, ``against`` beginning one, ``weight`` of its pitch."""
    begin, go_on = np.maximum(against, 0.0), np.minimum(np.maximum(-against, 0.0), LARGEST_COST)
    n_frames = len(midi)
    in_note, started = np.full(len(grid), np.inf), np.zeros(len(grid), dtype=np.int64)
    note_start = np.full(n_frames + 1, -1)  # of the note that ends with the frame before; -1: silence
    silent = 0.0  # the cost of the best path that is in no note
    for frame in range(n_frames):
        in_note += go_on[frame]
        begins = silent + begin[frame] < in_note
        in_note[begins] = silent + begin[frame]
        started[begins] = frame
        off = np.minimum(np.abs(grid - midi[frame]), FURTHEST)
        in_note += OFF_PITCH_COST * weight[frame] * off + anywhere[frame]
        best = int(in_note.argmin())
        if in_note[best] < silent:
            silent = float(in_note[best])
            note_start[frame + 1] = started[best]
    spans: list[Span] = []
    frame = n_frames
    while frame > 0:
        start = int(note_start[frame])
        if start >= 0:
            spans.append((start, frame))
        frame = start if start >= 0 else frame - 1
    return spans[::-1]
