"""The whole path at several sample rates, and the analysis of a hum at 44.1 kHz beside that at 22.05 kHz."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sounds import noise, sung
from untrained import random_generator

from hum2guitar import Choices, Config, Hum2Guitar
from hum2guitar.analysis import audio, f0
from hum2guitar.analysis.heard import Heard, analyse
from hum2guitar.analysis.trackers import TRACKERS, load_tracker
from hum2guitar.synthesis.checkpoint import Checkpoint
from hum2guitar.synthesis.inversion import INVERSIONS

SECONDS = 2.0
NOTES = [(0.1, 0.6, 57.0), (0.7, 1.1, 61.0), (1.2, 1.9, 64.0)]  # onset s, offset s, MIDI
GRIDS = {
    16000: {"n_fft": 1024, "hop_length": 256, "n_mels": 64, "fmax_hz": 8000.0},
    22050: {"n_fft": 2048, "hop_length": 512, "n_mels": 128, "fmax_hz": 10000.0},
    44100: {"n_fft": 4096, "hop_length": 1024, "n_mels": 144, "fmax_hz": 20000.0},
    48000: {"n_fft": 4096, "hop_length": 1024, "n_mels": 160, "fmax_hz": 21000.0},
}


def hum(sample_rate: int) -> np.ndarray:
    """Three sung notes in a quiet room."""
    hiss = noise(int(SECONDS * 44100), np.random.default_rng(0), pink=True)
    return audio.resample(sung(NOTES, 44100, SECONDS) + 0.01 * hiss, 44100, sample_rate)


@pytest.mark.parametrize("sample_rate", GRIDS)
def test_a_hum_becomes_a_guitar_at_every_sample_rate(full_band: Config, tiny: Config, sample_rate: int) -> None:
    config = replace(tiny, sample_rate=sample_rate, label_channels=full_band.label_channels, **GRIDS[sample_rate])
    converter = Hum2Guitar(Checkpoint(random_generator(config), config, {}))
    heard = converter.analyse(hum(44100), 44100)
    assert [round(note.midi) for note in heard.notes] == [57, 61, 64]
    np.testing.assert_allclose([note.onset_s for note in heard.notes], [0.1, 0.7, 1.2], atol=0.05)
    played = converter.arrange(heard)
    for name, inversion in INVERSIONS.items():
        if inversion.incompatibility(config) is None:
            sound = converter.render(played, Choices(inversion=name, iterations=1))
            assert sound.sample_rate == sample_rate
            assert len(sound.waveform) == round(SECONDS * sample_rate)
            assert 1e-3 < np.sqrt((sound.waveform**2).mean()) < 0.5


def heard_at(config: Config, tracker: str) -> Heard:
    prepared = audio.prepare(hum(44100), 44100, config.sample_rate, config.loudness_db)
    return analyse(prepared, config, load_tracker(tracker))


@pytest.mark.parametrize("tracker", [name for name in TRACKERS if name != "crepe-full"])
def test_notes_and_curves_are_the_same_at_44_khz_and_at_22_khz(
    default: Config, full_band: Config, tracker: str
) -> None:
    low, high = heard_at(default, tracker), heard_at(full_band, tracker)
    assert len(low.notes) == len(high.notes) == 3
    for at_low, at_high in zip(low.notes, high.notes, strict=True):
        assert at_high.midi == pytest.approx(at_low.midi, abs=0.01)
        assert at_high.onset_s == pytest.approx(at_low.onset_s, abs=0.005)
        assert at_high.offset_s == pytest.approx(at_low.offset_s, abs=0.011)
    assert (np.isfinite(low.f0_hz) != np.isfinite(high.f0_hz)).sum() <= 1
    np.testing.assert_allclose(high.energy_db, low.energy_db, atol=0.3)
    np.testing.assert_allclose(high.onset_strength, low.onset_strength, atol=0.03)


@pytest.mark.parametrize(
    ("sample_rate", "analysed_at"), [(16000, 16000), (22050, 22050), (44100, 22050), (48000, 24000), (96000, 24000)]
)
def test_pitch_is_searched_at_the_lowest_rate_from_22_khz_up(tiny: Config, sample_rate: int, analysed_at: int) -> None:
    config = replace(tiny, sample_rate=sample_rate, n_fft=4096, hop_length=1024)
    grid = f0.analysis_grid(config)
    assert grid.sample_rate == analysed_at
    assert grid.frame_s == config.frame_s
    for n_samples in (10 * 1024 - 1, 10 * 1024, 10 * 1024 + 1):
        waveform = np.zeros(n_samples, np.float32)
        assert grid.n_frames(len(f0.to_grid(waveform, config, grid))) == config.n_frames(n_samples)
