from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from corpora import read_takes
from note_samples import pluck
from torch.utils.data import DataLoader

from hum2guitar.config import Config
from hum2guitar.errors import CorpusError
from hum2guitar.note import Note, hz_to_midi
from train.__main__ import main
from train.corpus import store
from train.data.dataset import Segments

PLAYED = [Note(0.005, 1.5, 57.0, 0.8), Note(1.5, 1.9, 59.0, 0.2, plucked=False)]


def write_corpus(folder: Path, config: Config, seconds: float = 2.0, n_takes: int = 1) -> np.ndarray:
    """Takes of one struck string; returns the waveform that each of them holds."""
    waveform = 0.5 * pluck(57, seconds, config.sample_rate)
    length_s = len(waveform) / config.sample_rate
    infos = [store.TakeInfo(f"{i}", "steel", "train", length_s, "CC0 1.0", "computed") for i in range(n_takes)]
    for info in infos:
        store.write_take(folder, info, waveform, PLAYED, config)
    store.write_index(folder, infos, config, "test")
    return waveform


def test_a_take_comes_back_as_it_was_written(tmp_path: Path, tiny: Config) -> None:
    waveform = write_corpus(tmp_path, tiny)
    (take,) = read_takes(tmp_path, "train", tiny)
    assert take.info == store.read_index(tmp_path)[0]
    assert take.notes == PLAYED
    assert np.abs(take.waveform - waveform).max() < 2**-15


def test_where_the_tracker_follows_another_pitch_the_played_one_is_stored(tmp_path: Path, tiny: Config) -> None:
    waveform = (0.5 * pluck(57, 2.0, tiny.sample_rate)).astype(np.float32)
    info = store.TakeInfo("0", "steel", "train", len(waveform) / tiny.sample_rate, "CC0 1.0", "computed")
    frames_s = np.arange(tiny.n_frames(len(waveform))) * tiny.frame_s
    played = np.select([frames_s < 0.7, frames_s < 1.2], [57.3, 64.0], np.nan)
    store.write_take(tmp_path, info, waveform, PLAYED, tiny, played)
    midi = hz_to_midi(store.read_take(tmp_path, info).f0_hz)
    heard = np.isfinite(midi)
    assert midi[heard & (frames_s < 0.7)] == pytest.approx(57, abs=0.15)
    assert midi[heard & (frames_s >= 0.7) & (frames_s < 1.2)] == pytest.approx(64, abs=1e-3)
    assert midi[heard & (frames_s >= 1.2)] == pytest.approx(57, abs=0.15)
    assert heard.mean() > 0.7


def test_a_stretch_of_a_take_is_the_same_samples_with_the_whole_curves(tmp_path: Path, tiny: Config) -> None:
    write_corpus(tmp_path, tiny)
    (info,) = store.read_index(tmp_path)
    whole, stretch = store.read_take(tmp_path, info), store.read_take(tmp_path, info, 4321, 7000)
    assert np.array_equal(stretch.waveform, whole.waveform[4321:11321])
    assert np.array_equal(stretch.f0_hz, whole.f0_hz, equal_nan=True)


def test_segments_read_no_take_before_it_is_asked_for(tmp_path: Path, tiny: Config) -> None:
    write_corpus(tmp_path, tiny, seconds=7.0)
    shutil.rmtree(tmp_path / "takes")
    segments = Segments(tmp_path, "train", tiny, seed=0)
    with pytest.raises(CorpusError, match=r"the take .*takes/0 is missing or damaged"):
        segments[0]


def test_a_segment_is_a_stretch_of_a_take_from_one_of_its_frames_on(tmp_path: Path, tiny: Config) -> None:
    write_corpus(tmp_path, tiny, seconds=7.0, n_takes=3)
    whole = next(read_takes(tmp_path, "train", tiny)).waveform  # all three takes have the same sound
    segments = Segments(tmp_path, "train", tiny, seed=4)
    starts = set()
    for i in (0, 7, 2**31 - 2):
        sound = segments[i]["waveform"].numpy()
        stretches = np.lib.stride_tricks.sliding_window_view(whole, len(sound))[:: tiny.hop_length]
        (found,) = np.flatnonzero((stretches == sound).all(axis=1))
        starts.add(int(found))
    assert len(starts) == 3


def test_workers_give_the_segments_that_one_process_gives(tmp_path: Path, tiny: Config) -> None:
    write_corpus(tmp_path, tiny, seconds=7.0, n_takes=2)
    segments = Segments(tmp_path, "train", tiny, seed=0)
    alone, beside = (
        [batch["waveform"] for batch in DataLoader(segments, 2, sampler=range(6), num_workers=n)] for n in (0, 2)
    )
    assert all(torch.equal(a, b) for a, b in zip(alone, beside, strict=True))


def test_a_damaged_take_is_named(tmp_path: Path, tiny: Config) -> None:
    write_corpus(tmp_path, tiny)
    (info,) = store.read_index(tmp_path)
    flac = tmp_path / "takes" / "0.flac"
    flac.write_bytes(flac.read_bytes()[:60])
    with pytest.raises(CorpusError, match=r"takes/0.* make the corpus anew"):
        store.read_take(tmp_path, info)
    flac.unlink()
    with pytest.raises(CorpusError, match=r"takes/0.* missing or damaged"):
        store.read_take(tmp_path, info)


def test_a_corpus_made_on_another_grid_is_refused(tmp_path: Path, tiny: Config) -> None:
    write_corpus(tmp_path, tiny)
    with pytest.raises(CorpusError, match="hop_length 256, the configuration says 128"):
        list(read_takes(tmp_path, "train", replace(tiny, hop_length=128)))


def test_an_unfinished_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no finished corpus"):
        store.read_index(tmp_path)


def test_json_that_is_written_can_be_read_anywhere(tmp_path: Path) -> None:
    store.write_json(tmp_path / "a.json", {"clips": [{"ratio": float("nan")}, (1.5, None)]})
    text = (tmp_path / "a.json").read_text()
    assert "NaN" not in text
    assert json.loads(text) == {"clips": [{"ratio": None}, [1.5, None]]}


def test_a_folder_that_holds_a_corpus_is_not_written_over(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()}
    assert main(["corpus", "folder", "--audio", str(corpus / "takes"), "--out", str(corpus)]) == 2
    assert "holds a corpus already; choose another folder" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()} == before
