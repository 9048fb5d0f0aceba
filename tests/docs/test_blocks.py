"""Every code block of the pages is run, or says why it is not."""

from __future__ import annotations

import glob
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pytest
import soundfile
from pages import PAGES, Block, blocks, run_program
from PIL import Image
from served import ROOT
from sounds import sung

import hum2guitar.__main__
import train.__main__

MELODY = [(0.1, 0.5, 57.0), (0.6, 1.0, 60.0), (1.1, 1.5, 64.0)]  # A3, C4, E4
PROGRAMS: dict[str, Callable[[list[str]], int]] = {
    "python -m hum2guitar": hum2guitar.__main__.main,
    "python -m train": train.__main__.main,
}
PRINTED = re.compile(r"^ *print\(.*\)  # (.+)$")
EXAMPLES = "docs."  # how the modules of the programs in docs/ begin
MADE = ("assets", "docs/one_hum")  # folders of the repository with files that a block of a page makes
ADDRESS = "http://127.0.0.1:7860"  # of the page, as the pages have it


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of every block: it has the recordings that the pages speak of."""
    for name in ("hum.wav", "solo.wav", "hums/a.wav", "hums/b.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        soundfile.write(tmp_path / name, sung(MELODY, 22050, 1.7), 22050)
    (tmp_path / "played").mkdir()
    for made in MADE:
        (tmp_path / made).mkdir(parents=True)
    shutil.copy(ROOT / "assets" / "ode-to-joy-low-voice.flac", tmp_path / "assets")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_a_page_does_what_it_says(
    page: Path, folder: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    names: dict[str, Any] = {}  # each Python block of a page goes on where the one before it ended
    for block in blocks(page):
        if block.marker == "not run" or block.language == "text":
            continue
        if block.language == "python":
            code = "\n".join(block.lines)
            if ADDRESS in code:
                code = code.replace(ADDRESS, request.getfixturevalue("address"))
            run_python(block, code, names, capsys)
        elif block.language == "sh":
            run_shell(block)
        else:
            pytest.fail(f"{block.place}: the language {block.language!r} cannot be run; mark the block, or use text")
    for made in (path for name in MADE for path in (folder / name).iterdir()):
        compare = assert_same_picture if made.suffix == ".png" else assert_same_sound
        compare(made, ROOT / made.relative_to(folder))


def assert_same_sound(made: Path, committed: Path) -> None:
    """What a page says how to make is what the repository has.

    Another processor rounds otherwise, after which phases differ. So levels are compared, and not samples.
    """
    (new, rate), (old, _) = (soundfile.read(path, dtype="float32") for path in (made, committed))
    assert new.shape == old.shape, f"make {committed.name} again, by the command in the page"
    levels = [librosa.power_to_db(librosa.feature.melspectrogram(y=each, sr=rate, n_mels=64)) for each in (new, old)]
    audible = levels[1] > levels[1].max() - 50
    difference_db = np.abs(levels[0] - levels[1])[audible].mean()
    assert difference_db < 1, f"make {committed.name} again, by the command in the page"


def assert_same_picture(made: Path, committed: Path) -> None:
    """As ``assert_same_sound``, for pictures; fonts are drawn a little otherwise by other versions."""
    with Image.open(made) as new, Image.open(committed) as old:
        assert new.size == old.size, f"make {committed.name} again, by the command in the page"
        pixels = [np.asarray(picture.convert("RGB"), dtype=float) for picture in (new, old)]
    assert np.abs(pixels[0] - pixels[1]).mean() < 3, f"make {committed.name} again, by the command in the page"


def run_python(block: Block, code: str, names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Run the code of a block. A comment behind a print is the line that it must print."""
    capsys.readouterr()
    exec(compile(code, block.place, "exec"), names)
    printed = capsys.readouterr().out.splitlines()
    for said in (found[1] for line in block.lines if (found := PRINTED.match(line))):
        assert said in printed, f"{block.place}: the comment says {said!r}, printed was {printed}"


def run_shell(block: Block) -> None:
    """Run each command of a block by its program's main function, or parse it where the marker says so."""
    for command in block.commands:
        words = words_of(command)
        program, arguments = " ".join(words[:3]), words[3:]
        if words[:2] == ["python", "-m"] and words[2].startswith(EXAMPLES):
            run_program(words[2], arguments)
            continue
        assert program in PROGRAMS, f"{block.place}: {command!r} cannot be run here; mark the block, and say why"
        if block.marker == "parsed":
            assert program == "python -m train", f"{block.place}: only the commands of train are parsed"
            succeed(train.__main__.build_parser().parse_args, arguments, f"{block.place}: {command}")
        else:
            returned = succeed(PROGRAMS[program], arguments, f"{block.place}: {command}")
            assert returned == 0, f"{block.place}: {command!r} failed"


def words_of(command: str) -> list[str]:
    """The words of a command as its program gets them: without the comment, and with patterns replaced by the files.

    What torchrun starts in every process is the command that follows ``-m``.
    """
    words = shlex.split(command, comments=True)
    if words[0] == "torchrun":
        words = ["python", *words[words.index("-m") :]]
    return [name for word in words for name in (sorted(glob.glob(word)) if "*" in word else [word])]


def succeed(function: Callable[[list[str]], Any], arguments: list[str], place: str) -> Any:
    """Return what a parser or a program returns, 0 where it ends well by itself, as after --help."""
    try:
        return function(arguments)
    except SystemExit as ended:
        code = ended.code or 0
    assert code == 0, f"{place} is refused"
    return code
