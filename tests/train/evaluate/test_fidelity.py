"""The error of an inverted mel by third of an octave: that of a filter whose gain is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.signal import butter, sosfilt
from sounds import noise

from hum2guitar import Config, mel
from train.evaluate.fidelity import errors, join, worst


def mel_of(waveform: np.ndarray, config: Config) -> np.ndarray:
    return mel.power_to_mel_db(mel.power_spectrogram(torch.from_numpy(waveform), config), config).numpy()


def test_a_sound_has_its_own_mel_and_a_louder_one_lies_above_it(default: Config, rng: np.random.Generator) -> None:
    sound = noise(4 * default.sample_rate, rng)
    given = mel_of(sound, default)
    assert set(errors(given, sound, default).by_third().values()) == {0.0}
    louder = errors(given, 2 * sound, default).by_third()
    assert list(louder.values()) == pytest.approx([6.02] * len(louder), abs=0.01)


@pytest.mark.parametrize("rate", [22050, 44100])
def test_lost_treble_is_found_in_its_thirds(default: Config, rng: np.random.Generator, rate: int) -> None:
    scale = rate // 22050
    config = replace(default, sample_rate=rate, n_fft=2048 * scale, hop_length=512 * scale)
    sound = noise(4 * rate, rng)
    dull = sosfilt(butter(2, 4000, fs=rate, output="sos"), sound).astype(np.float32)
    found = errors(mel_of(sound, config), dull, config).by_third()
    assert found["1000"] == pytest.approx(0, abs=0.5)
    assert found["4000"] == pytest.approx(-3, abs=0.7)
    centre_hz, error_db = worst(found)
    assert float(centre_hz) > 8000
    assert error_db < -10


def test_cells_50_db_down_do_not_count_and_sounds_are_joined_by_cell(default: Config) -> None:
    given = np.full((default.n_mels, 40), -40.0)
    assert "125" in errors(given, np.zeros(39 * 512, np.float32), default).by_third()
    given[200:, :] = 20.0
    found = errors(given, np.zeros(39 * 512, np.float32), default)
    assert "125" not in found.by_third()
    assert found.by_third()["8000"] == default.mel_floor_db - 20
    assert join([found, found]).by_third() == found.by_third()
