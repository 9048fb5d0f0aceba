from __future__ import annotations

import numpy as np
import pytest
from note_samples import pluck
from sounds import noise

from hum2guitar.analysis import audio
from hum2guitar.config import SMALL
from train.corpus.screen import harmonic_share, screen

RATE = SMALL.sample_rate
MELODY = (57, 60, 64, 60, 62, 59, 55, 57, 60, 65)


def melody(transposed: int = 0, length_s: float = 1.0) -> np.ndarray:
    """(T,) at the Config's loudness — ten plucked notes."""
    played = np.concatenate([pluck(midi + transposed, length_s, RATE) for midi in MELODY])
    return audio.set_loudness(played, RATE, SMALL.loudness_db)


def test_one_string_at_a_time_is_kept_whole() -> None:
    waveform = melody()
    screened = screen(waveform, SMALL)
    assert screened.stretches == [(0, len(waveform))]
    assert screened.left_out_s == {}


def test_two_melodies_at_once_are_polyphony() -> None:
    screened = screen(melody() + melody(6), SMALL)
    assert screened.stretches == []
    assert screened.left_out_s["polyphony"] > 8


@pytest.mark.parametrize("pink", [False, True])
def test_a_melody_under_noise_is_noise(pink: bool, rng: np.random.Generator) -> None:
    waveform = melody()
    hiss = noise(len(waveform), rng, pink=pink) * np.float32(10 ** ((SMALL.loudness_db + 20 - 5) / 20))  # 5 dB under it
    screened = screen(waveform + hiss, SMALL)
    assert screened.stretches == []
    assert screened.left_out_s["noise"] > 8


def test_what_is_clean_around_a_noisy_stretch_is_kept(rng: np.random.Generator) -> None:
    waveform = np.concatenate([melody(), noise(5 * RATE, rng), melody(2)])
    screened = screen(waveform, SMALL)
    first, second = screened.stretches
    assert first[0] == 0
    assert first[1] / RATE == pytest.approx(9, abs=1)
    assert second[0] / RATE == pytest.approx(16, abs=1)
    assert screened.left_out_s == {"noise": pytest.approx(6, abs=1)}


def test_rests_stay_and_long_silences_go() -> None:
    def with_pause(seconds: float) -> np.ndarray:
        return np.concatenate([melody(), np.zeros(int(seconds * RATE), dtype=np.float32), melody(2)])

    assert len(screen(with_pause(1.0), SMALL).stretches) == 1
    screened = screen(with_pause(6.0), SMALL)
    assert len(screened.stretches) == 2
    assert screened.left_out_s["silence"] == pytest.approx(6, abs=1)


def test_a_melody_too_short_for_a_segment_is_counted_as_such() -> None:
    screened = screen(melody(length_s=0.4), SMALL)
    assert screened.stretches == []
    assert screened.left_out_s == {"too short": pytest.approx(4.1, abs=0.1)}


def test_the_harmonic_share_of_a_tone_is_all_and_of_noise_what_its_ridges_cover(rng: np.random.Generator) -> None:
    t = np.arange(2 * RATE) / RATE
    tone = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 8)).astype(np.float32)
    f0_hz = np.full(SMALL.n_frames(len(t)), 220.0, dtype=np.float32)
    share, _ = harmonic_share(tone, f0_hz, SMALL)
    assert np.median(share) > 0.99
    share, peakedness = harmonic_share(noise(len(t), rng), f0_hz, SMALL)
    assert np.median(share) == pytest.approx(4 / (220 / (RATE / (2 * SMALL.n_fft))), abs=0.03)
    assert np.median(peakedness) == pytest.approx(0.2, abs=0.05)
