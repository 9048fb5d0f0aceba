from __future__ import annotations

import numpy as np
import pytest
from sounds import noise

from hum2guitar.metrics import SAMPLE_RATE
from train.evaluate.multi_resolution import multi_resolution_stft


def test_half_the_level_is_a_convergence_of_a_half_and_log_magnitudes_ln_2_apart() -> None:
    sound = noise(2 * SAMPLE_RATE, np.random.default_rng(0))
    assert float(multi_resolution_stft(sound, sound)) == 0
    assert float(multi_resolution_stft(sound, 0.5 * sound)) == pytest.approx(0.5 + np.log(2), abs=0.01)
