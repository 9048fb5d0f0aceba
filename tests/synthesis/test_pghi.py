"""Phase-gradient heap integration, on sounds with known phases."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from plucked_strings import inconsistency_db, plucks, spectra

from hum2guitar import Config, mel
from hum2guitar.synthesis.inversion.fast_griffin_lim import reconstruct
from hum2guitar.synthesis.inversion.pghi import integrate, phase_steps


def chirp(config: Config, seconds: float = 1.5) -> np.ndarray:
    """(T,) float32 — a tone that rises from 200 to 1000 Hz, and a steady tone at 1500 Hz in the first half."""
    t = np.arange(int(seconds * config.sample_rate)) / config.sample_rate
    rising = np.sin(2 * np.pi * (200 * t + 800 * t**2 / (2 * seconds)))
    steady = np.sin(2 * np.pi * 1500 * t) * (t < seconds / 2)
    return (0.1 * rising + 0.1 * steady).astype(np.float32)


def reached_db(waveform: np.ndarray, config: Config, phase: np.ndarray, iterations: int = 0) -> float:
    """Inconsistency of the true magnitude with a phase in dB; lower is better."""
    _, magnitude = spectra(waveform, config)
    found = reconstruct(magnitude, len(waveform), config, phase=phase, iterations=iterations)
    return inconsistency_db(found, magnitude, config)


def integrated(waveform: np.ndarray, config: Config) -> np.ndarray:
    _, magnitude = spectra(waveform, config)
    return integrate(magnitude, *phase_steps(magnitude, config), config)


@pytest.mark.parametrize("sound", [chirp, lambda config: plucks(config)[0]], ids=["chirp", "plucks"])
def test_the_integrated_phase_is_better_than_griffin_lim_from_a_random_phase(default, rng, sound):
    waveform = sound(default)
    phase = integrated(waveform, default)
    random = rng.uniform(0, 2 * np.pi, phase.shape).astype(np.float32)
    heap_db = reached_db(waveform, default, phase)
    assert heap_db < reached_db(waveform, default, random) - 10
    assert heap_db < reached_db(waveform, default, random, iterations=32)


@pytest.mark.parametrize("hz", [223.7, 1001.3, 5003.9])
def test_the_phase_of_a_tone_advances_by_its_frequency(default, hz):
    t = np.arange(default.sample_rate) / default.sample_rate
    _, magnitude = spectra(np.sin(2 * np.pi * hz * t).astype(np.float32), default)
    along_time, _ = phase_steps(magnitude, default)
    bin_number = round(hz * default.n_fft / default.sample_rate)
    advance = along_time[bin_number, 10:-10] + 2 * np.pi * bin_number * default.hop_length / default.n_fft
    assert np.abs(advance - 2 * np.pi * hz * default.frame_s).max() < 0.1


@pytest.mark.parametrize("late", [-300, 0, 300])
def test_the_phase_of_a_click_falls_with_its_distance_from_the_middle_of_the_frame(default, late):
    waveform = np.zeros(20 * default.hop_length, np.float32)
    waveform[10 * default.hop_length + late] = 1
    spectrum = mel.stft(torch.from_numpy(waveform), default)
    _, along_frequency = phase_steps(spectrum.abs().numpy(), default)
    step = along_frequency[100:900, 10].mean()
    assert step == pytest.approx(
        -2 * np.pi * late / default.n_fft, abs=0.25
    )  # a Hann window is only close to a Gaussian


def test_known_phases_are_kept_and_continued(default):
    waveform = chirp(default)
    _, magnitude = spectra(waveform, default)
    steps = phase_steps(magnitude, default)
    whole = integrate(magnitude, *steps, default)
    turned = np.mod(whole[:, :20] + 1.0, 2 * np.pi)
    continued = integrate(magnitude, *steps, default, known=turned)
    np.testing.assert_allclose(continued[:, :20], turned, atol=1e-5)
    ridge = magnitude[:, 20:].argmax(axis=0)
    frames = np.arange(20, magnitude.shape[1])
    difference = np.exp(1j * (continued[ridge, frames] - whole[ridge, frames]))
    assert np.abs(np.angle(difference * np.exp(-1j))).max() < 0.5  # some paths differ


def test_silence_has_a_finite_phase(tiny):
    silence = np.zeros((tiny.n_bins, 7), np.float32)
    phase = integrate(silence, *phase_steps(silence, tiny), tiny)
    assert phase.shape == silence.shape
    assert np.isfinite(phase).all()


def test_the_same_seed_gives_the_same_phase(default):
    waveform = chirp(default, 0.4)
    np.testing.assert_array_equal(integrated(waveform, default), integrated(waveform, default))


def test_a_region_begins_at_its_loudest_bin_with_phase_zero(tiny):
    bins, frames = np.arange(tiny.n_bins)[:, None], np.arange(9)
    hill = np.exp(-((bins - 20) ** 2) / 50 - (frames - 4) ** 2).astype(np.float32)
    one, other = (integrate(hill, *phase_steps(hill, tiny), tiny, seed=seed) for seed in (1, 2))
    assert one[20, 4] == 0
    np.testing.assert_array_equal(one[hill > 1e-5], other[hill > 1e-5])
