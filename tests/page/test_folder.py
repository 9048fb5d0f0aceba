from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hum2guitar import UserError
from page.folder import PREFIX, delete_abandoned, own_folder, sweep, swept

HOUR_S = 3600


def _write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a hum")
    return path


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_the_folder_is_in_the_one_that_is_given_can_be_read_by_this_user_only_and_is_deleted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "given"))
    with own_folder() as folder:
        assert folder.parent == tmp_path / "given"
        assert os.environ["GRADIO_TEMP_DIR"] == str(folder)
        if sys.platform != "win32":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        _write(folder / "half of an upload")
        _write(tmp_path / "given" / "of another program")
    assert _files(tmp_path / "given") == ["of another program"]
    assert os.environ["GRADIO_TEMP_DIR"] == str(tmp_path / "given")


def test_a_folder_that_cannot_be_made_gets_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(_write(tmp_path / "a file")))
    with pytest.raises(UserError, match="name another one in GRADIO_TEMP_DIR"), own_folder():
        pass


def test_a_sweep_deletes_old_files_and_the_folders_that_they_leave_empty(tmp_path: Path) -> None:
    _write(tmp_path / "tmp_half_of_an_upload")
    _write(tmp_path / "abc" / "hum.wav")
    kept = _write(tmp_path / "def" / "example.flac")
    sweep(tmp_path, HOUR_S)
    assert len(_files(tmp_path)) == 5  # nothing is an hour old
    sweep(tmp_path, 0, frozenset({kept}))
    assert _files(tmp_path) == ["def", "def/example.flac"]


def test_a_server_sweeps_again_and_again_and_keeps_what_the_page_brought(tmp_path: Path) -> None:
    _write(tmp_path / "abc" / "example.flac")
    with swept(tmp_path, keep_s=0, every_s=0.01):
        for number in range(3):
            path = _write(tmp_path / f"upload{number}")
            for _ in range(500):
                if not path.exists():
                    break
                time.sleep(0.01)
            assert not path.exists()
    assert _files(tmp_path) == ["abc", "abc/example.flac"]
    _write(tmp_path / "later")
    time.sleep(0.05)
    assert (tmp_path / "later").exists()  # the sweeping has ended


def test_a_folder_that_vanishes_during_a_sweep_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _write(tmp_path / "abc" / "hum.wav")
    _write(tmp_path / "gone" / "hum.wav")
    scan, gone = os.scandir, tmp_path / "gone"

    def scandir(path: Any) -> Any:
        if path in (gone, str(gone)) and gone.exists():
            shutil.rmtree(gone)
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    sweep(tmp_path, 0)
    assert _files(tmp_path) == []


def test_a_sweep_that_fails_does_not_end_the_sweeping(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    calls = []

    def failing_once(*given: Any) -> None:
        calls.append(given)
        if len(calls) == 1:
            raise RuntimeError

    monkeypatch.setattr("page.folder.sweep", failing_once)
    with swept(tmp_path, keep_s=0, every_s=0.01):
        for _ in range(500):
            if len(calls) > 1:
                break
            time.sleep(0.01)
    assert len(calls) > 1
    assert "a sweep failed" in caplog.text


def test_what_a_killed_server_left_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    for name in (f"{PREFIX}killed", f"{PREFIX}alive", "of another program"):
        _write(tmp_path / name / "hum.wav")
    delete_abandoned(tmp_path, HOUR_S)
    assert len(_files(tmp_path)) == 6
    time.sleep(0.3)
    os.utime(tmp_path / f"{PREFIX}alive")
    delete_abandoned(tmp_path, 0.25)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [f"{PREFIX}alive", "of another program"]
