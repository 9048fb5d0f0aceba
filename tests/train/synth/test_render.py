"""The rendered strokes: when they attack, their pitch and their level."""

from __future__ import annotations

import numpy as np
import pytest
from note_samples import write_samples

from train.corpus.samples import load_guitars, measure_midi
from train.synth.guitar import ATTACK_LEVEL_DB, RENDER_RATE, Guitar
from train.synth.melody import Stroke
from train.synth.render import render_stroke, render_take


@pytest.fixture(scope="module")
def guitar(tmp_path_factory: pytest.TempPathFactory) -> Guitar:
    """A computed guitar of thirteen notes, D3 to D4."""
    (guitar,) = load_guitars(write_samples(tmp_path_factory.mktemp("notes"), {"steel": range(50, 63)}))
    return guitar


def attack_times(waveform: np.ndarray, rate: int) -> np.ndarray:
    """Where the level of 5 ms blocks rises by more than 9 dB, in seconds."""
    block = rate // 200
    level = 10 * np.log10((waveform[: len(waveform) // block * block].reshape(-1, block) ** 2).mean(axis=1) + 1e-9)
    return (np.flatnonzero(np.diff(level) > 9) + 1) * block / rate


def test_every_sample_attacks_when_it_says_and_is_as_loud_as_the_others(guitar: Guitar) -> None:
    for sample in guitar.samples:
        level = 10 * np.log10((sample.waveform[: int(0.3 * 44100)] ** 2).mean())
        assert level == pytest.approx(ATTACK_LEVEL_DB, abs=0.1)
        assert attack_times(sample.waveform, RENDER_RATE)[0] == pytest.approx(sample.attack_s, abs=0.006)


def test_attacks_lie_where_the_notes_say(guitar: Guitar) -> None:
    strokes = [Stroke(t, 0.4, 55, -3.0, 0.03) for t in (0.2, 0.9, 1.63)]
    found = attack_times(render_take(strokes, guitar, 2.5), RENDER_RATE)
    assert found == pytest.approx([0.2, 0.9, 1.63], abs=0.006)


def test_a_stroke_has_the_pitch_and_level_it_was_given(guitar: Guitar) -> None:
    loud, _ = render_stroke(Stroke(0, 1.0, 55.3, 0.0, 0.05), guitar)
    soft, _ = render_stroke(Stroke(0, 1.0, 55.3, -12.0, 0.05), guitar)
    assert measure_midi(loud) == pytest.approx(55.3, abs=0.1)
    assert 20 * np.log10(np.abs(soft).max() / np.abs(loud).max()) == pytest.approx(-12, abs=1.5)


def test_a_slide_arrives_a_tone_higher(guitar: Guitar) -> None:
    sound, _ = render_stroke(Stroke(0, 1.4, 54, 0.0, 0.05, glide=2.0, glide_at_s=0.6), guitar)
    assert measure_midi(sound[: int(0.55 * 44100)]) == pytest.approx(54, abs=0.15)
    assert measure_midi(sound[int(0.75 * 44100) :]) == pytest.approx(56, abs=0.15)
