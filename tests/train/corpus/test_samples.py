"""Folders of note samples: which samples are used, and what is known of them."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from note_samples import RATE, pluck, write_samples

from hum2guitar.errors import CorpusError
from train.corpus.samples import choose, load_guitars, load_sample
from train.synth.guitar import Guitar


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_samples(tmp_path_factory.mktemp("notes"), {"steel": range(50, 63), "nylon": range(55, 60)})


@pytest.fixture(scope="module")
def guitar(notes: Path) -> Guitar:
    return next(g for g in load_guitars(notes) if g.name == "steel")


def test_a_guitar_has_its_samples_range_and_licence(guitar: Guitar) -> None:
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
        (loaded,) = load_guitars(tmp_path)
    assert [round(s.midi) for s in loaded.samples] == [50, 51, 52]
    assert "060.flac" in caplog.text
    assert re.search(r"40\d cents away", caplog.text)


def write_layers(folder: Path, layer_db: dict[int, float]) -> None:
    """Write two notes with two round robins in each layer; the peaks of the layers lie at these levels."""
    folder.mkdir()
    for midi in (50, 53):
        for layer, level_db in layer_db.items():
            for robin in (1, 2):
                sound = pluck(midi + 0.02 * robin)
                peak = 10 ** (level_db / 20)
                name = f"{midi:03d}_v{layer}_r{robin}.flac"
                soundfile.write(folder / name, peak * sound / np.abs(sound).max(), RATE, subtype="PCM_24")


def test_layers_have_the_level_at_which_they_were_plucked_whatever_their_numbers(tmp_path: Path) -> None:
    write_layers(tmp_path / "steel", {1: -14.0, 2: -2.0, 3: -7.0})
    (guitar,) = load_guitars(tmp_path)
    assert len(guitar.samples) == 12
    assert sorted({round(sample.gain_db, 1) for sample in guitar.samples}) == [-12.0, -5.0, 0.0]
    assert guitar.nearest(50, -11.0).gain_db == pytest.approx(-12.0, abs=0.1)
    assert guitar.nearest(50, -3.0).gain_db == pytest.approx(-5.0, abs=0.1)


def test_layers_are_levelled_because_a_stroke_gives_them_their_level(tmp_path: Path) -> None:
    write_layers(tmp_path / "steel", {1: -14.0, 2: -2.0})
    (guitar,) = load_guitars(tmp_path)
    levels = [float((sample.waveform[: int(0.3 * RATE)] ** 2).mean()) for sample in guitar.samples]
    assert levels == pytest.approx([levels[0]] * 8, rel=0.01)


def test_a_layered_sample_of_another_pitch_than_its_name_is_refused_by_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_layers(tmp_path / "steel", {1: -14.0, 2: -2.0})
    soundfile.write(tmp_path / "steel" / "077_v1_r1.flac", pluck(89), RATE)
    with caplog.at_level(logging.WARNING):
        (guitar,) = load_guitars(tmp_path)
    assert guitar.range == (50, 53)
    assert re.search(r"077_v1_r1\.flac as MIDI 77: its pitch is 1[12]\d\d cents away", caplog.text)


def test_guitars_are_chosen_by_name(notes: Path) -> None:
    guitars = load_guitars(notes)
    assert [guitar.name for guitar in choose(guitars, ["steel"])] == ["steel"]
    with pytest.raises(CorpusError, match="there is no guitar banjo here; there are nylon, steel"):
        choose(guitars, ["steel", "banjo"])


def test_noise_is_refused_as_a_sample(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    soundfile.write(tmp_path / "050.wav", np.random.default_rng(0).normal(0, 0.1, RATE), RATE)
    with caplog.at_level(logging.WARNING):
        assert load_sample(tmp_path / "050.wav") is None
    assert "no pitch" in caplog.text


def test_a_folder_without_samples_says_how_to_name_them(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"steel/045\.flac"):
        load_guitars(tmp_path)
    with pytest.raises(CorpusError, match="there is no folder"):
        load_guitars(tmp_path / "absent")
