"""The distances to a recording on sounds whose figures can be computed."""

from __future__ import annotations

import numpy as np
import pytest
from melody import SR, plucked_melody
from scipy.signal import lfilter
from sounds import noise

from hum2guitar.metrics import likeness


def test_a_recording_has_no_distance_to_itself_whatever_its_level() -> None:
    sound = plucked_melody()
    assert float(likeness.mel_l1(sound, 0.1 * sound)) == pytest.approx(0, abs=0.01)
    assert [float(m) for m in likeness.delta_mel(sound, 0.1 * sound)] == pytest.approx([1, 1], abs=0.01)
    assert float(likeness.mel_cepstral_distortion(sound, 0.1 * sound)) == pytest.approx(0, abs=0.01)
    assert float(likeness.logmag(sound, sound)) == 0
    assert float(likeness.log_spectral_distance(sound, sound)) == 0


def test_the_distances_that_keep_levels_see_a_change_of_level() -> None:
    sound = noise(2 * SR, np.random.default_rng(0))
    assert float(likeness.logmag(sound, 0.5 * sound)) == pytest.approx(6.02, abs=0.05)
    assert float(likeness.log_spectral_distance(sound, 0.5 * sound)) == pytest.approx(6.02, abs=0.05)


def test_mel_cepstral_distortion_is_the_rms_in_db_of_a_tilted_mel() -> None:
    sound = noise(4 * SR, np.random.default_rng(0))
    tilted = lfilter([1, -0.5], [1], sound).astype(np.float32)
    a, b, _ = likeness.aligned_mels(sound, tilted)
    tilt_db = (b - a).mean(axis=1)  # what the filter does, the noise averaged out
    expected = tilt_db.std()
    assert float(likeness.mel_cepstral_distortion(sound, tilted)) == pytest.approx(expected, rel=0.1)


def test_noise_changes_but_not_with_the_music() -> None:
    ratio, correlation = likeness.delta_mel(plucked_melody(), noise(int(2.8 * SR), np.random.default_rng(0)))
    assert abs(float(correlation)) < 0.15
    assert float(ratio) > 0.3


def test_delta_mel_is_the_ratio_and_the_correlation_of_the_changes_from_frame_to_frame() -> None:
    rng = np.random.default_rng(0)
    a, b = plucked_melody(), plucked_melody() + 0.05 * noise(int(2.8 * SR), rng)
    mel_a, mel_b, on = likeness.aligned_mels(a, b)
    change_a, change_b = np.diff(mel_a, axis=1)[on[:, 1:]], np.diff(mel_b, axis=1)[on[:, 1:]]
    ratio, correlation = likeness.delta_mel(a, b)
    assert float(ratio) == pytest.approx(np.abs(change_b).mean() / np.abs(change_a).mean(), rel=1e-5)
    assert float(correlation) == pytest.approx(np.corrcoef(change_a, change_b)[0, 1], rel=1e-5)


def test_a_shift_by_one_hop_costs_decibels() -> None:
    sound = plucked_melody()
    assert float(likeness.mel_l1(sound, np.roll(sound, 512))) > 1
