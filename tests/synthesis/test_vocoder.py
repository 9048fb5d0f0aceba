"""The vocoder: its network and its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from plucked_strings import plucks, spectra
from untrained import random_generator

from hum2guitar import CheckpointError, Config, Hum2Guitar, UserError
from hum2guitar.synthesis import checkpoint, inversion
from hum2guitar.synthesis.inversion import pghi, pieces, vocoder
from hum2guitar.synthesis.inversion.vocoder import Design, Loaded, Vocoder


def stirred(design: Design, seed: int = 0) -> Vocoder:
    """An untrained vocoder that is not the identity."""
    torch.manual_seed(seed)
    network = Vocoder(design).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return network


# --- the network -------------------------------------------------------------------------------------------------


def test_untrained_it_is_phase_gradient_heap_integration(default: Config) -> None:
    waveform, f0_hz = plucks(default, 0.6)
    _, magnitude = spectra(waveform, default)
    design = Design(default, width=4, blocks=1)
    better, *steps = vocoder.correct(Loaded(Vocoder(design).eval(), design, {}), magnitude, f0_hz)
    np.testing.assert_array_equal(better, magnitude)
    for found, expected in zip(steps, pghi.phase_steps(magnitude, default), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_in_pieces_it_sounds_as_it_does_as_a_whole(default: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    waveform, f0_hz = plucks(default, 3.0)
    mel_db, _ = spectra(waveform, default)
    design = Design(default, width=4, blocks=2)
    monkeypatch.setattr(vocoder, "load", lambda path: Loaded(stirred(design), design, {}))
    whole = vocoder.invert(mel_db, f0_hz, len(waveform), default)
    monkeypatch.setattr(pieces, "SEGMENT_FRAMES", 64)
    in_pieces = vocoder.invert(mel_db, f0_hz, len(waveform), default)
    one, other = (spectra(sound, default)[0] for sound in (whole, in_pieces))
    audible = one > one.max() - 40
    assert np.abs(one - other)[audible].mean() < 1


def test_the_same_mel_gives_the_same_sound(invertible: Config) -> None:
    waveform, f0_hz = plucks(invertible, 0.6)
    mel_db, _ = spectra(waveform, invertible)
    one, same = (vocoder.invert(mel_db, f0_hz, len(waveform), invertible) for _ in range(2))
    np.testing.assert_array_equal(one, same)


def test_what_it_hears_lies_between_minus_one_and_one(default: Config) -> None:
    waveform, f0_hz = plucks(default, 0.6)
    f0_hz[:5] = np.nan
    heard = vocoder.input_features(spectra(waveform, default)[1], f0_hz, default)
    assert heard.shape == (4, default.n_bins, len(f0_hz))
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 1.2
    assert not heard[1:, :, :5].any()
    k = round(3 * 146.83 * default.n_fft / default.sample_rate)
    assert heard[2, k, 10] > 0.7


@torch.no_grad()
def test_its_weights_do_the_same_below_5_khz_in_the_full_band(default: Config, full_band: Config) -> None:
    narrow, wide = stirred(Design(default, 8, 1)), Vocoder(Design(full_band, 8, 1)).eval()
    wide.load_state_dict(narrow.state_dict())
    features = torch.rand(1, 4, full_band.n_bins, 6)
    below = round(5000 * default.n_fft / default.sample_rate)
    torch.testing.assert_close(
        wide(features)[:, :, :below], narrow(features[:, :, : default.n_bins])[:, :, :below], rtol=0, atol=1e-5
    )


# --- its file ----------------------------------------------------------------------------------------------------


def test_the_vocoder_that_ships_is_small_says_where_it_comes_from_and_fits_the_checkpoint() -> None:
    assert vocoder.bundled().stat().st_size < 10_000_000
    loaded = vocoder.load(vocoder.bundled())
    assert {"commit", "corpus", "settings", "steps", "licences", "generator"} <= set(loaded.provenance)
    assert vocoder.incompatibility(checkpoint.load(checkpoint.bundled()).config) is None


def test_a_loaded_vocoder_has_its_channels_last_which_is_twice_as_fast() -> None:
    network = vocoder.load(vocoder.bundled()).network
    assert network.stem.weight.is_contiguous(memory_format=torch.channels_last)


def test_a_file_of_another_kind_is_refused_in_one_sentence(tmp_path: Path, tiny: Config) -> None:
    path = tmp_path / "tiny.safetensors"
    checkpoint.save(path, random_generator(tiny).state_dict(), tiny, {})
    with pytest.raises(CheckpointError, match="is not a hum2guitar vocoder; export one with python -m train vocoder"):
        vocoder.load(path)
    with pytest.raises(CheckpointError, match="is not a hum2guitar checkpoint"):
        checkpoint.load(vocoder.bundled())


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    content = bytearray(vocoder.bundled().read_bytes())
    content[-1] ^= 1
    (tmp_path / "v.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"the vocoder v\.safetensors was altered"):
        vocoder.load(tmp_path / "v.safetensors")


def test_a_design_that_does_not_hold_together_is_refused() -> None:
    with pytest.raises(CheckpointError, match="the design of the vocoder is not valid"):
        Design.from_dict({"width": 4})


def test_mels_that_it_did_not_learn_from_are_refused(converter: Hum2Guitar) -> None:
    with pytest.raises(UserError, match=r"trained on mels with sample_rate 44100, .* 16000; choose another inversion"):
        converter.convert(np.zeros(16000), 16000, inversion="vocoder")


def test_it_is_loaded_only_where_it_is_asked_for(tiny: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> Loaded:
        raise AssertionError(path)

    monkeypatch.setattr(vocoder, "load", refuse)
    for name in ("griffin-lim", "pghi"):
        inversion.INVERSIONS[name].invert(np.zeros((tiny.n_mels, 3)), np.full(3, 220.0), 600, tiny)
