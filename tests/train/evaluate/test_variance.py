"""The ratio of variances over time on mels whose variances are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hum2guitar import Config
from train.evaluate.variance import ratios


def a_mel(config: Config, deviation_db: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, deviation_db, (config.n_mels, 400)).clip(-20, 20)


def test_a_mel_varies_as_much_as_itself_and_half_the_swing_is_a_quarter_of_the_variance(default: Config) -> None:
    real = a_mel(default, 4)
    same, half = (ratios(real, mel_db, default) for mel_db in (real + 3, real / 2))
    assert list(same) == ["below 1 kHz", "1–5 kHz", "5–10 kHz"]
    for band in same:
        assert float(same[band]) == pytest.approx(1, abs=1e-6)
        assert float(half[band]) == pytest.approx(0.25, abs=1e-6)


def test_each_band_is_measured_by_itself(default: Config) -> None:
    real = a_mel(default, 4)
    flat = np.where(np.arange(default.n_mels)[:, None] > 0.9 * default.n_mels, real.mean(axis=1, keepdims=True), real)
    found = {band: float(measured) for band, measured in ratios(real, flat, default).items()}
    assert found["1–5 kHz"] == 1
    assert found["5–10 kHz"] < 0.8


def test_what_lies_50_db_under_the_loudest_of_the_band_does_not_count(default: Config) -> None:
    real = a_mel(default, 4)
    real[:, 200:] = -100
    noisy = real.copy()
    noisy[:, 200:] += a_mel(default, 10, seed=1)[:, 200:]
    assert float(ratios(real, noisy, default)["1–5 kHz"]) == pytest.approx(1, abs=1e-6)


def test_a_mel_of_the_full_band_has_a_fourth_band(default: Config) -> None:
    full = replace(default, sample_rate=44100, n_fft=4096, hop_length=1024, fmax_hz=20000.0)
    assert list(ratios(a_mel(full, 4), a_mel(full, 4), full))[-1] == "10–20 kHz"
