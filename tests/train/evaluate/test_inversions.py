"""The table of inversions: each on the same mels, its time, and who is named where nothing can be measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from melody import SR, TRUTH, plucked_melody
from note_samples import RATE
from sounds import sung
from untrained import random_generator

from hum2guitar import Choices, Config, Hum2Guitar
from hum2guitar.errors import CorpusError
from hum2guitar.synthesis.checkpoint import Checkpoint
from hum2guitar.synthesis.inversion import INVERSIONS
from train.__main__ import main
from train.evaluate import tables
from train.evaluate.fidelity import worst
from train.evaluate.inversions import SECONDS, average, compare, invert_clip
from train.evaluate.source import GUITAR, HUM, read_source


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
def untrained(invertible: Config) -> Hum2Guitar:
    return Hum2Guitar(Checkpoint(random_generator(invertible), invertible, {}))


def test_every_inversion_is_timed_and_measured_on_real_and_on_generated_mels(
    folders: Path, untrained: Hum2Guitar, capsys: pytest.CaptureFixture[str]
) -> None:
    results = compare(untrained, folders / "guitar", folders / "hums", Everything())
    found = results["inversions"]
    assert all(list(row) == list(INVERSIONS) for row in found.values())
    assert all(np.isfinite(value) for row in found.values() for value in row.values())
    for name in INVERSIONS:  # an untrained generator makes nothing like a guitar: the real mel is nearer
        assert found["real mel: logmag (dB)"][name] < 3
        assert found["generated, guitar: logmag (dB)"][name] > 3
        assert 0 < found[SECONDS][name] < 5
    assert found["generated, hum: judge (share guitar)"]["pghi"] == 1
    assert list(found)[-1] == SECONDS
    text = tables.render(results, "inversions")
    assert all(name in text for name in (*INVERSIONS, *found))
    json.dumps(results, allow_nan=False)
    assert "2/2" in capsys.readouterr().err  # the progress
    assert list(results["fidelity"]) == ["real mel", "generated, guitar", "generated, hum"]
    for name in INVERSIONS:
        by_third = results["fidelity"]["real mel"][name]
        assert abs(by_third["1000"]) < 3
        assert f" at {worst(by_third)[0]} Hz" in tables.render(results, "fidelity")


def test_what_is_measured_is_what_a_conversion_gives(converter: Hum2Guitar, folders: Path) -> None:
    for kind, path in ((GUITAR, folders / "guitar" / "solo.wav"), (HUM, folders / "hums" / "hum.wav")):
        source = read_source(converter, kind, path)
        sound = converter.render(source.played)
        measured = invert_clip(source, sound, None).sounds[Choices().inversion]
        np.testing.assert_allclose(measured, sound.waveform, atol=1e-5)


def test_a_measure_is_averaged_over_the_recordings_that_have_it() -> None:
    one, other = {"a": {"x": 1.0}, SECONDS: {"x": 3.0}}, {"b": {"x": 5.0}, SECONDS: {"x": 1.0}}
    assert average([one, other]) == {"a": {"x": 1.0}, "b": {"x": 5.0}, SECONDS: {"x": 2.0}}
    assert average([]) == {}


def test_without_recordings_there_is_nothing_to_invert(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inversions"]) == 2
    assert "there is nothing to invert; give guitar recordings" in capsys.readouterr().err


def test_a_recording_that_cannot_be_inverted_is_named(tmp_path: Path, converter: Hum2Guitar) -> None:
    soundfile.write(tmp_path / "silent take.wav", np.zeros(SR), SR)
    with pytest.raises(CorpusError, match=r"silent take\.wav cannot be measured: the recording is silent"):
        compare(converter, tmp_path, None)
