from __future__ import annotations

import logging
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from strings import RATE, pluck, write_samples

from hum2guitar.config import SMALL
from hum2guitar.errors import CorpusError
from hum2guitar.note import hz_to_midi
from train.corpus import sampled, store


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_samples(tmp_path_factory.mktemp("notes"), {"steel": range(50, 63), "nylon": range(55, 60)})


@pytest.fixture(scope="module")
def guitar(notes: Path) -> sampled.Guitar:
    return next(g for g in sampled.load_guitars(notes) if g.name == "steel")


def attack_times(waveform: np.ndarray, rate: int) -> np.ndarray:
    """Where the level of 5 ms blocks rises by more than 9 dB, in seconds."""
    block = rate // 200
    level = 10 * np.log10((waveform[: len(waveform) // block * block].reshape(-1, block) ** 2).mean(axis=1) + 1e-9)
    return (np.flatnonzero(np.diff(level) > 9) + 1) * block / rate


def test_a_guitar_has_its_samples_range_and_licence(guitar: sampled.Guitar) -> None:
    assert guitar.range == (50, 62)
    assert guitar.licence == "CC0 1.0"
    assert [round(s.midi) for s in guitar.samples] == list(range(50, 63))
    assert all(abs(s.midi - round(s.midi)) < 0.1 for s in guitar.samples)


def test_a_sample_of_another_pitch_than_its_name_is_refused_by_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_samples(tmp_path, {"steel": range(50, 53)})
    soundfile.write(tmp_path / "steel" / "060.flac", pluck(64), RATE)
    with caplog.at_level(logging.WARNING):
        (loaded,) = sampled.load_guitars(tmp_path)
    assert [round(s.midi) for s in loaded.samples] == [50, 51, 52]
    assert "060.flac" in caplog.text
    assert re.search(r"40\d cents away", caplog.text)


def test_guitars_are_chosen_by_name(notes: Path) -> None:
    guitars = sampled.load_guitars(notes)
    assert [guitar.name for guitar in sampled.choose(guitars, ["steel"])] == ["steel"]
    with pytest.raises(CorpusError, match="there is no guitar banjo here; there are nylon, steel"):
        sampled.choose(guitars, ["steel", "banjo"])


def test_a_guitar_kept_for_the_judge_makes_no_corpus(guitar: sampled.Guitar, tmp_path: Path) -> None:
    kept = replace(guitar, name="nylon_fluid")
    with pytest.raises(CorpusError, match="nylon_fluid is kept for the judge"):
        sampled.build([kept], 0.1, tmp_path, SMALL, seed=0, processes=1, command="test")


def test_noise_is_refused_as_a_sample(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    soundfile.write(tmp_path / "050.wav", np.random.default_rng(0).normal(0, 0.1, RATE), RATE)
    with caplog.at_level(logging.WARNING):
        assert sampled.load_sample(tmp_path / "050.wav") is None
    assert "no pitch" in caplog.text


def test_a_folder_without_samples_says_how_to_name_them(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"steel/045\.flac"):
        sampled.load_guitars(tmp_path)
    with pytest.raises(CorpusError, match="there is no folder"):
        sampled.load_guitars(tmp_path / "absent")


def test_every_sample_attacks_when_it_says_and_is_as_loud_as_the_others(guitar: sampled.Guitar) -> None:
    for sample in guitar.samples:
        level = 10 * np.log10((sample.waveform[: int(0.3 * 44100)] ** 2).mean())
        assert level == pytest.approx(sampled.ATTACK_LEVEL_DB, abs=0.1)
        assert attack_times(sample.waveform, sampled.RENDER_RATE)[0] == pytest.approx(sample.attack_s, abs=0.006)


def test_attacks_lie_where_the_notes_say(guitar: sampled.Guitar) -> None:
    strokes = [sampled.Stroke(t, 0.4, 55, -3.0, 0.03) for t in (0.2, 0.9, 1.63)]
    found = attack_times(sampled.render_take(strokes, guitar, 2.5), sampled.RENDER_RATE)
    assert found == pytest.approx([0.2, 0.9, 1.63], abs=0.006)


def test_a_stroke_has_the_pitch_and_level_it_was_given(guitar: sampled.Guitar) -> None:
    loud, _ = sampled.render_stroke(sampled.Stroke(0, 1.0, 55.3, 0.0, 0.05), guitar)
    soft, _ = sampled.render_stroke(sampled.Stroke(0, 1.0, 55.3, -12.0, 0.05), guitar)
    assert sampled.measure_midi(loud) == pytest.approx(55.3, abs=0.1)
    assert 20 * np.log10(np.abs(soft).max() / np.abs(loud).max()) == pytest.approx(-12, abs=1.5)


def test_a_slide_arrives_a_tone_higher(guitar: sampled.Guitar) -> None:
    sound, _ = sampled.render_stroke(sampled.Stroke(0, 1.4, 54, 0.0, 0.05, glide=2.0, glide_at_s=0.6), guitar)
    assert sampled.measure_midi(sound[: int(0.55 * 44100)]) == pytest.approx(54, abs=0.15)
    assert sampled.measure_midi(sound[int(0.75 * 44100) :]) == pytest.approx(56, abs=0.15)


def test_no_sample_is_shifted_by_more_than_a_semitone(guitar: sampled.Guitar) -> None:
    gappy = replace(guitar, samples=guitar.samples[::3])
    for seed in range(20):
        for stroke in sampled.compose(gappy, 20, np.random.default_rng(seed)):
            source = gappy.nearest(stroke.midi + stroke.glide / 2)
            shift = sampled.pitch_curve(stroke, int(stroke.held_s * sampled.RENDER_RATE)) - source.midi
            assert np.abs(shift).max() <= sampled.MAX_SHIFT + sampled.MAX_DETUNE


def test_a_walk_has_everything_that_playing_has(guitar: sampled.Guitar) -> None:
    strokes = [s for seed in range(30) for s in sampled.compose(guitar, 20, np.random.default_rng(seed))]
    assert any(s.glide for s in strokes)
    assert any(s.bend for s in strokes)
    assert any(not s.plucked for s in strokes)
    assert any(a.midi == b.midi for a, b in pairwise(strokes))
    assert max(s.gain_db for s in strokes) > -2 > -10 > min(s.gain_db for s in strokes)


def test_played_notes_end_when_the_next_begins() -> None:
    strokes = [sampled.Stroke(0.0, 3.0, 60, 0.0, 0.1), sampled.Stroke(1.0, 0.5, 62, -12.0, 0.1)]
    first, second = sampled.played_notes(strokes, 5.0)
    assert (first.offset_s, second.offset_s) == (1.0, 1.5)
    assert (first.velocity, second.velocity) == (1.0, 0.5)


def test_the_same_seed_gives_the_same_corpus_whatever_the_number_of_processes(notes: Path, tmp_path: Path) -> None:
    for processes in (1, 2):
        out = tmp_path / str(processes)
        sampled.build(sampled.load_guitars(notes), 40 / 3600, out, SMALL, seed=3, processes=processes, command="test")
    a, b = ([t.waveform for t in store.read_takes(tmp_path / n, "train", SMALL)] for n in ("1", "2"))
    assert len(a) == len(b) > 0
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_a_corpus_keeps_what_was_played(notes: Path, tmp_path: Path) -> None:
    sampled.build(sampled.load_guitars(notes), 60 / 3600, tmp_path, SMALL, seed=5, processes=1, command="test")
    takes = [t for split in ("train", "validation") for t in store.read_takes(tmp_path, split, SMALL)]
    assert {t.info.guitar for t in takes} == {"steel", "nylon"}
    for take in takes:
        assert take.info.licence == "CC0 1.0"
        assert len(take.f0_hz) == len(take.energy_db) == SMALL.n_frames(len(take.waveform))
        agree = []
        for note in take.notes:
            middle = int((note.onset_s + note.offset_s) / 2 / SMALL.frame_s)
            if note.plucked and np.isfinite(take.f0_hz[middle]):
                agree.append(abs(float(hz_to_midi(take.f0_hz[middle])) - note.midi) < 0.7)
        assert len(agree) > 5
        assert np.mean(agree) > 0.7  # slides, bends and ringing strings account for the rest
