"""The last step of an inversion: the sound has the mel spectrogram that was given, whatever the inversion."""

from __future__ import annotations

import numpy as np
import pytest
from plucked_strings import plucks, spectra
from scipy.ndimage import gaussian_filter
from sounds import rms_db

from hum2guitar import Config, Hum2Guitar
from hum2guitar.note import Note
from hum2guitar.synthesis import harmonics
from hum2guitar.synthesis.condition import build_condition
from hum2guitar.synthesis.controls import pluck_controls
from hum2guitar.synthesis.inversion import INVERSIONS, Invert, griffin_lim, pghi
from hum2guitar.synthesis.inversion.match import restore_mel
from train.evaluate.fidelity import errors, worst

Given = tuple[np.ndarray, np.ndarray, Config]  # mel, F0, Config


def real(config: Config) -> Given:
    """The mel of plucked strings with the noise of a room."""
    waveform, f0_hz = plucks(config, 2.4)
    waveform = waveform + 1e-4 * np.random.default_rng(0).normal(size=len(waveform)).astype(np.float32)
    return spectra(waveform, config)[0], f0_hz, config


def blurred(config: Config) -> Given:
    """A mel that no sound has: blurred, with grain."""
    mel_db, f0_hz, _ = real(config)
    grain = gaussian_filter(np.random.default_rng(1).normal(size=mel_db.shape), 0.8)
    mel_db = gaussian_filter(mel_db, (1.0, 0.5)) + 1.5 * grain / grain.std()
    return np.maximum(mel_db, config.mel_floor_db).astype(np.float32), f0_hz, config


def generated(config: Config) -> Given:
    """The mel that the shipped generator generates for a melody."""
    converter = Hum2Guitar.from_pretrained()
    notes = [Note(0.1 + 0.4 * i, 0.5 + 0.4 * i, midi, 0.7, True) for i, midi in enumerate((57, 60, 64, 52, 45))]
    controls = pluck_controls(np.full(config.n_frames(2 * config.sample_rate), np.nan), notes, config)
    condition = build_condition(None, "plucked", config)
    return converter.generate(harmonics.draw_label(controls, config), condition), controls.f0_hz, config


def n_samples_of(mel_db: np.ndarray, config: Config) -> int:
    """The number of samples of a mel."""
    return (mel_db.shape[1] - 1) * config.hop_length


@pytest.fixture(scope="module", params=["real", "generated", "real, full band"])
def given(request: pytest.FixtureRequest, full_band: Config) -> Given:
    config = full_band if "full band" in request.param else Hum2Guitar.from_pretrained().config
    return {"real": real, "generated": generated}[request.param.partition(",")[0]](config)


@pytest.mark.parametrize("name", INVERSIONS)
def test_each_third_of_an_octave_of_the_sound_has_the_level_of_the_given_mel_within_1_db(
    given: Given, name: str
) -> None:
    mel_db, f0_hz, config = given
    if INVERSIONS[name].incompatibility(config) is not None:
        pytest.skip("the shipped vocoder was trained on another grid")
    waveform = INVERSIONS[name].invert(mel_db, f0_hz, n_samples_of(mel_db, config), config)
    by_third = errors(mel_db, waveform, config).by_third()
    assert len(by_third) > 12
    assert abs(worst(by_third)[1]) < 1, worst(by_third)


@pytest.mark.parametrize("invert", [griffin_lim.invert, pghi.invert])
def test_so_it_is_with_a_mel_that_no_sound_has(full_band: Config, invert: Invert) -> None:
    mel_db, f0_hz, config = blurred(full_band)
    waveform = invert(mel_db, f0_hz, n_samples_of(mel_db, config), config, iterations=2)
    by_third = errors(mel_db, restore_mel(waveform, mel_db, config), config).by_third()
    assert abs(worst(by_third)[1]) < 1, worst(by_third)


def test_a_sound_that_has_the_given_mel_is_not_changed(default: Config) -> None:
    waveform, _ = plucks(default)
    change = restore_mel(waveform, spectra(waveform, default)[0], default) - waveform
    assert np.sqrt((change**2).mean() / (waveform**2).mean()) < 1e-2


@pytest.mark.parametrize("db", [-6, -1, 3])
def test_a_sound_of_another_level_gets_the_level_of_the_mel(default: Config, db: float) -> None:
    waveform, _ = plucks(default)
    mel_db, _ = spectra(waveform, default)
    found = restore_mel(waveform * np.float32(10 ** (db / 20)), mel_db, default)
    assert rms_db(found) == pytest.approx(rms_db(waveform), abs=0.3)


def test_a_filtered_sound_gets_its_spectrum_back(default: Config) -> None:
    waveform, _ = plucks(default)
    mel_db, _ = spectra(waveform, default)
    duller = np.convolve(waveform, [0.5, 0.5], "same").astype(np.float32)  # -3 dB at 5.5 kHz
    wrong, right = (
        worst(errors(mel_db, sound, default).by_third())[1]
        for sound in (duller, restore_mel(duller, mel_db, default))
    )  # fmt: skip
    assert abs(right) < 0.1 * abs(wrong)


def test_silence_is_not_amplified(default: Config) -> None:
    mel_db = np.full((default.n_mels, 20), default.mel_floor_db, np.float32)
    noise = 1e-6 * np.random.default_rng(0).normal(size=19 * default.hop_length).astype(np.float32)
    assert np.abs(restore_mel(noise, mel_db, default)).max() < 2 * np.abs(noise).max()
