"""Every code block of the pages is run, or says why it is not."""

from __future__ import annotations

import glob
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile
from pages import PAGES, Block, blocks
from served import ROOT
from sounds import sung

import hum2guitar.__main__
import train.__main__

MELODY = [(0.2, 0.8, 57.0), (0.9, 1.5, 60.0), (1.6, 2.2, 64.0)]  # A3, C4, E4
PROGRAMS: dict[str, Callable[[list[str]], int]] = {
    "python -m hum2guitar": hum2guitar.__main__.main,
    "python -m train": train.__main__.main,
}
PRINTED = re.compile(r"^ *print\(.*\)  # (.+)$")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the recordings that the pages speak of; blocks are run in it."""
    for name in ("hum.wav", "solo.wav", "hums/a.wav", "hums/b.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        soundfile.write(tmp_path / name, sung(MELODY, 22050, 2.4), 22050)
    (tmp_path / "played").mkdir()
    (tmp_path / "assets").mkdir()
    shutil.copy(ROOT / "assets" / "ode-to-joy-low-voice.flac", tmp_path / "assets")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_a_page_does_what_it_says(
    page: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {}  # a page's Python blocks go on where the one before ended
    for block in blocks(page):
        if block.marker == "not run" or block.language == "text":
            continue
        if block.language == "python":
            run_python(block, names, capsys)
        elif block.language == "sh":
            run_shell(block)
        else:
            pytest.fail(f"{block.place}: the language {block.language!r} cannot be run; mark the block, or use text")


def run_python(block: Block, names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Run a block; a comment behind a print is the line that it must print."""
    capsys.readouterr()
    exec(compile("\n".join(block.lines), block.place, "exec"), names)
    printed = capsys.readouterr().out.splitlines()
    for said in (found[1] for line in block.lines if (found := PRINTED.match(line))):
        assert said in printed, f"{block.place}: the comment says {said!r}, printed was {printed}"


def run_shell(block: Block) -> None:
    """Run each command of a block by its program's main function, or parse it where the marker says so."""
    for command in block.commands:
        words = words_of(command)
        program = " ".join(words[:3])
        assert program in PROGRAMS, f"{block.place}: {command!r} cannot be run here; mark the block, and say why"
        if block.marker == "parsed":
            assert program == "python -m train", f"{block.place}: only the commands of train are parsed"
            exits(train.__main__.build_parser().parse_args, words[3:], block, command)
        else:
            assert exits(PROGRAMS[program], words[3:], block, command) == 0, f"{block.place}: {command!r} failed"


def words_of(command: str) -> list[str]:
    """The words of a command as its program gets them: without comment, with patterns replaced by the files.

    What torchrun starts in every process is the command that follows ``-m``.
    """
    words = shlex.split(command, comments=True)
    if words[0] == "torchrun":
        words = ["python", *words[words.index("-m") :]]
    return [name for word in words for name in (sorted(glob.glob(word)) if "*" in word else [word])]


def exits(main: Callable[[list[str]], Any], words: list[str], block: Block, command: str) -> Any:
    """What a program returns, or 0 where it ends well by itself, as after --help."""
    try:
        return main(words)
    except SystemExit as exit_:
        assert exit_.code == 0, f"{block.place}: {command!r} is refused"
        return 0
