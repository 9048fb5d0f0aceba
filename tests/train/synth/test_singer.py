"""The computed singer."""

from __future__ import annotations

import numpy as np

from train.synth import singer
from train.synth.melody import Stroke


def test_a_sung_melody_has_the_pitch_of_its_strokes(rng: np.random.Generator) -> None:
    strokes = [Stroke(0.2, 1.0, 57.0, -3.0, 0.05), Stroke(1.2, 1.0, 64.0, -3.0, 0.05)]
    midi = singer.contour(strokes, 3 * singer.CONTROL_RATE, rng)
    middle = [int(t * singer.CONTROL_RATE) for t in (0.7, 1.9)]
    np.testing.assert_allclose(midi[middle], [57, 64], atol=1.2)
    assert np.isfinite(singer.sing(strokes, 3.0, rng)).all()
