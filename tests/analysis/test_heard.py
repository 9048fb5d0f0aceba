from __future__ import annotations

import numpy as np
import pytest
import torch
from sounds import noise, sung, voice

from hum2guitar import Config, mel
from hum2guitar.analysis import audio
from hum2guitar.analysis import heard as module
from hum2guitar.analysis.heard import Heard, analyse, mel_and_energy, pitch_warnings
from hum2guitar.analysis.trackers import load_tracker

RATE = 22050


def heard(waveform: np.ndarray, config: Config) -> Heard:
    prepared = audio.prepare(waveform, RATE, config.sample_rate, config.loudness_db)
    return analyse(prepared, config, load_tracker("swift"))


def test_noise_with_one_soft_note_is_told_to_be_no_melody(default: Config, rng: np.random.Generator) -> None:
    waveform = noise(8 * RATE, rng)
    waveform[RATE : 2 * RATE] += 2 * voice(220.0, RATE, 1.0)
    (warning,) = pitch_warnings(heard(waveform, default))
    share = int(warning.removeprefix("only ").partition(" %")[0])
    assert share == pytest.approx(100 / 8, abs=4)
    assert "this may not be your melody" in warning


def test_a_hum_is_not_warned_about_for_its_rests_or_for_noise_behind_it(
    default: Config, rng: np.random.Generator
) -> None:
    hum = sung([(1.0, 1.6, 57), (3.0, 3.6, 61)], RATE, 6.0)  # four fifths of it are rests
    assert pitch_warnings(heard(hum, default)) == ()
    melody = sung([(0.1, 0.7, 57), (0.8, 1.4, 61), (1.5, 2.2, 64)], RATE, 2.4)
    assert pitch_warnings(heard(melody + noise(len(melody), rng, pink=True), default)) == ()


@pytest.mark.parametrize("n_samples", [7 * 512, 40 * 512 + 100, 41 * 512])
def test_blocks_have_the_mel_and_the_energy_of_the_whole(
    n_samples: int, default: Config, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    waveform = noise(n_samples, rng)
    power = mel.power_spectrogram(torch.from_numpy(waveform), default)
    monkeypatch.setattr(module, "BLOCK_FRAMES", 7)
    mel_db, energy_db = mel_and_energy(waveform, default)
    np.testing.assert_allclose(mel_db, mel.power_to_mel_db(power, default), atol=1e-3)
    np.testing.assert_allclose(energy_db, mel.frame_energy_db(power, default), atol=1e-3)
