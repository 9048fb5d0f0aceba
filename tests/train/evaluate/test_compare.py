"""Several checkpoints in one table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from melody import SR, TRUTH, plucked_melody
from sounds import sung
from untrained import random_generator

from hum2guitar import Choices, Config, Hum2Guitar
from hum2guitar.errors import CorpusError
from hum2guitar.synthesis.checkpoint import Checkpoint
from train.evaluate.compare import compare


class Half:
    """A judge that takes half of everything for a guitar."""

    def share(self, waveform: np.ndarray) -> float:
        return 0.5


def test_each_checkpoint_has_a_column_of_its_own_figures(invertible: Config, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "hum.wav", sung([tuple(row) for row in TRUTH], 44100, 2.8), 44100)
    np.savetxt(tmp_path / "hum.notes.csv", TRUTH, delimiter=",", header="onset_s,offset_s,midi")
    (tmp_path / "guitar").mkdir()
    soundfile.write(tmp_path / "guitar" / "solo.wav", plucked_melody(), SR)
    config = replace(invertible, guitars=())
    first = Hum2Guitar(Checkpoint(random_generator(config), config, {}))
    table = compare({"first": first, "again": first}, tmp_path / "guitar", tmp_path, Half(), Choices(inversion="pghi"))
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert head == ["", "first", "again"]
    figures = {name: pair for name, *pair in rows}
    assert figures["hums: judge"] == ["0.500", "0.500"]
    assert {"solos: mel_l1 (dB)", "hums: attacked", "hums: between harmonics (dB)", "solos: variance, 1–5 kHz"} <= {
        *figures
    }
    assert all(one == other for one, other in figures.values())


def test_without_recordings_there_is_nothing_to_compare_on(invertible: Config) -> None:
    with pytest.raises(CorpusError, match="nothing to compare on"):
        compare({}, None, None, None, Choices())
