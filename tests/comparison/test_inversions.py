from __future__ import annotations

import json

import numpy as np
from melody import SR, plucked_melody
from sounds import noise

from hum2guitar import Config
from hum2guitar.comparison import compare_inversions
from hum2guitar.synthesis.inversion import fitting


def test_each_inversion_that_fits_gives_a_sound_a_difference_figures_and_its_seconds(tiny: Config) -> None:
    found = compare_inversions(plucked_melody(), SR, tiny)
    assert list(found.sounds()) == ["recording", *fitting(tiny)]
    assert [panel.name for panel in found.panels()] == ["recording", *fitting(tiny), *fitting(tiny)]
    numbers = found.numbers()
    json.dumps(numbers, allow_nan=False)
    for name in fitting(tiny):
        of_one = numbers["inversions"][name]
        assert of_one["seconds"] > 0
        assert 0 < of_one["mel_l1_db"] < 6  # the mel is the recording's own, on a coarse grid
        assert of_one["delta_mel_correlation"] > 0.7
        assert len(found.sounds()[name]) == len(found.sounds()["recording"])


def test_a_recording_without_pitch_is_inverted_too(tiny: Config, rng: np.random.Generator) -> None:
    found = compare_inversions(noise(SR, rng), SR, tiny)
    assert all(distance.mel_l1_db < 5 for distance in found.distances.values())


def test_the_progress_only_grows(tiny: Config) -> None:
    shares: list[float] = []
    compare_inversions(plucked_melody()[:SR], SR, tiny, progress=lambda share, stage: shares.append(share))
    assert shares == sorted(shares)
    assert len(shares) == 1 + len(fitting(tiny))
    assert np.all(np.array(shares) < 1)
