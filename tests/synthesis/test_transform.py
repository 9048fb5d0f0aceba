"""The STFT of an inversion, beside those of torch."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from sounds import noise

from hum2guitar import Config, mel
from hum2guitar.synthesis.inversion.transform import istft, stft


@pytest.mark.parametrize("n_samples", [2, 1023, 7777, 30000])
def test_the_stft_is_that_of_the_mel(default: Config, full_band: Config, rng: np.random.Generator, n_samples) -> None:
    for config in (default, full_band):
        sound = noise(n_samples, rng)
        expected = mel.stft(torch.from_numpy(sound), config).numpy()
        found = stft(sound, config)
        assert found.dtype == np.complex64
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_the_inverse_undoes_the_stft_at_both_sample_rates(default: Config, full_band: Config, rng) -> None:
    for config in (default, full_band):
        sound = noise(config.sample_rate, rng)
        np.testing.assert_allclose(istft(stft(sound, config), len(sound), config), sound, rtol=0, atol=1e-5)


@pytest.mark.parametrize("hop_length", [512, 441, 100])
def test_the_inverse_is_that_of_torch_also_where_the_hop_does_not_divide_the_window(default, rng, hop_length) -> None:
    config = dataclasses.replace(default, hop_length=hop_length)
    n_samples = 7777
    spectrum = stft(noise(n_samples, rng), config) * (1 + rng.random((config.n_bins, 1), dtype=np.float32))
    window = torch.hann_window(config.n_fft)
    expected = torch.istft(torch.from_numpy(spectrum), config.n_fft, hop_length, window=window, length=n_samples)
    np.testing.assert_allclose(istft(spectrum, n_samples, config), expected.numpy(), rtol=0, atol=1e-6)
