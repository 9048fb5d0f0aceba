"""Folders of recordings, and the true notes beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hum2guitar.errors import CorpusError
from train.corpus.annotated import notes_file, read_notes, recordings, with_notes


def test_recordings_are_listed_by_name_and_other_files_are_not(tmp_path: Path) -> None:
    for name in ("b.wav", "a.flac", "notes.csv", "c.MP3"):
        (tmp_path / name).touch()
    assert [path.name for path in recordings(tmp_path)] == ["a.flac", "b.wav", "c.MP3"]
    assert recordings(None) == []


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no recordings"):
        recordings(tmp_path)


def test_only_recordings_with_true_notes_beside_them_have_them(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav", "b.notes.csv"):
        (tmp_path / name).touch()
    assert [path.name for path in with_notes(tmp_path)] == ["b.wav"]


def test_true_notes_are_read_from_the_file_beside_the_recording(tmp_path: Path) -> None:
    path = notes_file(tmp_path / "hum.wav")
    path.write_text("# onset_s,offset_s,midi\n0.3,1.0,57\n1.1,1.8,60.5\n")
    assert path.name == "hum.notes.csv"
    np.testing.assert_array_equal(read_notes(path), [[0.3, 1.0, 57], [1.1, 1.8, 60.5]])


@pytest.mark.parametrize("text", ["onset\n0.1,oops,57\n", "0.1,0.5\n"])
def test_true_notes_that_cannot_be_read_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "hum.notes.csv").write_text(text)
    with pytest.raises(CorpusError, match=r"hum.notes.csv .*onset_s,offset_s,midi"):
        read_notes(tmp_path / "hum.notes.csv")
