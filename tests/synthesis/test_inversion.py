from __future__ import annotations

import numpy as np
import pytest
import torch
from plucked_strings import inconsistency_db, log_error_db, plucks, spectra
from sounds import cents, rms_db, strongest_hz, voice

from hum2guitar import Config, UserError, mel
from hum2guitar.synthesis import inversion
from hum2guitar.synthesis.inversion import INVERSIONS, fast_griffin_lim, fitting, griffin_lim, pieces
from hum2guitar.synthesis.inversion.fast_griffin_lim import reconstruct
from hum2guitar.synthesis.inversion.griffin_lim import harmonic_phase
from hum2guitar.synthesis.inversion.magnitude import METHODS, mel_to_magnitude


@pytest.fixture
def config(name: str, default: Config, invertible: Config) -> Config:
    """A Config whose mels the inversion of the test can take: the vocoder takes only mels of its own grid."""
    return invertible if name == "vocoder" else default


# --- mel to magnitude --------------------------------------------------------------------------------------------


def test_multiplicative_updates_are_more_accurate_than_nnls_on_plucked_strings(default):
    mel_db, truth = spectra(plucks(default, 0.45)[0], default)
    errors = {m: log_error_db(mel_to_magnitude(10 ** (mel_db / 10), default, m), truth) for m in METHODS}
    assert errors["multiplicative"] < errors["nnls"] - 0.3
    assert errors["multiplicative"] < 3


@pytest.mark.parametrize("method", METHODS)
def test_the_estimated_magnitude_has_the_given_mel(tiny, method):
    mel_db, truth = spectra(plucks(tiny)[0], tiny)
    magnitude = mel_to_magnitude(10 ** (mel_db / 10), tiny, method, updates=30)
    assert magnitude.shape == truth.shape
    assert magnitude.dtype == np.float32
    assert magnitude.min() >= 0
    again_db = 10 * np.log10(np.maximum(mel.mel_basis(tiny) @ magnitude**2, 1e-9))
    loud = mel_db > mel_db.max() - 40
    assert np.abs(again_db - mel_db)[loud].mean() < 0.5
    assert abs((again_db - mel_db)[loud].mean()) < (0.15 if method == "multiplicative" else 0.4)


def test_the_divergence_decreases_with_every_update(tiny):
    mel_db, _ = spectra(plucks(tiny)[0], tiny)
    power = 10 ** (mel_db / 10)

    def divergence(updates: int) -> float:
        model = mel.mel_basis(tiny) @ mel_to_magnitude(power, tiny, updates=updates) ** 2 + 1e-12
        return float((power * np.log(power / model) - power + model).sum())

    costs = [divergence(updates) for updates in (1, 3, 10, 30)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < 0.5 * costs[0]


@pytest.mark.parametrize("name", INVERSIONS)
def test_silence_inverts_to_silence(config, name):
    mel_db = np.full((config.n_mels, 20), config.mel_floor_db, np.float32)
    f0_hz = np.full(20, np.nan, np.float32)
    waveform = INVERSIONS[name].invert(mel_db, f0_hz, 19 * config.hop_length, config, iterations=4)
    assert rms_db(waveform) < -120


def test_an_unknown_method_is_refused_by_name(tiny):
    with pytest.raises(ValueError, match="there is no method 'pinv'; known are multiplicative, nnls"):
        mel_to_magnitude(np.ones((tiny.n_mels, 3)), tiny, "pinv")


# --- phase -------------------------------------------------------------------------------------------------------


def test_the_inconsistency_decreases_with_every_iteration_of_griffin_lim(default):
    waveform, f0_hz = plucks(default)
    _, magnitude = spectra(waveform, default)
    phase = harmonic_phase(f0_hz, default, seed=0)
    reached = [
        inconsistency_db(reconstruct(magnitude, len(waveform), default, phase=phase, iterations=n), magnitude, default)
        for n in (0, 4, 16, 48)
    ]
    assert reached == sorted(reached, reverse=True)
    assert reached[-1] < reached[0] - 6


def test_momentum_speeds_up_griffin_lim(default, monkeypatch):
    waveform, f0_hz = plucks(default)
    _, magnitude = spectra(waveform, default)
    phase = harmonic_phase(f0_hz, default, seed=0)

    def reached() -> float:
        found = reconstruct(magnitude, len(waveform), default, phase=phase, iterations=32)
        return inconsistency_db(found, magnitude, default)

    fast = reached()
    monkeypatch.setattr(fast_griffin_lim, "MOMENTUM", 0.0)
    assert fast < reached() - 1


def test_the_phase_from_f0_is_better_than_a_random_phase(default, rng):
    waveform, f0_hz = plucks(default)
    _, magnitude = spectra(waveform, default)

    def reached(phase: np.ndarray) -> float:
        guess = reconstruct(magnitude, len(waveform), default, phase=phase, iterations=0)
        return inconsistency_db(guess, magnitude, default)

    random = rng.uniform(0, 2 * np.pi, magnitude.shape).astype(np.float32)
    assert reached(harmonic_phase(f0_hz, default, seed=0)) < reached(random) - 3


def test_the_true_phase_returns_the_waveform_without_iterations(default):
    waveform, _ = plucks(default)
    spectrum = mel.stft(torch.from_numpy(waveform), default)
    found = reconstruct(spectrum.abs().numpy(), len(waveform), default, phase=spectrum.angle().numpy(), iterations=0)
    np.testing.assert_allclose(found, waveform, atol=1e-4)


def test_the_phase_of_a_harmonic_advances_by_its_frequency_and_not_by_that_of_its_bin(default):
    f0_hz = np.full(30, 223.7, np.float32)
    phase = harmonic_phase(f0_hz, default, seed=0)
    for k in (1, 2, 5):
        bin_number = round(k * 223.7 * default.n_fft / default.sample_rate)
        advance = np.diff(phase[bin_number]) / (2 * np.pi)
        np.testing.assert_allclose((advance - k * 223.7 * default.frame_s + 0.5) % 1, 0.5, atol=1e-3)


def test_the_phases_of_a_piece_are_those_of_the_whole(default):
    f0_hz = np.where(np.arange(60) % 20 < 12, 220.0, np.nan).astype(np.float32)
    whole = harmonic_phase(f0_hz, default, seed=3)
    np.testing.assert_array_equal(harmonic_phase(f0_hz, default, 3, 25, 45), whole[:, 25:45])


def within_cents(name: str) -> float:
    """The tolerance: Griffin-Lim starts from F0, the others from the magnitude, whose bins are 11 Hz wide."""
    return 1.0 if name == "griffin-lim" else 4.0


# --- mel to waveform ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", INVERSIONS)
@pytest.mark.parametrize("hz", [110.0, 220.0, 329.63])
def test_an_inverted_voice_keeps_its_pitch_and_its_level(config, hz, name):
    waveform = voice(hz, config.sample_rate, 1.0)
    mel_db, _ = spectra(waveform, config)
    found = INVERSIONS[name].invert(mel_db, np.full(mel_db.shape[1], hz, np.float32), len(waveform), config)
    assert found.dtype == np.float32
    assert found.shape == waveform.shape
    inner = slice(2 * config.n_fft, -2 * config.n_fft)
    assert rms_db(found[inner]) == pytest.approx(rms_db(waveform[inner]), abs=0.5)
    assert abs(cents(strongest_hz(found[inner], config.sample_rate, 0.7 * hz, 1.4 * hz), hz)) < within_cents(name)


def test_an_unknown_inversion_is_refused_by_name(tiny):
    with pytest.raises(UserError, match="there is no inversion 'wavenet'; choose one of pghi, griffin-lim, vocoder"):
        inversion.find("wavenet", tiny)


@pytest.mark.parametrize(("name", "own"), [("griffin-lim", 32), ("pghi", 0)])
def test_each_inversion_has_a_default_number_of_iterations(tiny, name, own):
    waveform, f0_hz = plucks(tiny, 0.3)
    mel_db, _ = spectra(waveform, tiny)
    invert = INVERSIONS[name].invert
    default, same = (invert(mel_db, f0_hz, len(waveform), tiny, iterations=n) for n in (None, own))
    np.testing.assert_array_equal(default, same)


def test_the_same_seed_gives_the_same_sound_and_another_seed_another(default):
    waveform, f0_hz = plucks(default, 0.6)
    mel_db, _ = spectra(waveform, default)
    one, same, other = (
        griffin_lim.invert(mel_db, f0_hz, len(waveform), default, iterations=4, seed=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3


@pytest.mark.parametrize("n_samples", [1, 300, 512, 513, 1024, 1025, 5000])
@pytest.mark.parametrize("name", INVERSIONS)
@pytest.mark.parametrize("iterations", [0, 2])
def test_a_mel_of_any_length_is_inverted(config, n_samples, iterations, name):
    n_frames = config.n_frames(n_samples)
    mel_db = np.zeros((config.n_mels, n_frames), np.float32)
    f0_hz = np.full(n_frames, 220, np.float32)
    found = INVERSIONS[name].invert(mel_db, f0_hz, n_samples, config, iterations=iterations)
    assert found.shape == (n_samples,)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("hz", [110.0, 220.0])
@pytest.mark.parametrize(("name", "iterations"), [("griffin-lim", 0), ("griffin-lim", 16), ("pghi", 0), ("vocoder", 0)])
def test_a_long_mel_inverted_in_pieces_has_no_seam(config, monkeypatch, hz, name, iterations):
    waveform = voice(hz, config.sample_rate, 6.0)
    mel_db, _ = spectra(waveform, config)
    monkeypatch.setattr(pieces, "SEGMENT_FRAMES", 96)
    f0_hz = np.full(mel_db.shape[1], hz, np.float32)
    found = INVERSIONS[name].invert(mel_db, f0_hz, len(waveform), config, iterations=iterations)
    inner = found[2 * config.n_fft : -2 * config.n_fft]
    block = config.sample_rate // 20
    level_db = [rms_db(inner[start : start + block]) for start in range(0, len(inner) - block + 1, block)]
    assert max(level_db) - min(level_db) < 1
    assert abs(cents(strongest_hz(inner, config.sample_rate, 0.7 * hz, 1.4 * hz), hz)) < within_cents(name)


@pytest.mark.parametrize("name", ["griffin-lim", "pghi"])
def test_two_threads_give_the_same_bytes_as_one(tiny, monkeypatch, rng, name):
    monkeypatch.setattr(pieces, "SEGMENT_FRAMES", 64)
    mel_db, f0_hz = rng.uniform(-40, 20, (tiny.n_mels, 300)), np.full(300, 220.0)
    one = INVERSIONS[name].invert(mel_db, f0_hz, 299 * tiny.hop_length, tiny, iterations=2)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    other = INVERSIONS[name].invert(mel_db, f0_hz, 299 * tiny.hop_length, tiny, iterations=2)
    assert one.tobytes() == other.tobytes()


def test_a_fault_in_a_piece_reaches_the_caller(tiny, monkeypatch):
    monkeypatch.setattr(pieces, "SEGMENT_FRAMES", 64)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    silence = np.zeros((tiny.n_bins, 64), np.float32)

    def last_step(waveform: np.ndarray, start: int, stop: int) -> np.ndarray:
        raise MemoryError(f"no memory for frames {start} to {stop}")

    with pytest.raises(MemoryError, match="frames 0 to 64"):
        pieces.invert_in_pieces(
            lambda start, stop, known: (silence[:, : stop - start],) * 2, 200, 199 * tiny.hop_length, tiny, 0, last_step
        )


@pytest.mark.parametrize("n_frames", [64, 65, 96, 97, 200])
def test_a_long_mel_is_inverted_in_pieces_of_limited_length(tiny, monkeypatch, n_frames):
    monkeypatch.setattr(pieces, "SEGMENT_FRAMES", 64)
    widths = []

    def spectrum_of(start: int, stop: int, known: np.ndarray | None) -> pieces.Spectrum:
        widths.append(stop - start)
        return np.zeros((tiny.n_bins, stop - start), np.float32), np.zeros((tiny.n_bins, stop - start), np.float32)

    pieces.invert_in_pieces(spectrum_of, n_frames, (n_frames - 1) * tiny.hop_length, tiny, 0)
    assert max(widths) <= 64
    assert sum(widths) == n_frames + (len(widths) - 1) * pieces.OVERLAP_FRAMES


def test_an_inversion_that_cannot_take_the_mels_is_left_out(tiny: Config, invertible: Config) -> None:
    assert fitting(invertible) == list(INVERSIONS)
    assert fitting(tiny) == ["pghi", "griffin-lim"]
