"""One tune plucked and sung, and the instruments of the table, for the tests of the judge."""

from __future__ import annotations

import numpy as np
from note_samples import pluck
from sounds import sung

from train.corpus.instruments import INSTRUMENTS, Instrument

RATE = 22050
TUNE = [57, 60, 62, 64, 62, 60]


def plucked_tune() -> np.ndarray:
    sound = np.zeros(4 * RATE, dtype=np.float32)
    for n, midi in enumerate(TUNE):
        string = pluck(midi, 1.0, RATE)
        first = int(0.6 * n * RATE)
        sound[first : first + len(string)] += string[: len(sound) - first]
    return sound


def sung_tune() -> np.ndarray:
    return sung([(0.6 * n, 0.6 * n + 0.58, midi) for n, midi in enumerate(TUNE)], RATE, 4.0)


def instrument(name: str) -> Instrument:
    return next(i for i in INSTRUMENTS if i.name == name)
