"""Files that stopped, hung or emptied a server: each is answered with a sentence, or converted."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from attack_files import ATTACKS, Attack, good
from children import needs_proc, resident_bytes
from served import ROOT
from untrained import random_generator

from hum2guitar import AudioError, Config
from hum2guitar.analysis import audio
from hum2guitar.synthesis import checkpoint


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacks")
    good(folder)
    return folder


def prepared(path: Path) -> np.ndarray:
    """What the analysis gets of a file."""
    return audio.prepare(*audio.load(path), 22050, -26)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gets_its_sentence_and_the_next_hum_is_read_at_once(attack: Attack, folder: Path) -> None:
    path = attack.write(folder)
    start = time.monotonic()
    if attack.sentence is None:
        assert len(prepared(path)) > 20000
    else:
        with pytest.raises(AudioError) as caught:
            prepared(path)
        assert attack.sentence in str(caught.value)
        assert "\n" not in str(caught.value)
    assert time.monotonic() - start < 30  # three times the limit, for a machine that does other things too
    start = time.monotonic()
    assert len(audio.load(folder / "good.wav")[0]) == 441000
    assert time.monotonic() - start < 6


@needs_proc
def test_attacks_do_not_add_up_in_the_memory_of_the_parent(folder: Path) -> None:
    paths = [attack.write(folder) for attack in ATTACKS if attack.name != "bomb.flac"]
    resident = []
    for _ in range(3):
        for path in paths:
            with suppress(AudioError):
                prepared(path)
        prepared(folder / "good.wav")
        resident.append(resident_bytes())
    assert resident[-1] < 1.05 * resident[0]


def test_on_the_command_line_each_attack_is_one_line_and_the_next_hum_is_converted(
    folder: Path, tiny: Config, tmp_path: Path
) -> None:
    checkpoint.save(tmp_path / "tiny.safetensors", random_generator(tiny).state_dict(), tiny, {})
    (tmp_path / "bad").mkdir()
    (tmp_path / "out").mkdir()
    refused = [attack for attack in ATTACKS if attack.sentence is not None and "bomb" not in attack.name]
    paths = []
    for number, attack in enumerate(refused):
        (tmp_path / "bad" / str(number)).mkdir()
        path = attack.write(tmp_path / "bad" / str(number))
        paths.append(path.rename(path.with_name(f"{number}{path.suffix}")))
    command = [sys.executable, "-m", "hum2guitar", *map(str, paths), str(folder / "good.wav"), str(tmp_path / "out")]
    done = subprocess.run(
        [*command, "--checkpoint", str(tmp_path / "tiny.safetensors"), "--iterations", "0"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == len(refused)
    for attack, path, line in zip(refused, paths, lines, strict=True):
        assert line.startswith("hum2guitar: ")
        assert path.name in line
        assert attack.sentence is not None
        assert attack.sentence in line
    assert [path.name for path in (tmp_path / "out").glob("[!.]*")] == ["good.wav"]
