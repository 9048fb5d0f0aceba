"""On a miniature GuitarSet, with checksums of its own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from corpora import read_takes
from note_samples import RATE, pluck

from hum2guitar.config import SMALL
from hum2guitar.errors import CorpusError
from train.corpus import guitarset, store

TAKE = "BN1-147-Gb"


def write_solo(root: Path, name: str) -> guitarset.Checksums:
    """One solo of three notes and its annotation; returns their checksums."""
    (root / "audio_mono-mic").mkdir(parents=True, exist_ok=True)
    (root / "annotation").mkdir(exist_ok=True)
    recording, annotation = f"audio_mono-mic/{name}_solo_mic.wav", f"annotation/{name}_solo.jams"
    soundfile.write(root / recording, np.concatenate([pluck(midi, 1.0) for midi in (52, 55, 59)]), RATE)
    strings = [
        {"namespace": "pitch_contour", "data": []},
        {"namespace": "note_midi", "data": [{"time": 1.01, "duration": 2.5, "value": 55.02, "confidence": None}]},
        {
            "namespace": "note_midi",
            "data": [
                {"time": 0.005, "duration": 0.9, "value": 52.0, "confidence": None},
                {"time": 2.015, "duration": 0.9, "value": 59.0, "confidence": None},
            ],
        },
    ]
    (root / annotation).write_text(json.dumps({"annotations": strings}))
    return {path: hashlib.md5((root / path).read_bytes()).hexdigest() for path in (recording, annotation)}


def write_guitarset(root: Path, *names: str) -> guitarset.Checksums:
    return {path: md5 for name in names for path, md5 in write_solo(root, name).items()}


def test_guitarset_is_split_by_player_and_keeps_its_annotations(tmp_path: Path) -> None:
    checksums = write_guitarset(tmp_path, *(f"{player}_{TAKE}" for player in ("00", "01", "05")))
    (tmp_path / "audio_mono-mic" / f"01_{TAKE}_comp_mic.wav").write_bytes(b"not a solo")
    guitarset.build(tmp_path, tmp_path / "out", SMALL, "test", checksums=checksums)
    index = store.read_index(tmp_path / "out")
    assert {t.name[:2]: t.split for t in index} == {"00": "train", "01": "train", "05": "validation"}
    assert {(t.guitar, t.licence) for t in index} == {("guitarset", "CC BY 4.0")}
    take = next(read_takes(tmp_path / "out", "validation", SMALL))
    assert [(n.onset_s, round(n.offset_s, 3), n.midi) for n in take.notes] == [
        (0.005, 0.905, 52.0),
        (1.01, 2.015, 55.02),  # ends when the next begins
        (2.015, 2.915, 59.0),
    ]


def test_test_recordings_and_excluded_takes_never_enter_a_corpus(tmp_path: Path) -> None:
    names = ("00_BN1-129-Eb", f"00_{TAKE}", f"01_{TAKE}", "05_Rock1-130-A")
    checksums = write_guitarset(tmp_path, *names)
    guitarset.build(tmp_path, tmp_path / "out", SMALL, "test", exclude=[f"01_{TAKE}"], checksums=checksums)
    assert [t.name for t in store.read_index(tmp_path / "out")] == [f"00_{TAKE}"]
    with pytest.raises(CorpusError, match="no solo '07_X' to exclude; name one as in 00_BN1-129-Eb"):
        guitarset.build(tmp_path, tmp_path / "out", SMALL, "test", exclude=["07_X"], checksums=checksums)


def test_a_damaged_file_is_named_in_one_sentence(tmp_path: Path) -> None:
    checksums = write_guitarset(tmp_path, f"00_{TAKE}")
    recording = tmp_path / "audio_mono-mic" / f"00_{TAKE}_solo_mic.wav"
    recording.write_bytes(recording.read_bytes()[:-1])
    with pytest.raises(CorpusError, match=rf"00_{TAKE}_solo_mic.wav is damaged .* unpack it again"):
        guitarset.build(tmp_path, tmp_path / "out", SMALL, "test", checksums=checksums)


def test_absent_guitarset_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no GuitarSet solos .* Zenodo record 3371780 .* ROOT/audio_mono-mic/"):
        guitarset.build(tmp_path, tmp_path / "out", SMALL, "test")
    checksums = write_guitarset(tmp_path, f"00_{TAKE}")
    (tmp_path / "annotation" / f"00_{TAKE}_solo.jams").unlink()
    with pytest.raises(CorpusError, match=rf"00_{TAKE}_solo.jams is missing; get annotation.zip"):
        guitarset.build(tmp_path, tmp_path / "out", SMALL, "test", checksums=checksums)


def test_the_table_has_thirty_solos_of_each_of_six_players() -> None:
    checksums = guitarset.read_checksums()
    recordings = [Path(path).name for path in checksums if path.startswith("audio_mono-mic/")]
    assert {player: sum(name.startswith(player) for name in recordings) for player in {r[:2] for r in recordings}} == {
        f"{player:02}": 30 for player in range(6)
    }
    assert len(checksums) == 360
    assert all(len(md5) == 32 for md5 in checksums.values())
    assert {f"annotation/{name}_solo.jams" for name in guitarset.TEST_TAKES} <= set(checksums)
