from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from served import ROOT

from hum2guitar.errors import UserError, printable
from hum2guitar.files import remove_partial, replacing

WRITER = """
import pathlib, sys
from hum2guitar import files
content = sys.argv[2].encode() * 2_000_000
while True:
    with files.replacing(pathlib.Path(sys.argv[1])) as partial:
        partial.write_bytes(content)
    print(flush=True)
"""


def test_a_file_with_the_name_of_a_temporary_file_is_kept(tmp_path: Path) -> None:
    (tmp_path / "g.wav.partial").write_text("a recording")
    with replacing(tmp_path / "g.wav") as partial:
        partial.write_text("a guitar")
    assert (tmp_path / "g.wav.partial").read_text() == "a recording"
    assert (tmp_path / "g.wav").read_text() == "a guitar"


@pytest.mark.parametrize("name", ["x" * 255, "기타" * 42, os.fsdecode(b"\xe9" * 255)])
def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path: Path, name: str) -> None:
    with replacing(tmp_path / name) as partial:
        partial.write_text("a guitar")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        (tmp_path / "plain").write_text("")
        with replacing(tmp_path / "replaced"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "replaced").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_body_that_raises_keeps_the_file_and_leaves_no_other(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a") as partial:
        partial.rename(tmp_path / "absent" / "b")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_processes_that_write_one_file_and_are_killed_leave_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "shared.wav"
    for round_number in range(6):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(path), letter], stdout=subprocess.PIPE, cwd=ROOT)
            for letter in "ab"
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline()  # it has written the file once
        time.sleep(0.003 * round_number)
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.communicate()
        content = path.read_bytes()
        assert content in (b"a" * 2_000_000, b"b" * 2_000_000)
    remove_partial(path)
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_terminal_would_obey_is_escaped_and_what_is_long_is_cut() -> None:
    assert printable("the file \x1b[31mrot\n\u202e\udce9.wav") == r"the file \x1b[31mrot\n\u202e\udce9.wav"
    assert printable("기타 – ½ ‘steel’") == "기타 – ½ ‘steel’"
    assert len(printable("x" * 5000 + " is not possible")) < 320
    assert printable("x" * 5000 + " is not possible").endswith("x is not possible")
    assert len(printable("x " * 5000)) < 2100
    assert str(UserError("no file \x1b[2J")) == r"no file \x1b[2J"
