"""Pitch contour → notes: a hidden Markov model, decoded by Viterbi's algorithm.

The model has one state for silence and one for each pitch of a fine grid. A note is a stay in one pitch state
(Ryynänen and Klapuri, "Modelling of note events for singing transcription", SAPA 2004; Mauch et al., "Computer-aided
melody note transcription using the Tony software", TENOR 2015). The cost of a path is its negative log-probability:

- Pitch: each frame of a note costs in proportion to the distance between contour and note, up to a limit. The limit
  keeps glides cheap.
- Voicing: each frame of a note costs more, the less the tracker is confident that it is voiced.
- Dips: each frame of a note costs more if its level is lower than the levels before and after it. A dip separates two
  notes of the same pitch.
- Onsets: the start of a note costs less, the stronger the evidence of an onset is. With strong evidence the start is
  free and staying in a note costs instead. The transition probabilities so depend on an input (Bengio and Frasconi,
  "Input-output HMMs", 1995).

Both papers have an attack state before each pitch. It is left out: onset F1 on the tuning recordings was 0.946 with it
and 0.943 without, and it needs two more parameters. The method used before was ``swift_f0.segment_notes`` with onsets
moved to the steepest rise of the level. On the tuning recordings, this model raised onset F1 from 0.846 to 0.935.
``python -m train evaluate`` measures it on sung recordings that were not used for tuning.
"""

from __future__ import annotations

import numpy as np
import scipy

PITCH_STEP = 0.25  # semitones between two pitches of the grid
MAX_DISTANCE = 3.0  # semitones; a larger distance from the pitch of a note costs no more
DIP_FREE_DB = 2.0  # a dip within a note costs nothing up to this depth
DIP_REACH_S = 0.09  # the level around a dip is measured within this distance before and after it

# negative log-probabilities up to a common factor; train/evaluate/note_eval.py names the recordings they were tuned on
NOTE_COST = 9.8  # for the start of a note without evidence
EVIDENCE_GAIN = 2.65  # subtracted from the cost of a start for each dB of evidence
MAX_STAY_COST = 7.2  # for staying in a note where the evidence makes a start free
OFF_PITCH_COST = 38.8  # for each second and semitone off the pitch of the note
UNVOICED_COST = 46.0  # for each second in a note and unit of log-odds against voicing
DIP_COST = 44.0  # for each second in a note and dB of a dip

Span = tuple[int, int]


def decode(
    midi: np.ndarray, confidence: np.ndarray, level_db: np.ndarray, evidence_db: np.ndarray, step_s: float
) -> list[Span]:
    """Find the most probable notes.

    Viterbi's algorithm takes O(N · P) time and O(N + P) memory for N frames and P pitches.

    Parameters
    ----------
    midi : (N,) — fractional MIDI number, NaN where unvoiced
    confidence : (N,) — 0 to 1, that the frame is voiced
    level_db : (N,) — dB re any reference
    evidence_db : (N,) — dB, evidence of an onset (``onsets.evidence``)
    step_s : s, from one frame to the next

    Returns
    -------
    spans : (first frame, frame after the last) of each note, in order
    """
    voiced = np.isfinite(midi)
    if not voiced.any():
        return []
    grid = np.arange(midi[voiced].min(), midi[voiced].max() + PITCH_STEP, PITCH_STEP)
    weight = np.where(voiced, confidence, 0.0)
    voicing = np.clip(weight, 0.01, 0.99)
    frame_cost = step_s * (DIP_COST * dips(level_db, step_s) - UNVOICED_COST * np.log(voicing / (1 - voicing)))
    onset_cost = NOTE_COST - EVIDENCE_GAIN * evidence_db
    return viterbi(np.nan_to_num(midi), step_s * weight, frame_cost, onset_cost, grid)


def dips(level_db: np.ndarray, step_s: float) -> np.ndarray:
    """Measure how far the level of each frame lies below the levels around it.

    The reference is the smaller of two maxima: one over ``DIP_REACH_S`` before the frame and one over as much after it.

    Parameters
    ----------
    level_db : (N,) — dB re any reference
    step_s : s, from one frame to the next

    Returns
    -------
    dips_db : (N,) — dB beyond ``DIP_FREE_DB``, 0 where there is no dip
    """
    width = round(DIP_REACH_S / step_s) + 1
    before = scipy.ndimage.maximum_filter1d(level_db, width, origin=(width - 1) // 2)
    after = scipy.ndimage.maximum_filter1d(level_db, width, origin=-(width // 2))
    return np.maximum(0.0, np.minimum(before, after) - level_db - DIP_FREE_DB)


def viterbi(
    midi: np.ndarray, weight: np.ndarray, frame_cost: np.ndarray, onset_cost: np.ndarray, grid: np.ndarray
) -> list[Span]:
    """Find the notes with the smallest total cost.

    Parameters
    ----------
    midi : (N,) — fractional MIDI number
    weight : (N,) — s, of the distance between ``midi`` and the pitch of the note
    frame_cost : (N,) — of a frame in any note
    onset_cost : (N,) — of a note that starts in the frame; a negative one is the cost of staying in a note instead
    grid : (P,) — MIDI numbers, the pitches that a note can have

    Returns
    -------
    spans : (first frame, frame after the last) of each note, in order
    """
    start_cost, stay_cost = np.maximum(onset_cost, 0.0), np.minimum(np.maximum(-onset_cost, 0.0), MAX_STAY_COST)
    n_frames = len(midi)
    in_note, started = np.full(len(grid), np.inf), np.zeros(len(grid), dtype=np.int64)
    note_start = np.full(n_frames + 1, -1)  # first frame of the note that ends before this frame; -1 for silence
    silent = 0.0  # the cost of the best path that is in no note
    for frame in range(n_frames):
        in_note += stay_cost[frame]
        starts = silent + start_cost[frame] < in_note
        in_note[starts] = silent + start_cost[frame]
        started[starts] = frame
        distance = np.minimum(np.abs(grid - midi[frame]), MAX_DISTANCE)
        in_note += OFF_PITCH_COST * weight[frame] * distance + frame_cost[frame]
        best = int(in_note.argmin())
        if in_note[best] < silent:
            silent = float(in_note[best])
            note_start[frame + 1] = started[best]
    return _trace_back(note_start)


def _trace_back(note_start: np.ndarray) -> list[Span]:
    """Follow the first frames (N + 1,) of the notes back from the last frame."""
    spans: list[Span] = []
    frame = len(note_start) - 1
    while frame > 0:
        start = int(note_start[frame])
        if start >= 0:
            spans.append((start, frame))
        frame = start if start >= 0 else frame - 1
    return spans[::-1]
