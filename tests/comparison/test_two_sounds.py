from __future__ import annotations

import json

import numpy as np
import pytest
from melody import SR, plucked_melody
from sounds import noise

from hum2guitar import AudioError, Config
from hum2guitar.analysis import audio
from hum2guitar.comparison import compare_sounds


def test_a_quiet_copy_that_begins_later_is_found_to_be_the_same(tiny: Config) -> None:
    sound = plucked_melody()
    late = np.r_[np.zeros(SR // 2, dtype=np.float32), 0.05 * sound]
    found = compare_sounds((sound, SR), (late, SR), tiny)
    numbers = found.numbers()
    json.dumps(numbers, allow_nan=False)
    assert numbers["offset_s"] == pytest.approx(0.5, abs=0.001)
    assert numbers["mel_l1_db"] < 0.5
    assert numbers["delta_mel_correlation"] > 0.99
    assert numbers["warnings"] == []
    first, second = found.sounds().values()
    assert len(first) == len(second)
    assert audio.loudness(first, tiny.sample_rate) == pytest.approx(audio.loudness(second, tiny.sample_rate), abs=0.1)


def test_files_of_different_rates_and_channels_are_compared(tiny: Config) -> None:
    sound = plucked_melody()
    stereo = np.stack([audio.resample(sound, SR, 48000)] * 2, axis=1)
    found = compare_sounds((sound, SR), (stereo, 48000), tiny)
    assert found.numbers()["mel_l1_db"] < 0.5
    assert [panel.name for panel in found.panels()] == ["first", "second", "second"]


def test_two_sounds_that_have_nothing_in_common_are_compared_from_their_beginnings_with_a_warning(
    tiny: Config, rng: np.random.Generator
) -> None:
    found = compare_sounds((plucked_melody(), SR), (noise(SR, rng), SR), tiny)
    numbers = found.numbers()
    assert numbers["offset_s"] == 0
    assert len(numbers["warnings"]) == 1
    assert numbers["mel_l1_db"] > 10
    assert len(found.sounds()["first"]) == tiny.sample_rate


def test_a_sound_that_is_silent_gets_a_sentence(tiny: Config) -> None:
    with pytest.raises(AudioError, match="is silent"):
        compare_sounds((plucked_melody(), SR), (np.zeros(SR, dtype=np.float32), SR), tiny)
