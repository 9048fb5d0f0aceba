"""The corpus of rendered melodies: it keeps what was played, and its seed determines it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corpora import read_takes
from note_samples import write_samples

from hum2guitar.config import SMALL
from hum2guitar.errors import CorpusError
from hum2guitar.note import hz_to_midi
from train.__main__ import main
from train.corpus import sampled
from train.corpus.samples import load_guitars

WITH_TWO_PROCESSES_AFTER_THREADS = """
import sys
from pathlib import Path
import torch
from hum2guitar.config import SMALL
from train.corpus import sampled
from train.corpus.samples import load_guitars

torch.set_num_threads(2)
torch.nn.functional.conv2d(torch.rand(4, 8, 64, 64), torch.rand(8, 8, 3, 3))
notes, out = map(Path, sys.argv[1:])
sampled.build(load_guitars(notes), 40 / 3600, out, SMALL, seed=3, n_processes=2, command="test")
"""


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_samples(tmp_path_factory.mktemp("notes"), {"steel": range(50, 63), "nylon": range(55, 60)})


def test_a_guitar_kept_for_the_judge_makes_no_corpus(notes: Path, tmp_path: Path) -> None:
    kept = [replace(guitar, name="nylon_fluid") for guitar in load_guitars(notes)]
    with pytest.raises(CorpusError, match="nylon_fluid is kept for the judge"):
        sampled.build(kept, 0.1, tmp_path, SMALL, seed=0, n_processes=1, command="test")


def test_the_same_seed_gives_the_same_corpus_in_other_processes_also_where_torch_has_used_its_threads(
    notes: Path, tmp_path: Path
) -> None:
    """A fork of a process in which torch has used threads would hang here until the timeout."""
    sampled.build(load_guitars(notes), 40 / 3600, tmp_path / "1", SMALL, seed=3, n_processes=1, command="test")
    subprocess.run(
        [sys.executable, "-c", WITH_TWO_PROCESSES_AFTER_THREADS, str(notes), str(tmp_path / "2")],
        timeout=120,
        check=True,
    )
    files = sorted(path.relative_to(tmp_path / "1") for path in (tmp_path / "1").rglob("*.*"))
    assert len(files) == 2 * 2 + 2  # sound and curves of two takes, and the index
    for file in files:
        assert (tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes()


def test_a_corpus_keeps_what_was_played(notes: Path, tmp_path: Path) -> None:
    sampled.build(load_guitars(notes), 60 / 3600, tmp_path, SMALL, seed=5, n_processes=1, command="test")
    takes = [t for split in ("train", "validation") for t in read_takes(tmp_path, split, SMALL)]
    assert {t.info.guitar for t in takes} == {"steel", "nylon"}
    for take in takes:
        assert take.info.licence == "CC0 1.0"
        assert len(take.f0_hz) == len(take.energy_db) == SMALL.n_frames(len(take.waveform))
        agree = []
        for note in take.notes:
            middle = int((note.onset_s + note.offset_s) / 2 / SMALL.frame_s)
            if note.plucked and np.isfinite(take.f0_hz[middle]):
                agree.append(abs(float(hz_to_midi(take.f0_hz[middle])) - note.midi) < 0.7)
        assert len(agree) > 5
        assert np.mean(agree) > 0.7  # slides, bends and ringing strings account for the rest


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--processes", "0"], "--processes is 0; it must be at least 1"),
        (["--seed", "-1"], "--seed is -1; it must be at least 0"),
        (["--hours", "nan"], "--hours is nan; it must be a number above 0"),
        (["--hours", "0"], "--hours is 0.0; it must be a number above 0"),
        (["--guitars", "banjo"], "there is no guitar banjo here; there are nylon, steel"),
    ],
)
def test_an_option_that_no_corpus_can_have_is_refused_with_a_sentence(
    notes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str], said: str
) -> None:
    assert main(["corpus", "sampled", "--notes", str(notes), "--out", str(tmp_path / "out"), *option]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_corpus_of_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpus", "sampled", "--out", str(tmp_path / "out")]) == 2
    assert "give --notes DIR, or --soundfont F.sf2, or both" in capsys.readouterr().err
