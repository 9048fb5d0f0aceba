"""A melody of three plucked strings whose notes are known."""

from __future__ import annotations

import numpy as np
from note_samples import pluck

SR = 22050
TRUTH = np.array([[0.3, 1.0, 57.0], [1.1, 1.8, 60.0], [1.9, 2.6, 64.0]])


def plucked_melody(midis: tuple[float, ...] = (57, 60, 64)) -> np.ndarray:
    """(2.8 s,) float32 at ``SR`` — a string plucked at each onset of ``TRUTH``."""
    sound = np.zeros(int(2.8 * SR), dtype=np.float32)
    for (onset_s, offset_s, _), midi in zip(TRUTH, midis, strict=True):
        note = pluck(midi, offset_s - onset_s, SR)
        first = int((onset_s - 0.005) * SR)  # its attack is 5 ms in
        sound[first : first + len(note)] += note
    return sound
