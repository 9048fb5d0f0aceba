"""The programs of docs/extending.md do what they say, and the short training run ends in a sound."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile
from pages import blocks, run_program
from served import ROOT
from sounds import sung

import hum2guitar.__main__
import train.__main__

EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))
MELODY = [(0.1, 0.5, 57.0), (0.6, 1.0, 60.0), (1.1, 1.5, 64.0)]  # A3, C4, E4
SMALL = {  # a corpus of a minute, and a network and a course of a few seconds; the last flag of a name counts
    "corpus": ["--hours", "0.02", "--processes", "1"],
    "fit": ["--steps", "2", "--batch-size", "1", "--global-width", "8", "--local-width", "8"],
    "export": [],
}


@pytest.fixture
def hum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    soundfile.write("hum.wav", sung(MELODY, 22050, 1.7), 22050)
    return "hum.wav"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_has_fewer_than_30_lines(example: Path) -> None:
    assert len(example.read_text(encoding="utf-8").splitlines()) < 30


def test_the_added_tracker_hears_the_notes(hum: str) -> None:
    assert "3 notes, A3 to E4" in run_program("docs.examples.tracker", [hum, "guitar.wav"])


def test_the_added_inversion_sounds_otherwise_than_that_of_the_default_and_as_long(hum: str) -> None:
    run_program("docs.examples.inversion", [hum, "hoarse.wav"])
    assert hum2guitar.__main__.main([hum, "guitar.wav"]) == 0
    hoarse, guitar = (soundfile.read(name)[0] for name in ("hoarse.wav", "guitar.wav"))
    assert hoarse.shape == guitar.shape
    assert abs(hoarse - guitar).max() > 0.01


def test_the_added_export_writes_the_pitches(hum: str) -> None:
    run_program("docs.examples.export", [hum, "guitar.wav", "hum.ly"])
    assert Path("hum.ly").read_text() == "{ a c' e' }\n"


def test_the_short_run_of_the_training_page_ends_in_a_sound_and_the_added_objective_trains(hum: str) -> None:
    run_program("docs.examples.guitar", ["data/computed"])
    page = ROOT / "docs" / "training.md"
    commands = next(block.commands for block in blocks(page) if any("runs/quick" in line for line in block.lines))
    for command in commands:
        words = command.split()[3:]
        assert train.__main__.main([*words, *SMALL[words[0]]]) == 0
    assert hum2guitar.__main__.main([hum, "quick.wav", "--checkpoint", "quick.safetensors"]) == 0
    assert soundfile.info("quick.wav").duration == pytest.approx(1.7, abs=0.05)
    run_program("docs.examples.objective", ["--corpus", "data/quick", "--out", "runs/huber", *SMALL["fit"]])
    assert '"huber"' in Path("runs/huber/run.json").read_text()
