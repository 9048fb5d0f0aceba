from __future__ import annotations

import numpy as np
import pytest
import torch
from sounds import noise, voice

from hum2guitar import Config, mel
from hum2guitar.analysis import audio


def power_of(waveform: np.ndarray, config: Config) -> torch.Tensor:
    return mel.power_spectrogram(torch.from_numpy(waveform.astype(np.float32)), config)


def mel_db_of(waveform: np.ndarray, config: Config) -> np.ndarray:
    return mel.power_to_mel_db(power_of(waveform, config), config).numpy()


def tone(hz: float, config: Config, seconds: float = 1.0, amplitude: float = 0.1) -> np.ndarray:
    t = np.arange(int(seconds * config.sample_rate)) / config.sample_rate
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def test_denormalising_is_the_inverse_of_normalising(default):
    inside = torch.linspace(default.mel_floor_db, default.mel_ceil_db, 200)
    torch.testing.assert_close(mel.denormalise(mel.normalise(inside, default), default), inside, rtol=0, atol=1e-4)


def test_the_floor_is_minus_one_and_the_ceiling_is_one(default):
    levels_db = torch.tensor([-200.0, default.mel_floor_db, 0.0, default.mel_ceil_db, 200.0])
    torch.testing.assert_close(mel.normalise(levels_db, default), torch.tensor([-1.0, -1.0, 0.0, 1.0, 1.0]))
    torch.testing.assert_close(
        mel.denormalise(torch.tensor([-3.0, 3.0]), default), torch.tensor([default.mel_floor_db, default.mel_ceil_db])
    )


def test_white_noise_has_a_flat_mel(default, rng):
    power = power_of(noise(20 * default.sample_rate, rng), default)
    mean_db = 10 * np.log10((torch.from_numpy(mel.mel_basis(default)) @ power).mean(dim=1).numpy())
    # noise without an offset has no power at 0 Hz, which lowers the lowest bins
    assert np.ptp(mean_db[3:]) < 2


def test_every_row_of_the_mel_basis_is_a_mean_over_bins(default):
    basis = mel.mel_basis(default)
    assert basis.shape == (default.n_mels, default.n_bins)
    assert basis.min() == 0
    np.testing.assert_allclose(basis.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("hz", [110.0, 440.0, 1234.5, 5000.0, 9000.0])
def test_a_tone_peaks_at_the_bin_of_its_frequency(default, hz):
    middle = mel_db_of(tone(hz, default), default)[:, 20]
    found_hz = mel.mel_frequencies(default)[middle.argmax()]
    width_hz = max(default.sample_rate / default.n_fft, np.gradient(mel.mel_frequencies(default))[middle.argmax()])
    assert abs(found_hz - hz) <= width_hz


def test_bin_frequencies_increase_except_where_bins_share_an_stft_bin(default):
    hz = mel.mel_frequencies(default)
    assert (np.diff(hz) >= 0).all()
    assert (np.diff(hz[hz > 1100]) > 0).all()
    assert np.abs(np.diff(hz[hz < 1100])).max() < default.sample_rate / default.n_fft + 1e-3


@pytest.mark.parametrize("hz", [110.0, 441.3, 1000.0])
def test_the_frame_energy_of_a_tone_is_the_peak_of_its_spectrum(default, hz):
    power = power_of(tone(hz, default), default)[:, 15:-15]
    energy_db = mel.frame_energy_db(power, default).numpy()
    peak_db = power.max(dim=0).values.log10().numpy() * 10
    # between two bins, the peak is up to 1.4 dB above the higher one: the scalloping loss of a Hann window
    assert (energy_db - peak_db > -0.1).all()
    assert (energy_db - peak_db < 1.5).all()
    on_a_bin = default.sample_rate / default.n_fft * round(hz * default.n_fft / default.sample_rate)
    exact = power_of(tone(on_a_bin, default), default)[:, 15:-15]
    np.testing.assert_allclose(mel.frame_energy_db(exact, default), 10 * exact.max(dim=0).values.log10(), atol=0.05)


def test_the_frame_energy_ignores_frequencies_below_f0_min(default):
    hum = tone(220.0, default)
    rumble = tone(30.0, default, amplitude=0.5)
    clean, rumbling = (mel.frame_energy_db(power_of(sound, default), default)[5:-5] for sound in (hum, hum + rumble))
    assert (clean - rumbling).abs().max() < 0.5


def test_twice_the_amplitude_is_six_db_more(default):
    sound = voice(220.0, default.sample_rate, 1.0)
    quiet, loud = mel_db_of(sound, default), mel_db_of(2 * sound, default)
    above = quiet > default.mel_floor_db
    np.testing.assert_allclose((loud - quiet)[above], 6.02, atol=0.01)


def test_silence_is_at_the_floor(default):
    assert (mel_db_of(np.zeros(default.sample_rate), default) == default.mel_floor_db).all()


@pytest.mark.parametrize("n_samples", [1, 255, 256, 257, 16000])
def test_a_waveform_has_a_frame_at_zero_and_one_per_hop(tiny, n_samples):
    assert mel_db_of(np.ones(n_samples), tiny).shape == (tiny.n_mels, tiny.n_frames(n_samples))


def test_a_click_is_strongest_in_the_frame_centred_on_it(default):
    click = np.zeros(default.sample_rate)
    click[20 * default.hop_length] = 1
    assert power_of(click, default).sum(dim=0).argmax() == 20


def test_the_stft_of_a_batch_is_the_stft_of_its_rows(tiny, rng):
    batch = torch.from_numpy(rng.standard_normal((2, 3, 4000)).astype(np.float32))
    whole = mel.stft(batch, tiny)
    assert whole.shape == (2, 3, tiny.n_bins, tiny.n_frames(4000))
    torch.testing.assert_close(whole[1, 2], mel.stft(batch[1, 2], tiny))


@pytest.mark.parametrize(("louder_db", "moved_db"), [(0, 0), (3, 3), (-7, -7), (11, 11), (40, 12), (-40, -12)])
def test_a_mel_gets_the_energy_of_another_within_the_limit(default, rng, louder_db, moved_db):
    given = rng.uniform(-20, 20, (default.n_mels, 6)).astype(np.float32)
    np.testing.assert_allclose(mel.with_energy_of(given, given + louder_db, default), given + moved_db, atol=1e-3)


def test_a_mel_follows_crescendos_and_keeps_its_attacks(default):
    frames_s = np.arange(200) * default.frame_s
    flat = np.zeros((default.n_mels, 200), dtype=np.float32)
    swelling = flat + 3 * np.sin(2 * np.pi * 0.4 * frames_s)
    inner = slice(25, -25)  # smoothing flattens the ends
    moved = mel.with_energy_of(flat, swelling, default)
    np.testing.assert_allclose(moved[:, inner], swelling[:, inner], atol=0.6)
    struck = flat.copy()
    struck[:, 100] = 10
    moved = mel.with_energy_of(struck, flat, default)
    np.testing.assert_allclose(moved[:, 100] - moved[:, [99, 101]].mean(axis=1), 10, atol=0.1)


def test_rumble_below_f0_min_adds_no_energy(default):
    given = np.zeros((default.n_mels, 3), dtype=np.float32)
    rumbling = given.copy()
    rumbling[mel.mel_frequencies(default) < default.f0_min_hz] = 40
    np.testing.assert_array_equal(mel.with_energy_of(given, rumbling, default), given)


# --- the full band ------------------------------------------------------------------------------------------------


def test_the_lower_rows_of_the_full_band_are_those_of_the_default_grid(default, full_band):
    assert full_band.frame_s == default.frame_s
    lower = mel.mel_basis(full_band)[: default.n_mels]
    np.testing.assert_allclose(lower[:, : default.n_bins], mel.mel_basis(default), atol=1e-6)
    assert not lower[:, default.n_bins :].any()
    assert mel.mel_frequencies(full_band)[-1] > 20000


@pytest.mark.parametrize("hz", [220.0, 3000.0, 9000.0])
def test_a_tone_has_the_same_level_at_both_sample_rates(default, full_band, hz):
    low, high = (mel_db_of(tone(hz, config), config)[:, 20] for config in (default, full_band))
    near = low > low.max() - 30
    np.testing.assert_allclose(high[: default.n_mels][near], low[near], atol=0.05)
    energy, full_energy = (mel.frame_energy_db(power_of(tone(hz, c), c), c)[20] for c in (default, full_band))
    assert full_energy.item() == pytest.approx(energy.item(), abs=0.05)


def test_noise_has_the_same_level_at_both_sample_rates(default, full_band):
    wide = noise(20 * full_band.sample_rate, np.random.default_rng(1))
    narrow = audio.resample(wide, full_band.sample_rate, default.sample_rate)
    low, high = (mel_db_of(sound, config).mean(axis=1) for sound, config in ((narrow, default), (wide, full_band)))
    np.testing.assert_allclose(high[3:500], low[3:500], atol=0.2)


def test_what_sounds_above_11_khz_does_not_raise_the_energy_of_a_frame(full_band):
    low, hiss = tone(220.0, full_band), tone(14000.0, full_band)
    energy, with_hiss = (mel.frame_energy_db(power_of(sound, full_band), full_band)[20] for sound in (low, low + hiss))
    assert with_hiss.item() == pytest.approx(energy.item(), abs=0.01)
