"""Spectral flux, perceived onsets and slides, on computed sounds and curves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from note_samples import pluck
from sounds import voice

from hum2guitar import mel
from hum2guitar.analysis import audio, onsets

RATE = 22050
STEP_S = 220 / RATE  # of the flux at this rate


def test_flux_peaks_at_an_onset_and_not_in_vibrato(default):
    t = np.arange(2 * RATE) / RATE
    steady = voice(220 * 2 ** (0.5 / 12 * np.sin(2 * np.pi * 5.5 * t)), RATE)
    struck = steady * np.where(t < 1.0, 0.1, 1.0).astype(np.float32)
    flux_db = onsets.spectral_flux(struck, default)
    inner = slice(round(0.2 / STEP_S), round(1.8 / STEP_S))  # without the start and the end of the sound
    assert flux_db[inner].argmax() * STEP_S + 0.2 == pytest.approx(1.0, abs=0.03)
    assert flux_db[inner].max() > 10
    assert onsets.spectral_flux(steady, default)[inner].max() < 3


@pytest.mark.parametrize("rate", [12000, 32000, 44100, 48000])
def test_flux_peaks_at_an_onset_at_every_sample_rate(default, rate):
    other = replace(default, sample_rate=rate, n_fft=4096, fmax_hz=min(default.fmax_hz, rate / 2), n_mels=64)
    t = np.arange(rate) / rate
    flux_db = onsets.spectral_flux(voice(220.0, rate, 1.0) * np.where(t < 0.5, 0.1, 1.0).astype(np.float32), other)
    inner = slice(20, 80)
    assert (flux_db[inner].argmax() + 20) * onsets.hop_length(other) / rate == pytest.approx(0.5, abs=0.03)


def test_flux_computed_in_pieces_equals_flux_computed_at_once(default, monkeypatch, rng):
    sound = rng.normal(size=RATE).astype(np.float32)
    whole = onsets.spectral_flux(sound, default)
    monkeypatch.setattr(onsets, "PIECE", 16)
    np.testing.assert_allclose(onsets.spectral_flux(sound, default), whole, atol=1e-4)


def test_evidence_is_kept_only_at_its_local_maxima():
    flux_db = np.array([0, 3, 5, 4, 0, 0, 0, 0, 0, 0, 0, 4, 0.1])
    found = onsets.evidence(flux_db, np.zeros(13), np.full(13, np.nan))
    assert np.flatnonzero(found).tolist() == [2, 11]
    assert found[2] == pytest.approx(5 - onsets.EVIDENCE_FREE_DB)


def test_a_rising_level_and_a_pitch_step_add_evidence():
    flux_db = np.full(40, onsets.EVIDENCE_FREE_DB)  # the flux of a steady voice
    steady, rising, stepping = np.zeros(40), np.repeat([-20.0, 0.0], 20), np.repeat([57.0, 58.0], 20)
    assert onsets.evidence(flux_db, steady, steady).max() == 0
    assert onsets.evidence(flux_db, rising, steady)[17:23].max() == pytest.approx(20 * onsets.LEVEL_SHARE)
    assert onsets.evidence(flux_db, steady, stepping)[16:24].max() == pytest.approx(onsets.STEP_DB)


def test_an_onset_is_perceived_when_the_level_comes_near_its_peak():
    times_s = np.arange(0, 1, onsets.FINE_S)
    level_db = np.interp(times_s, [0.48, 0.54], [-40.0, 0.0])  # 60 ms of rise
    heard_s = onsets.perceived_onset(level_db, 0.5, 0.0, 1.0)
    assert heard_s == pytest.approx(0.54 - 0.06 * onsets.UNDER_PEAK_DB / 40, abs=2 * onsets.FINE_S)


def test_an_onset_stays_at_the_start_of_the_contour_if_the_level_hardly_rises():
    assert onsets.perceived_onset(np.linspace(-3, 0, 500), 0.5, 0.0, 1.0) == 0.5
    assert onsets.perceived_onset(np.zeros(0), 0.5, 0.0, 1.0) == 0.5


@pytest.mark.parametrize("glide_s", [0.06, 0.12, 0.25])
def test_fitting_a_glide_finds_its_middle_and_its_duration(glide_s):
    times_s = np.arange(200) * STEP_S
    midi = 57 + 2 * (1 - np.cos(np.pi * np.clip((times_s - 1.0) / glide_s + 0.5, 0, 1)))
    centre, found_s = onsets.fit_glide(midi, round(1.02 / STEP_S), 57.0, 61.0, STEP_S)
    assert centre * STEP_S == pytest.approx(1.0, abs=0.02)
    assert found_s == pytest.approx(glide_s, abs=0.02)


@pytest.mark.parametrize(
    ("glide_s", "dip_db", "flux", "slides"),
    [(0.25, 0.0, 0.0, True), (0.1, 0.0, 0.0, False), (0.25, 6.0, 0.0, False), (0.25, 0.0, 5.0, False)],
)
def test_a_slide_is_long_and_has_neither_flux_nor_a_dip(glide_s, dip_db, flux, slides):
    times_s = np.arange(200) * STEP_S
    midi = 57 + 2 * (1 - np.cos(np.pi * np.clip((times_s - 1.0) / glide_s + 0.5, 0, 1)))
    at = round(1.0 / STEP_S)
    level_db, flux_db = np.zeros(200), np.zeros(200)
    level_db[at - 2 : at + 3] = -dip_db
    flux_db[at] = flux
    assert onsets.is_slide(midi, level_db, flux_db, at, 57.0, 61.0, STEP_S) is slides


def test_a_pitch_change_with_an_unvoiced_gap_is_not_a_slide():
    times_s = np.arange(200) * STEP_S
    midi = 57 + 2 * (1 - np.cos(np.pi * np.clip((times_s - 1.0) / 0.25 + 0.5, 0, 1)))
    midi[98:103] = np.nan
    assert not onsets.is_slide(midi, np.zeros(200), np.zeros(200), 100, 57.0, 61.0, STEP_S)


def strength_of(sound: np.ndarray, config) -> np.ndarray:
    mel_db = mel.power_to_mel_db(mel.power_spectrogram(torch.from_numpy(sound), config), config).numpy()
    return onsets.strength(mel_db, config)


def test_a_plucked_string_has_one_strong_onset(default):
    gap_s = 0.5
    sound = np.concatenate([np.zeros(round(gap_s * RATE), np.float32), pluck(57, 1.5, RATE)])
    strength = strength_of(sound, default)
    assert strength.shape == (default.n_frames(len(sound)),)
    assert strength.argmax() * default.frame_s == pytest.approx(gap_s + 0.005, abs=2 * default.frame_s)
    after = round((gap_s + 0.15) / default.frame_s)
    assert strength[after:].max() < 0.05 * strength.max()


def test_damping_a_string_gives_negative_strength_at_that_frame(default):
    sound = pluck(57, 1.5, RATE)
    sound[RATE // 2 : RATE // 2 + 200] *= np.linspace(1, 0, 200)
    sound[RATE // 2 + 200 :] = 0
    strength = strength_of(sound, default)
    held = round(0.2 / default.frame_s)  # after the attack
    assert (strength[held:].argmin() + held) * default.frame_s == pytest.approx(0.5, abs=3 * default.frame_s)
    assert strength[held:].min() < -0.3


def test_a_louder_pluck_has_a_greater_onset_strength(default):
    soft, hard = (strength_of(np.pad(gain * pluck(57, 1.0, RATE), (RATE // 2, 0)), default) for gain in (0.05, 1.0))
    assert 0 < soft.max() < 0.6 * hard.max()


def test_vibrato_silence_and_a_single_frame_have_no_onset(default):
    t = np.arange(2 * RATE) / RATE
    wavering = voice(220 * 2 ** (0.3 / 12 * np.sin(2 * np.pi * 5.5 * t)), RATE)
    inner = slice(10, -10)
    assert np.abs(strength_of(wavering, default)[inner]).max() < 0.1
    assert not strength_of(np.zeros(RATE, np.float32), default).any()
    assert onsets.strength(np.full((8, 1), 20.0), default).tolist() == [0.0]


def test_onset_strength_ignores_inaudible_noise_and_is_limited_to_one(default):
    rising = np.full((16, 6), -45.0)
    rising[:, 3:] = -16.0
    assert not onsets.strength(rising, default).any()
    rising[:, 3:] = 45.0
    assert onsets.strength(rising, default).tolist() == [0, 0, 0, 1, 0, 0]
    assert onsets.strength(rising[:, ::-1], default).tolist() == [0, 0, 0, -1, 0, 0]


def test_the_onset_strength_does_not_depend_on_how_far_up_the_mel_reaches(default, full_band):
    gap = np.zeros(full_band.sample_rate // 2, np.float32)
    sound = np.concatenate([gap, pluck(57, 1.0, full_band.sample_rate)])
    narrow = audio.resample(sound, full_band.sample_rate, default.sample_rate)
    strength = strength_of(sound, full_band)
    np.testing.assert_allclose(strength, strength_of(narrow, default), atol=0.02)
    assert strength.max() > 0.2
