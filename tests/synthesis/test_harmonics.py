from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from sounds import cents

from hum2guitar import mel
from hum2guitar.config import BASE_CHANNELS, Config
from hum2guitar.mel import mel_frequencies
from hum2guitar.synthesis import harmonics
from hum2guitar.synthesis.controls import MAX_AGE_S, Controls
from hum2guitar.synthesis.harmonics import draw_label, semantic_harmonics

LEVEL_DB = 30.0


def column(f0_hz: float, config: Config, level_db: float = LEVEL_DB) -> np.ndarray:
    """The ridges of one frame: (M,) in dB."""
    return semantic_harmonics(np.float32([f0_hz]), np.float32([level_db]), config)[:, 0]


def ridge_peak(levels_db: np.ndarray, near_hz: float, config: Config) -> tuple[float, float]:
    """Frequency in Hz and level in dB of the ridge near a frequency: the vertex of the parabola through its bins."""
    hz = mel_frequencies(config).astype(np.float64)
    ridge = np.abs(hz - near_hz) < 1.7 * config.sample_rate / config.n_fft
    curvature, slope, level = np.polyfit(hz[ridge] - near_hz, levels_db[ridge].astype(np.float64), 2)
    return near_hz - slope / (2 * curvature), level - slope**2 / (4 * curvature)


@pytest.mark.parametrize("f0_hz", [82.41, 110.0, 146.83, 233.08, 391.9])
def test_a_ridge_peaks_at_a_multiple_of_f0_between_two_bins(default, f0_hz):
    levels_db = column(f0_hz, default)
    for k in range(1, int(2000 / f0_hz)):
        peak_hz, _ = ridge_peak(levels_db, k * f0_hz, default)
        assert abs(cents(peak_hz, k * f0_hz)) < 1, k


@pytest.mark.parametrize("f0_hz", [82.41, 196.0, 440.0])
def test_the_level_of_harmonics_decays_linearly_in_db_with_frequency(default, f0_hz):
    levels_db = column(f0_hz, default)
    for k in range(1, int(2000 / f0_hz)):
        _, level_db = ridge_peak(levels_db, k * f0_hz, default)
        assert level_db == pytest.approx(LEVEL_DB - default.harmonic_decay_db_per_khz * k * f0_hz / 1000, abs=0.05)


def test_a_ridge_is_a_parabola_with_the_width_of_a_main_lobe(default):
    hz = mel_frequencies(default)
    lobe_hz = 1.5 * default.sample_rate / default.n_fft
    levels_db = column(500.0, default)
    near = np.abs(hz - 500) < lobe_hz
    expected = LEVEL_DB - default.harmonic_decay_db_per_khz * 0.5 - 20 * ((hz[near] - 500) / lobe_hz) ** 2
    np.testing.assert_allclose(levels_db[near], expected, atol=0.05)


def test_6_db_more_level_is_6_db_more_in_every_ridge(default):
    quiet, loud = column(196.0, default, 20.0), column(196.0, default, 26.0)
    ridges = quiet > default.mel_floor_db
    np.testing.assert_allclose(loud[ridges] - quiet[ridges], 6, atol=1e-4)
    assert (loud > default.mel_floor_db).sum() > ridges.sum()


def test_there_is_one_ridge_for_each_harmonic_of_the_mel_range(default):
    hz = mel_frequencies(default)
    hz, distinct = np.unique(hz, return_index=True)  # pairs of the lowest bins share an STFT bin
    levels_db = column(600.0, default, 60.0)[distinct]
    peaks = np.flatnonzero((levels_db[1:-1] > levels_db[:-2]) & (levels_db[1:-1] >= levels_db[2:])) + 1
    expected_hz = 600 * np.arange(1, int(hz[-1] / 600) + 1)
    assert len(peaks) == len(expected_hz)
    assert (np.abs(hz[peaks] - expected_hz) <= np.gradient(hz)[peaks]).all()


def test_there_is_no_ridge_above_nyquist():
    config = Config(sample_rate=16000, fmax_hz=8000.0, n_fft=2048, hop_length=512, n_mels=256)
    hz = mel_frequencies(config)
    below, above = column(3998.0, config, 80.0), column(4002.0, config, 80.0)  # their octaves: 7996 and 8004 Hz
    assert below[-1] > config.mel_floor_db
    assert above[np.abs(hz - 4002).argmin()] > config.mel_floor_db
    assert (above[hz > 7000] == config.mel_floor_db).all()


def test_there_is_no_ridge_below_the_fundamental(default):
    hz = mel_frequencies(default)
    levels_db = column(440.0, default)
    assert (levels_db[hz < 400] == default.mel_floor_db).all()


def test_unvoiced_frames_have_no_ridges(default):
    f0_hz = np.float32([np.nan, 220.0, np.nan])
    image = semantic_harmonics(f0_hz, np.full(3, LEVEL_DB, np.float32), default)
    assert (image[:, [0, 2]] == default.mel_floor_db).all()
    assert (image[:, 1] > default.mel_floor_db).any()


def test_a_level_at_the_floor_has_no_ridges(default):
    assert (column(220.0, default, default.mel_floor_db) == default.mel_floor_db).all()


# --- the label ---------------------------------------------------------------------------------------------------


def random_controls(config: Config, rng: np.random.Generator, *shape: int) -> Controls:
    f0_hz = 110 * 2 ** rng.uniform(0, 3, shape)
    f0_hz[rng.random(shape) < 0.3] = np.nan
    return Controls(
        f0_hz.astype(np.float32),
        rng.uniform(config.mel_floor_db, config.mel_ceil_db + 10, shape).astype(np.float32),
        rng.random(shape).astype(np.float32),
        rng.uniform(0, MAX_AGE_S, shape).astype(np.float32),
    )


@pytest.mark.parametrize("label_channels", [BASE_CHANNELS, tuple(harmonics.CHANNELS)])
def test_numpy_and_torch_make_the_same_label(default, rng, label_channels):
    default = dataclasses.replace(default, label_channels=label_channels)
    batch = random_controls(default, rng, 4, 50)
    label = draw_label(batch.map(torch.from_numpy), default)
    assert label.dtype == torch.float32
    for i in range(4):
        one = draw_label(batch.map(lambda curve, i=i: curve[i]), default)
        assert one.dtype == np.float32
        # float32 rounding: less than 0.01 dB of the range of 90 dB
        np.testing.assert_allclose(label[i].numpy(), one, atol=2e-4)


def test_the_label_of_a_batch_is_the_labels_of_its_rows(default, rng):
    batch = random_controls(default, rng, 3, 20).map(torch.from_numpy)
    whole = draw_label(batch, default)
    for i in range(3):
        torch.testing.assert_close(
            whole[i], draw_label(batch.map(lambda curve, i=i: curve[i]), default), rtol=0, atol=1e-6
        )


def test_each_channel_of_the_label_has_its_range(default, rng):
    controls = random_controls(default, rng, 30)
    label = draw_label(controls, default)
    assert label.shape == (len(default.label_channels), default.n_mels, 30)
    assert label[0].min() == -1
    assert label[0].max() == 1
    np.testing.assert_array_equal(label[1], np.broadcast_to(controls.onset, label[1].shape))
    np.testing.assert_allclose(label[2], np.broadcast_to(controls.age_s / MAX_AGE_S, label[2].shape), atol=1e-7)


def test_the_harmonics_of_the_label_are_the_normalised_ridges(default):
    ones = np.ones(1, np.float32)
    label = draw_label(Controls(220 * ones, LEVEL_DB * ones, 0 * ones, 0 * ones), default)
    span = default.mel_ceil_db - default.mel_floor_db
    np.testing.assert_allclose(
        (label[0] + 1) / 2 * span + default.mel_floor_db, column(220.0, default)[:, None], atol=1e-4
    )


# --- the full band ------------------------------------------------------------------------------------------------


def full_label(config: Config, hz: float) -> np.ndarray:
    """(C, M) in dB for the harmonics, of one frame at ``LEVEL_DB``."""
    one = np.ones(1, np.float32)
    return mel.denormalise(draw_label(Controls(hz * one, LEVEL_DB * one, 0 * one, 0 * one), config), config)[..., 0]


def test_the_label_of_the_full_band_begins_with_that_of_the_default_grid(default, full_band, rng):
    controls = random_controls(default, rng, 40)
    wide, narrow = draw_label(controls, full_band), draw_label(controls, default)
    np.testing.assert_allclose(wide[1:3, :500], narrow[1:, :500], atol=1e-3)
    wide_db, narrow_db = mel.denormalise(wide[0, :500], full_band), mel.denormalise(narrow[0, :500], default)
    np.testing.assert_allclose(np.maximum(wide_db, default.mel_floor_db), narrow_db, atol=0.05)


def test_the_upper_partials_show_level_and_comb_where_the_semantic_harmonics_have_ended(full_band):
    hz = mel.mel_frequencies(full_band)
    label = full_label(full_band, 500.0)
    above = (hz > 11000) & (hz < 20000)
    assert (label[0, above] == full_band.mel_floor_db).all()
    for k in (1, 4, 23, 30):
        at, between = (np.abs(hz - f).argmin() for f in (500.0 * k, 500.0 * (k + 0.5)))
        assert label[3, at] > full_band.mel_floor_db + 20
        assert label[3, at] > label[3, between] + 3


def test_the_ridges_of_the_upper_partials_fall_by_2_db_per_khz(full_band):
    hz = mel.mel_frequencies(full_band)
    label = full_label(full_band, 1000.0)
    at = [np.abs(hz - f).argmin() for f in (2000.0, 8000.0, 18000.0)]
    np.testing.assert_allclose(np.diff(label[3, at]), [-12, -20], atol=1.0)


def test_the_upper_partials_of_a_low_string_merge_into_an_envelope(full_band):
    hz = mel.mel_frequencies(full_band)
    label = full_label(full_band, 165.0)
    top = (hz > 15000) & (hz < 20000)
    slope_db = np.polyval(np.polyfit(hz[top], label[3, top], 1), hz[top])
    assert np.abs(label[3, top] - slope_db).max() < 1
    low = (hz > 300) & (hz < 1700)
    assert np.ptp(label[3, low]) > 10


def test_unvoiced_frames_have_no_upper_partials(full_band):
    label = full_label(full_band, np.nan)
    assert (label[[0, 3]] == full_band.mel_floor_db).all()
