"""The evaluation of a converter without training: its columns, its intervals, and what it cannot measure."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from melody import SR, TRUTH, plucked_melody
from note_samples import RATE, write_samples
from sounds import sung
from untrained import random_generator

from hum2guitar import Config, Hum2Guitar
from hum2guitar.errors import CorpusError
from hum2guitar.synthesis.checkpoint import Checkpoint
from hum2guitar.synthesis.inversion import INVERSIONS
from train.evaluate import tables
from train.evaluate.clip import Clip
from train.evaluate.evaluation import Folders, evaluate
from train.evaluate.inversions import Inverted

COLUMNS = ["model", "label alone", "real mel", "same by NNLS", "note playback"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    folder = tmp_path_factory.mktemp("evaluate")
    write_samples(folder / "notes", {"steel": range(56, 66)})
    (folder / "guitar").mkdir()
    (folder / "hums").mkdir()
    soundfile.write(folder / "guitar" / "solo.wav", plucked_melody(), SR)
    soundfile.write(folder / "hums" / "hum.wav", sung([tuple(row) for row in TRUTH], RATE, 2.8), RATE)
    soundfile.write(folder / "hums" / "untold.wav", sung([(0.1, 0.9, 50.0)], RATE, 1.0), RATE)
    np.savetxt(folder / "hums" / "hum.notes.csv", TRUTH, delimiter=",", header="onset_s,offset_s,midi")
    (folder / "references").mkdir()
    for name in ("steel_1.wav", "steel_2.wav", "solo.wav"):
        soundfile.write(folder / "references" / name, plucked_melody(), SR)
    return Folders(folder / "guitar", folder / "hums", folder / "notes", references=folder / "references")


class Everything:
    """A judge that takes everything for a guitar."""

    def share(self, waveform: np.ndarray) -> float:
        return 1.0


@pytest.fixture(scope="module")
def visited() -> list[tuple[Clip, Inverted]]:
    return []


@pytest.fixture(scope="module")
def results(folders: Folders, visited: list[tuple[Clip, Inverted]], invertible: Config) -> dict[str, Any]:
    config = replace(invertible, guitars=())
    converter = Hum2Guitar(Checkpoint(random_generator(config), config, {}))
    return evaluate(
        converter, folders, Everything(), visit=lambda clip, inverted: visited.append((clip, inverted)), legato_hums=1
    )


def test_every_measure_has_the_model_and_the_sounds_that_it_is_compared_with(results: dict[str, Any]) -> None:
    for kind, columns in (("guitar", COLUMNS), ("hum", [*COLUMNS, "follow"])):
        figures = results[kind]["figures"]
        assert all(list(row) == columns for row in figures.values())
        assert all(np.isfinite(value) for row in figures.values() for value in row.values())
        assert set(results[kind]["intervals"]) == set(figures)
    json.dumps({**results, "plucks": None}, allow_nan=False)  # an untrained generator may play no note that counts


def test_the_real_mel_is_nearest_to_the_recording_and_keeps_its_pitch(results: dict[str, Any]) -> None:
    guitar = results["guitar"]["figures"]
    assert guitar["mel_l1 (dB)"]["real mel"] == min(guitar["mel_l1 (dB)"].values())
    assert guitar["pitch accuracy"]["real mel"] > 0.9
    assert results["hum"]["figures"]["pitch accuracy"]["real mel"] > 0.9


def test_note_samples_play_the_tune_with_attacks(results: dict[str, Any]) -> None:
    hum = results["hum"]["figures"]
    for measure in ("note_accuracy", "attacked", "onset recall"):
        assert hum[measure]["note playback"] == 1
    assert hum["attack time (ms)"]["note playback"] < 30
    assert hum["judge (share guitar)"]["model"] == 1


def test_a_hum_without_true_notes_is_not_measured(results: dict[str, Any]) -> None:
    assert {name: clip["kind"] for name, clip in results["clips"].items()} == {"solo.wav": "guitar", "hum.wav": "hum"}


def test_the_notes_that_were_heard_are_scored(results: dict[str, Any]) -> None:
    assert results["notes"]["sung, not tuned on"]["onset F1"] == 1
    assert results["notes"]["computed legato hums"]["recordings"] == 1


def test_the_shifts_of_the_hand_are_counted(results: dict[str, Any]) -> None:
    notes, off_neck, shifts, far, soon = results["fingering"].values()
    assert notes == len(TRUTH)
    assert off_neck == 0
    assert 0 <= soon <= far <= shifts < notes


def test_the_time_of_the_stages_adds_up(results: dict[str, Any]) -> None:
    stages = dict(results["real_time_factor"])
    assert stages.pop("total") == pytest.approx(sum(stages.values()))


def test_every_inversion_is_measured(results: dict[str, Any]) -> None:
    assert all(list(row) == list(INVERSIONS) for row in results["inversions"].values())


def test_the_plucks_of_every_sound_are_measured(results: dict[str, Any]) -> None:
    plucks = results["plucks"]
    kinds = ["solos in follow", "hums"]
    assert list(plucks) == [
        "recordings, solo",
        "recordings, steel",
        *(f"{kind}, {name}" for kind in kinds for name in INVERSIONS),
        "hums, label alone",
        "hums, note playback",
    ]
    assert plucks["recordings, steel"]["5–10 kHz, 10 ms"]["notes"] == 2 * 3
    assert plucks["recordings, solo"]["5–10 kHz, 10 ms"]["notes"] == 3  # it is in both folders
    assert plucks["hums, note playback"]["before a pluck"]["figure"] < -25
    assert "before a pluck" not in plucks["recordings, steel"]  # nobody knows its notes


def test_note_samples_are_played_back_with_their_full_band(results: dict[str, Any]) -> None:
    sharp = "10–18 kHz, 10 ms"  # the clicks at which these strings begin
    assert results["plucks"]["hums, note playback"][sharp]["figure"] > -110
    assert list(results["variance"]) == ["model", "label alone"]
    assert all(np.isfinite(cell["figure"]) for row in results["variance"].values() for cell in row.values())


def test_every_recording_is_shown_with_its_sounds(
    results: dict[str, Any], visited: list[tuple[Clip, Inverted]]
) -> None:
    assert [clip.source.name for clip, _ in visited] == list(results["clips"])
    assert [list(clip.sounds) for clip, _ in visited] == [COLUMNS, [*COLUMNS, "follow"]]
    assert all(list(inverted.sounds) == list(INVERSIONS) for _, inverted in visited)


def test_the_tables_show_all_of_it(results: dict[str, Any]) -> None:
    text = tables.render_all(results)
    for name in (*COLUMNS, "note_accuracy", "solo.wav", "computed legato hums", "real-time factor", "pghi"):
        assert name in text


def test_a_recording_that_cannot_be_measured_is_named(tmp_path: Path, converter: Hum2Guitar) -> None:
    soundfile.write(tmp_path / "silent take.wav", np.zeros(SR), SR)
    with pytest.raises(CorpusError, match=r"silent take\.wav cannot be measured: the recording is silent"):
        evaluate(converter, Folders(guitar=tmp_path))
