from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest
import soundfile
from corpora import read_takes
from note_samples import RATE, pluck
from sounds import noise

from hum2guitar.config import SMALL
from hum2guitar.errors import CorpusError
from train.corpus import folder, store
from train.corpus.recordings import read

MELODY = (57, 60, 64, 60, 62, 59, 55, 57)


def write_melody(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, np.concatenate([pluck(midi, 0.8) for midi in MELODY]), RATE)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"there is no folder .*missing; give --audio a folder of recordings"):
        folder.build(tmp_path / "missing", tmp_path / "out", SMALL, None, "CC0 1.0", "test")


def test_recordings_in_a_folder_become_takes_with_notes_that_were_heard(tmp_path: Path) -> None:
    for i in range(3):
        write_melody(tmp_path / "in" / f"{i}.wav")
    folder.build(tmp_path / "in", tmp_path / "out", SMALL, "mine", "CC0 1.0", "test")
    first = next(read_takes(tmp_path / "out", "train", SMALL))
    assert [round(note.midi) for note in first.notes] == list(MELODY)
    index = store.read_index(tmp_path / "out")
    assert [t.split for t in index] == ["train", "validation", "train"]
    assert {(t.guitar, t.licence) for t in index} == {("mine", "CC0 1.0")}


def test_what_is_left_out_is_counted_by_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, rng: np.random.Generator
) -> None:
    for i in range(2):
        write_melody(tmp_path / "in" / f"{i}.wav")
    soundfile.write(tmp_path / "in" / "hiss.wav", noise(8 * RATE, rng), RATE)
    soundfile.write(tmp_path / "in" / "brief.wav", pluck(57, 0.2), RATE)
    (tmp_path / "in" / "broken.wav").write_bytes(b"no sound")
    with caplog.at_level(logging.WARNING):
        left_out = folder.build(tmp_path / "in", tmp_path / "out", SMALL, None, "CC0 1.0", "test")
    assert "broken.wav" in caplog.text
    assert "lasts 0.2" in caplog.text
    assert left_out["noise"] == {"seconds": pytest.approx(8, abs=0.1), "recordings": 1}
    assert left_out["unreadable"] == {"seconds": pytest.approx(0.2, abs=0.01), "recordings": 2}
    assert json.loads((tmp_path / "out" / "corpus.json").read_text())["left_out"] == left_out
    assert store.describe_left_out(left_out) == "left out: 8.0 s noise in 1 recording, 0.2 s unreadable in 2 recordings"


def test_a_folder_of_one_usable_recording_says_what_became_of_the_others(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    write_melody(tmp_path / "0.wav")
    soundfile.write(tmp_path / "1.wav", noise(8 * RATE, rng), RATE)
    with pytest.raises(CorpusError, match=r"fewer than two usable recordings \(left out: 8.0 s noise in 1 recording\)"):
        folder.build(tmp_path, tmp_path / "out", SMALL, None, "CC0 1.0", "test")


def test_a_recording_longer_than_a_piece_is_used_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece is half of the 13 s here, five minutes otherwise."""
    monkeypatch.setattr(folder, "PIECE_S", 7.0)
    (tmp_path / "in").mkdir()
    for i in range(2):
        soundfile.write(tmp_path / "in" / f"{i}.wav", np.concatenate([pluck(midi, 0.8) for midi in 2 * MELODY]), RATE)
    folder.build(tmp_path / "in", tmp_path / "out", SMALL, None, "CC0 1.0", "test")
    first, second = (take for take in store.read_index(tmp_path / "out") if take.split == "train")
    assert first.source == "0.wav from 0.00 s"
    assert second.source == "0.wav from 6.44 s"
    assert first.seconds + second.seconds == pytest.approx(16 * 0.805, abs=0.05)


def test_a_recording_of_eleven_minutes_is_no_longer_too_long(tmp_path: Path) -> None:
    """The page's limit of 10 minutes is not a corpus's."""
    soundfile.write(tmp_path / "long.flac", np.tile(pluck(57, 1.0, 8000), 661), 8000)
    waveform = read(tmp_path / "long.flac", SMALL)
    assert len(waveform) / SMALL.sample_rate == pytest.approx(661 * 1.005, abs=0.1)
