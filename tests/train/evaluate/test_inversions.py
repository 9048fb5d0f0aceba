"""The table of inversions: every one on the same mels, its time, and who is named where nothing can be measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from melody import SR, TRUTH, plucked_melody
from sounds import sung
from strings import RATE
from untrained import random_generator

from hum2guitar import Config, Hum2Guitar
from hum2guitar.errors import CorpusError
from hum2guitar.synthesis.checkpoint import Checkpoint
from hum2guitar.synthesis.inversion import INVERSIONS
from train.__main__ import main
from train.evaluate import inversions


class Everything:
    """A judge that takes everything for a guitar."""

    def share(self, waveform: np.ndarray) -> float:
        return 1.0


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inversions")
    for name in ("guitar", "hums"):
        (folder / name).mkdir()
    soundfile.write(folder / "guitar" / "solo.wav", plucked_melody(), SR)
    soundfile.write(folder / "hums" / "hum.wav", sung([tuple(row) for row in TRUTH], RATE, 2.8), RATE)
    np.savetxt(folder / "hums" / "hum.notes.csv", TRUTH, delimiter=",", header="onset_s,offset_s,midi")
    return folder


@pytest.fixture(scope="module")
def untaught() -> Hum2Guitar:
    return Hum2Guitar(Checkpoint(random_generator(Config()), Config(), {}))


def test_every_inversion_is_timed_and_measured_on_real_and_on_generated_mels(
    folders: Path, untaught: Hum2Guitar
) -> None:
    found = inversions.compare(untaught, folders / "guitar", folders / "hums", Everything())
    assert all(tuple(row) == tuple(INVERSIONS) for row in found.figures.values())
    assert all(np.isfinite(value) for row in found.figures.values() for value in row.values())
    assert set(found.clips) == {"solo.wav", "hum.wav"}
    for name in INVERSIONS:  # untaught, the generator draws nothing like a guitar: the real mel is nearer
        assert found.figures["real mel: logmag (dB)"][name] < 3
        assert found.figures["generated, guitar: logmag (dB)"][name] > 3
        assert 0 < found.figures[inversions.SECONDS][name] < 5
    assert found.figures["generated, hum: judge (share guitar)"]["pghi"] == 1
    assert list(found.figures)[-1] == inversions.SECONDS
    text = found.to_text()
    assert all(name in text for name in (*INVERSIONS, *found.figures))
    json.dumps(found.to_dict(), allow_nan=False)


def test_without_recordings_there_is_nothing_to_invert(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inversions"]) == 2
    assert "there is nothing to invert; give guitar recordings" in capsys.readouterr().err


def test_a_recording_that_cannot_be_inverted_is_named(tmp_path: Path, untaught: Hum2Guitar) -> None:
    soundfile.write(tmp_path / "silent take.wav", np.zeros(SR), SR)
    with pytest.raises(CorpusError, match=r"silent take\.wav cannot be measured: the recording is silent"):
        inversions.compare(untaught, tmp_path, None)
