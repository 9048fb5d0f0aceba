"""Makes a guitar: the note samples of a computed string, one file a note: python -m docs.examples.guitar FOLDER."""

import sys
from pathlib import Path

import numpy as np
import soundfile

RATE, SECONDS = 44100, 4


def pluck(midi: int) -> np.ndarray:
    """A string of Karplus and Strong (1983): noise in a delay line that averages its neighbours; (T,) float32."""
    period = round(RATE / (440 * 2 ** ((midi - 69) / 12)) - 0.5)
    line = np.random.default_rng(midi).uniform(-0.3, 0.3, period)
    sound = []
    for _ in range(SECONDS * RATE // period):
        sound.append(line)
        line = 0.498 * (line + np.roll(line, 1))
    return np.concatenate(sound).astype(np.float32)


folder = Path(sys.argv[1]) / "steel_computed"
folder.mkdir(parents=True, exist_ok=True)
for midi in range(40, 82, 3):  # E2 to G♯5
    soundfile.write(folder / f"{midi:03d}.flac", pluck(midi), RATE)
(folder.parent / "manifest.csv").write_text("pack,licence,source\nsteel_computed,CC0 1.0,docs/examples/guitar.py\n")
