"""The measures of plucks on strings whose levels can be computed."""

from __future__ import annotations

import numpy as np
import pytest
from sounds import noise

from hum2guitar import metrics
from hum2guitar.analysis import audio
from hum2guitar.metrics import treble
from hum2guitar.metrics.measured import Measured
from hum2guitar.note import Note

RATE = treble.SAMPLE_RATE
ONSETS_S = (0.5, 1.2, 1.9)


def strings(*partials: tuple[float, float, float], seconds: float = 2.6) -> np.ndarray:
    """(T,) float32 at ``RATE`` — at each of ``ONSETS_S`` partials: frequency, amplitude, decay in dB/s."""
    sound = np.zeros(int(seconds * RATE))
    t = np.arange(int(0.65 * RATE)) / RATE
    for onset_s in ONSETS_S:
        first = int(onset_s * RATE)
        for hz, amplitude, db_per_s in partials:
            tone = amplitude * 10 ** (-db_per_s * t / 20) * np.sin(2 * np.pi * hz * t)
            sound[first : first + len(t)] += tone * np.clip((0.65 - t) / 0.05, 0, 1)
    return (0.3 * sound).astype(np.float32)


def n_notes(measured: Measured) -> int:
    return sum(len(segment) for segment in measured.segments)


HARMONICS = [(220.0 * k, 1 / k, 20.0) for k in range(1, 9)]


def test_treble_is_the_level_of_the_band_against_the_body_at_each_time() -> None:
    body_power = sum(1 / k**2 for k in range(1, 9))
    sound = strings(*HARMONICS, (7000.0, 0.1, 120.0), (13000.0, 0.01, 60.0))
    found = treble.treble(sound)
    for ms in treble.AT_MS:
        age_s = ms / 1000 + 0.0025  # the middle of the 5 ms that begin there
        expected = -20 - 10 * np.log10(body_power)
        assert float(found[f"5–10 kHz, {ms} ms"]) == pytest.approx(expected - 120 * age_s, abs=1.5)
        assert float(found[f"10–18 kHz, {ms} ms"]) == pytest.approx(expected - 20 - 60 * age_s, abs=1.5)


def test_treble_does_not_depend_on_the_loudness() -> None:
    sound = strings(*HARMONICS, (7000.0, 0.1, 100.0))
    loud, soft = (float(treble.treble(gain * sound)["5–10 kHz, 40 ms"]) for gain in (1.0, 0.05))
    assert soft == pytest.approx(loud, abs=0.2)


def test_a_sound_of_22_khz_has_nothing_above_11_khz() -> None:
    sound = strings(*HARMONICS, (7000.0, 0.1, 10.0), (13000.0, 0.1, 10.0))
    low = audio.resample(audio.resample(sound, RATE, metrics.SAMPLE_RATE), metrics.SAMPLE_RATE, RATE)
    whole, cut = treble.treble(sound), treble.treble(low)
    assert float(cut["5–10 kHz, 40 ms"]) == pytest.approx(float(whole["5–10 kHz, 40 ms"]), abs=0.3)
    assert float(cut["10–18 kHz, 40 ms"]) < float(whole["10–18 kHz, 40 ms"]) - 30


def test_notes_out_of_the_range_or_followed_soon_do_not_count() -> None:
    high = strings((880.0, 1.0, 20.0), (1760.0, 0.3, 20.0))
    assert np.isnan(float(treble.treble(high)["5–10 kHz, 10 ms"]))
    sound = strings(*HARMONICS)
    assert n_notes(treble.treble(sound)["5–10 kHz, 10 ms"]) == 3
    dense = sound + np.roll(sound, int(0.15 * RATE))  # each string is plucked again after 150 ms
    assert n_notes(treble.treble(dense)["5–10 kHz, 10 ms"]) <= 3


@pytest.mark.parametrize("level_db", [-30.0, -50.0])
def test_between_harmonics_is_the_level_of_the_haze(level_db: float) -> None:
    sound = audio.resample(strings(*((220.0 * k, 1.0, 0.0) for k in range(1, 12))), RATE, metrics.SAMPLE_RATE)
    haze = noise(len(sound), np.random.default_rng(0))
    clean, hazy, hazier = (
        float(treble.between_harmonics(sound + gain * haze)[treble.BETWEEN])
        for gain in (0, 10 ** (level_db / 20), 2 * 10 ** (level_db / 20))
    )
    assert clean < -70
    assert hazier - hazy == pytest.approx(6.02, abs=0.5)


def test_before_a_pluck_is_the_power_that_comes_too_early() -> None:
    notes = [Note(onset_s, onset_s + 0.6, 57.0, 1.0) for onset_s in ONSETS_S]
    sound = strings(*HARMONICS)
    assert float(treble.pre_echo(sound, notes)[treble.BEFORE]) < -80
    for delay_s, gain in ((0.02, 0.1), (0.02, 0.01)):
        early = sound + gain * np.roll(sound, -int(delay_s * RATE))
        found = float(treble.pre_echo(early, notes)[treble.BEFORE])
        # 15 of its 20 ms lie in the window, after the last 5 are left out
        assert found == pytest.approx(20 * np.log10(gain) + 10 * np.log10(15 / 20), abs=1.5)


def test_a_note_that_follows_another_at_once_has_no_silence_before_it() -> None:
    notes = [Note(0.5, 1.19, 57.0, 1.0), Note(1.2, 1.89, 57.0, 1.0), Note(1.9, 2.5, 57.0, 1.0)]
    assert n_notes(treble.pre_echo(strings(*HARMONICS), notes)[treble.BEFORE]) == 1
