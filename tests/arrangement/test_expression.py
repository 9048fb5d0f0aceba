from __future__ import annotations

import numpy as np
import pytest

from hum2guitar import Note
from hum2guitar.arrangement.expression import deviation, find_bends, find_vibrato
from hum2guitar.note import midi_to_hz

FRAME_S = 0.023
TIMES_S = np.arange(0, 1.2, FRAME_S)
NOTE = Note(0.1, 1.1, 60.0, 0.8)


def contour(semitones: np.ndarray) -> np.ndarray:
    return midi_to_hz(60 + semitones).astype(np.float32)


STEADY = contour(0 * TIMES_S)
VIBRATO = contour(0.4 * np.sin(2 * np.pi * 5.5 * TIMES_S))
BENT = contour(2 * np.clip((TIMES_S - 0.4) / 0.2, 0, 1))
DRIFT = contour(0.3 * TIMES_S)


@pytest.mark.parametrize(("f0_hz", "bent", "vibrato"), [(STEADY, False, False), (VIBRATO, False, True),
                                                        (BENT, True, False), (DRIFT, False, False)])  # fmt: skip
def test_bends_and_vibrato_are_told_apart(f0_hz: np.ndarray, bent: bool, vibrato: bool) -> None:
    assert find_bends([NOTE], f0_hz, FRAME_S).tolist() == [bent]
    assert find_vibrato([NOTE], f0_hz, FRAME_S).tolist() == [vibrato]


def test_the_deviation_of_a_bend_is_its_interval_and_unvoiced_frames_are_left_out() -> None:
    gap = np.where(TIMES_S < 0.7, np.nan, BENT)
    assert deviation(NOTE, gap, FRAME_S) == pytest.approx(2, abs=1e-4)
    assert find_bends([NOTE], np.full_like(BENT, np.nan), FRAME_S).tolist() == [False]
    assert find_vibrato([NOTE], np.full_like(BENT, np.nan), FRAME_S).tolist() == [False]
