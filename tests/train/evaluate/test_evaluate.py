"""The evaluation's table on a tiny converter: its columns, its intervals, and what it cannot measure."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import random_generator
from melody import SR, TRUTH, plucked_melody
from sounds import sung
from strings import RATE, write_samples

from hum2guitar import Config, Hum2Guitar
from hum2guitar.errors import CorpusError
from hum2guitar.synthesis.checkpoint import Checkpoint
from train.evaluate import evaluation as evaluate
from train.evaluate.measured import interval


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluate")
    write_samples(folder / "notes", {"steel": range(56, 66)})
    (folder / "guitar").mkdir()
    (folder / "hums").mkdir()
    soundfile.write(folder / "guitar" / "solo.wav", plucked_melody(), SR)
    soundfile.write(folder / "hums" / "hum.wav", sung([tuple(row) for row in TRUTH], RATE, 2.8), RATE)
    soundfile.write(folder / "hums" / "untold.wav", sung([(0.1, 0.9, 50.0)], RATE, 1.0), RATE)
    np.savetxt(folder / "hums" / "hum.notes.csv", TRUTH, delimiter=",", header="onset_s,offset_s,midi")
    return folder


class Everything:
    """A judge that takes everything for a guitar."""

    def share(self, waveform: np.ndarray) -> float:
        return 1.0


def test_the_table_has_the_model_and_all_it_is_compared_to(folders: Path, default: Config) -> None:
    converter = Hum2Guitar(Checkpoint(random_generator(default), default, {}))
    seen = []
    result = evaluate.evaluate(
        converter,
        folders / "guitar",
        folders / "hums",
        folders / "notes",
        judge=Everything(),
        visit=seen.append,
        legato_hums=1,
    )
    columns = ["model", "label alone", "real mel", "same by NNLS", "note playback"]
    for table, compared in ((result.guitar, columns), (result.hum, [*columns, "follow"])):
        assert all(list(row) == compared for row in table.values())
        assert all(np.isfinite(value) for row in table.values() for value in row.values())
    # what is known beforehand: samples play the tune with attacks, the real mel is nearest to the recording
    assert result.hum["note_accuracy"]["note playback"] == 1
    assert result.hum["attacked"]["note playback"] == 1
    assert result.guitar["mel_l1 (dB)"]["real mel"] == min(result.guitar["mel_l1 (dB)"].values())
    assert set(result.clips) == {"solo.wav", "hum.wav"}  # a hum without true notes cannot be scored
    assert result.real_time_factor["total"] == pytest.approx(
        sum(v for k, v in result.real_time_factor.items() if k != "total")
    )
    assert result.hum["onset recall"]["note playback"] == 1
    assert result.hum["attack time (ms)"]["note playback"] < 30
    assert result.hum["pitch accuracy"]["real mel"] > 0.9  # the hum as it is, so against its F0 as it is
    assert result.guitar["pitch accuracy"]["real mel"] > 0.9
    assert result.hum["judge (share guitar)"]["model"] == 1
    for title, table in (("guitar to guitar", result.guitar), ("hum to guitar", result.hum)):
        assert set(result.intervals[title]) == set(table)
    assert [clip.name for clip in seen] == ["solo.wav", "hum.wav"]
    assert [list(clip.sounds) for clip in seen] == [columns, [*columns, "follow"]]
    json.dumps(result.to_dict(), allow_nan=False)
    assert result.notes["sung, not tuned on"]["onset F1"] == 1
    assert result.notes["computed legato hums"]["recordings"] == 1
    for name in (*columns, "note_accuracy", "solo.wav", "computed legato hums", "real-time factor"):
        assert name in result.to_text()


def test_an_empty_folder_is_refused(tmp_path: Path, converter: Hum2Guitar) -> None:
    with pytest.raises(CorpusError, match="no recordings"):
        evaluate.evaluate(converter, tmp_path, None, None)


def test_a_recording_that_cannot_be_measured_is_named(tmp_path: Path, converter: Hum2Guitar) -> None:
    soundfile.write(tmp_path / "silent take.wav", np.zeros(SR), SR)
    with pytest.raises(CorpusError, match=r"silent take\.wav cannot be measured: the recording is silent"):
        evaluate.evaluate(converter, tmp_path, None, None)


@pytest.mark.parametrize("text", ["onset\n0.1,oops,57\n", "0.1,0.5\n"])
def test_true_notes_that_cannot_be_read_are_named(tmp_path: Path, converter: Hum2Guitar, text: str) -> None:
    soundfile.write(tmp_path / "hum.wav", plucked_melody(), SR)
    (tmp_path / "hum.notes.csv").write_text(text)
    with pytest.raises(CorpusError, match=r"hum.notes.csv .*onset_s,offset_s,midi"):
        evaluate.evaluate(converter, None, tmp_path, None)


def test_the_judge_is_asked_segment_by_segment() -> None:
    class Loud:
        def share(self, waveform: np.ndarray) -> float:
            return float(np.abs(waveform).max() > 0.5)

    sound = np.concatenate([np.ones(5 * SR), np.zeros(5 * SR)])
    measured = evaluate.judged(sound, Loud())
    assert float(measured) == pytest.approx(0.5)
    low, high = interval([measured])
    assert (low, high) == (0, 1)  # two segments: the draws are 0, 1/2 and 1
