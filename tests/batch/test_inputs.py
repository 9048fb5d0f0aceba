"""What a user names: files, folders and globs, and the guitars that come of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hum2guitar import UserError
from hum2guitar.batch.inputs import check_distinct, outputs, recordings


@pytest.fixture
def hums(tmp_path: Path) -> Path:
    for name in ("b.flac", "a.WAV", "notes.txt", "deep/c.mp3", "odd[1].ogg", "empty/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_folder_stands_for_the_recordings_in_it_and_a_glob_for_the_files_that_fit(hums: Path) -> None:
    assert [path.name for path in recordings([hums])] == ["a.WAV", "b.flac", "odd[1].ogg"]
    assert recordings([hums / "*.flac", hums / "deep"]) == [hums / "b.flac", hums / "deep/c.mp3"]
    assert [path.name for path in recordings([hums / "**" / "*.[fm]*"])] == ["b.flac", "c.mp3"]


def test_a_name_that_is_a_file_is_no_glob_and_a_file_that_is_missing_stays(hums: Path) -> None:
    assert recordings([hums / "odd[1].ogg", hums / "absent.wav"]) == [hums / "odd[1].ogg", hums / "absent.wav"]


@pytest.mark.parametrize(
    ("name", "said"), [("empty", "there is no recording in .*empty"), ("*.aiff", "there is no file that fits .*aiff")]
)
def test_a_name_that_stands_for_nothing_is_refused(hums: Path, name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        recordings([hums / name])


def test_guitars_of_a_folder_have_the_names_of_their_recordings(hums: Path) -> None:
    pairs = outputs(recordings([hums]), hums / "deep")
    assert [target.relative_to(hums).as_posix() for _, target in pairs] == [
        "deep/a.wav",
        "deep/b.wav",
        "deep/odd[1].wav",
    ]


@pytest.mark.parametrize("sources", [["b.flac", "deep/b.wav"], ["deep/c.mp3", "deep/c.wav"], ["deep/c.wav"]])
def test_two_recordings_for_one_guitar_and_a_guitar_over_a_recording_are_refused(
    hums: Path, sources: list[str]
) -> None:
    with pytest.raises(UserError, match="would be written twice or would overwrite a recording"):
        outputs([hums / source for source in sources], hums / "deep")


def test_a_file_that_is_read_or_written_is_written_by_no_other_name(hums: Path) -> None:
    (hums / "soft.wav").symlink_to(hums / "b.flac")
    (hums / "hard.wav").hardlink_to(hums / "b.flac")
    (hums / "folder").symlink_to(hums / "deep")
    read = [("is a recording", hums / "b.flac")]
    for name in ("b.flac", "deep/../b.flac", "soft.wav", "hard.wav"):
        with pytest.raises(UserError, match=f"^--sound would overwrite .*{name}, which is a recording; choose another"):
            check_distinct(read, [("--sound", hums / name)])
    with pytest.raises(UserError, match=r"^--sound would overwrite .*folder/new\.wav, which OUT writes too; choose"):
        check_distinct(read, [("OUT", hums / "deep/new.wav"), ("--sound", hums / "folder/new.wav")])
    check_distinct(read, [("OUT", hums / "a.wav"), ("--sound", hums / "deep/b.wav"), ("--csv", hums / "b.csv")])
