"""The rendered strokes: when they attack, their pitch and their level."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from note_samples import write_samples

from train.corpus.samples import load_guitars, measure_midi
from train.synth.guitar import ATTACK_LEVEL_DB, ONE_LAYER_DB, RENDER_RATE, Guitar, Sample
from train.synth.melody import Stroke
from train.synth.render import at_positions, choose_samples, render_stroke, render_take


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
    found = attack_times(render_take(strokes, guitar, 2.5, np.random.default_rng(0)), RENDER_RATE)
    assert found == pytest.approx([0.2, 0.9, 1.63], abs=0.006)


def play(stroke: Stroke, guitar: Guitar) -> np.ndarray:
    sound, _ = render_stroke(stroke, guitar.nearest(stroke.midi + stroke.glide / 2, stroke.gain_db))
    return sound


def band_db(sound: np.ndarray, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / RENDER_RATE)
    return float(10 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum()))


def click(midi: float, gain_db: float = ONE_LAYER_DB) -> Sample:
    """Return a sample that has every frequency at one level."""
    waveform = np.zeros(RENDER_RATE, dtype=np.float32)
    waveform[1000] = 1
    return Sample(waveform, midi, 1000 / RENDER_RATE, gain_db)


def test_a_stroke_has_the_pitch_and_level_it_was_given(guitar: Guitar) -> None:
    loud = play(Stroke(0, 1.0, 55.3, 0.0, 0.05), guitar)
    soft = play(Stroke(0, 1.0, 55.3, -12.0, 0.05), guitar)
    assert measure_midi(loud) == pytest.approx(55.3, abs=0.1)
    head = slice(0, int(0.3 * RENDER_RATE))
    assert 10 * np.log10((soft[head] ** 2).mean() / (loud[head] ** 2).mean()) == pytest.approx(-12, abs=0.1)


@pytest.mark.parametrize("softer_db", [3.0, 7.0, 14.0])
def test_a_soft_pluck_loses_more_treble_than_body_and_more_the_softer_it_is(softer_db: float) -> None:
    plain, _ = render_stroke(Stroke(0, 0.5, 60, ONE_LAYER_DB, 0.05), click(60))
    soft, _ = render_stroke(Stroke(0, 0.5, 60, ONE_LAYER_DB - softer_db, 0.05), click(60))
    lost_db = [band_db(plain, *band) - band_db(soft, *band) for band in ((50, 300), (1000, 5000), (6900, 7100))]
    assert lost_db == sorted(lost_db)
    assert lost_db[2] - lost_db[0] == pytest.approx(1.4 * softer_db, rel=0.03)


@pytest.mark.parametrize("gain_db", [0.0, -3.0, ONE_LAYER_DB])
def test_a_pluck_as_hard_as_the_sample_or_harder_has_the_spectrum_of_the_sample(gain_db: float) -> None:
    sound, _ = render_stroke(Stroke(0, 0.5, 60, gain_db, 0.05), click(60))
    levels = [band_db(sound, low, low + 500) - gain_db for low in (500, 5000, 10000, 18000)]
    assert levels == pytest.approx([levels[0]] * 4, abs=0.1)


def test_a_note_that_is_moved_by_less_than_a_semitone_keeps_its_treble() -> None:
    t = np.arange(8000) / RENDER_RATE
    tone = np.sin(2 * np.pi * 15000 * t).astype(np.float32)
    moved = at_positions(tone, 100 + 1.01 * np.arange(7000))[500:-500]
    exact = np.sin(2 * np.pi * 15000 * 1.01 * t[: len(moved)])
    assert band_db(moved, 15100, 15200) - band_db(exact, 15100, 15200) == pytest.approx(0, abs=1)


def test_round_robins_alternate_and_every_one_is_used() -> None:
    layers = [click(60 + 0.01 * n, gain_db) for gain_db in (0.0, -12.0) for n in range(3)]
    strokes = [Stroke(0.2 * n, 0.2, 60, -11.0, 0.05) for n in range(60)]
    chosen = choose_samples(strokes, Guitar("steel", tuple(layers), "", ""), np.random.default_rng(0))
    assert {id(sample) for sample in chosen} == {id(sample) for sample in layers[3:]}
    assert all(a is not b for a, b in pairwise(chosen))


def test_a_slide_arrives_a_tone_higher(guitar: Guitar) -> None:
    sound = play(Stroke(0, 1.4, 54, 0.0, 0.05, glide=2.0, glide_at_s=0.6), guitar)
    assert measure_midi(sound[: int(0.55 * 44100)]) == pytest.approx(54, abs=0.15)
    assert measure_midi(sound[int(0.75 * 44100) :]) == pytest.approx(56, abs=0.15)
