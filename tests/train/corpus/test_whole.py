"""Whole recordings: no generator reads them, and each has a licence."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile
from note_samples import RATE, pluck

from hum2guitar.config import SMALL
from hum2guitar.errors import CorpusError
from train.__main__ import main
from train.corpus.describe import describe
from train.corpus.store import read_index, read_split, read_take
from train.data.dataset import Segments


@pytest.fixture
def chords(tmp_path: Path) -> Path:
    """Three recordings of a chord, the last one by player 05."""
    folder = tmp_path / "chords"
    folder.mkdir()
    lines = ["file,licence,source"]
    for name in ("03_a.flac", "04_b.flac", "05_c.flac"):
        soundfile.write(folder / name, 0.3 * sum(pluck(midi, 7.0) for midi in (45, 52, 57)), RATE)
        lines.append(f"{name},CC BY 4.0,computed")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


def make(chords: Path, out: Path, validation: str = "05_") -> int:
    return main(["corpus", "whole", "--audio", str(chords), "--validation", validation, "--out", str(out)])


def test_a_vocoder_can_read_the_recordings_and_no_generator_does(chords: Path, tmp_path: Path) -> None:
    assert make(chords, tmp_path / "out") == 0
    with pytest.raises(CorpusError, match="has no train take"):
        Segments(tmp_path / "out", "train", SMALL, seed=0)
    assert read_split(tmp_path / "out", "validation", SMALL) == []
    assert Segments(tmp_path / "out", "inversion", SMALL, seed=0)[0]["waveform"].abs().max() > 0.01
    (validated,) = Segments(tmp_path / "out", "inversion validation", SMALL, seed=0).takes
    assert validated.name == "00002_05_c"


def test_recordings_stay_whole_and_have_no_notes(chords: Path, tmp_path: Path) -> None:
    make(chords, tmp_path / "out")
    for info in read_index(tmp_path / "out"):
        take = read_take(tmp_path / "out", info)
        assert take.notes == []
        assert (info.guitar, info.licence) == (None, "CC BY 4.0")
        assert len(take.waveform) == pytest.approx(7.005 * SMALL.sample_rate, abs=2)
    assert "inversion validation    0.00 h, takes: 1, segments of 5 s: 1" in describe(tmp_path / "out")


def test_recordings_of_the_same_name_in_two_folders_are_two_takes(chords: Path, tmp_path: Path) -> None:
    for folder, seconds in (("a", 5.0), ("b", 7.0)):
        (chords / folder).mkdir()
        soundfile.write(chords / folder / "solo.flac", 0.3 * pluck(45, seconds), RATE)
    manifest = "file,licence,source\na/solo.flac,CC0 1.0,computed\nb/solo.flac,CC BY 4.0,computed\n"
    (chords / "manifest.csv").write_text(manifest)
    assert make(chords, tmp_path / "out", "b/") == 0
    takes = [read_take(tmp_path / "out", info) for info in read_index(tmp_path / "out")]
    assert [round(len(take.waveform) / SMALL.sample_rate) for take in takes] == [5, 7]
    assert [take.info.licence for take in takes] == ["CC0 1.0", "CC BY 4.0"]


def test_a_recording_without_licence_is_refused_by_name(
    chords: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = chords / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("04_b.flac,CC BY 4.0", "04_b.flac,"))
    assert make(chords, tmp_path / "out") == 2
    assert "04_b.flac has no licence" in capsys.readouterr().err
    manifest.unlink()
    assert make(chords, tmp_path / "out") == 2
    assert "list the recordings there, in the columns file, licence and source" in capsys.readouterr().err


@pytest.mark.parametrize(("validation", "said"), [("07_", "0 of 3 recordings"), ("0", "3 of 3 recordings")])
def test_both_splits_need_a_recording(
    chords: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], validation: str, said: str
) -> None:
    assert make(chords, tmp_path / "out", validation) == 2
    assert said in capsys.readouterr().err
