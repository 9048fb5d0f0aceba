"""The evaluation's measures on sounds whose figures can be computed, and its table on a tiny converter."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import random_generator
from sounds import noise, sung, voice
from strings import RATE, pluck, write_samples

from hum2guitar import Config, Hum2Guitar
from hum2guitar.checkpoint import Checkpoint
from hum2guitar.errors import CorpusError
from train import evaluate, metrics

SR = metrics.SAMPLE_RATE
TRUTH = np.array([[0.3, 1.0, 57.0], [1.1, 1.8, 60.0], [1.9, 2.6, 64.0]])


def plucked_melody(midis: tuple[float, ...] = (57, 60, 64)) -> np.ndarray:
    sound = np.zeros(int(2.8 * SR), dtype=np.float32)
    for (onset_s, offset_s, _), midi in zip(TRUTH, midis, strict=True):
        note = pluck(midi, offset_s - onset_s, SR)
        first = int((onset_s - 0.005) * SR)  # its attack is 5 ms in
        sound[first : first + len(note)] += note
    return sound


def test_note_accuracy_folds_octaves_and_counts_wrong_notes() -> None:
    assert metrics.note_accuracy(plucked_melody(), TRUTH) == 1
    assert metrics.note_accuracy(plucked_melody((69, 72, 76)), TRUTH) == 1
    assert metrics.note_accuracy(plucked_melody((57, 61, 64)), TRUTH) == pytest.approx(2 / 3)
    assert metrics.note_accuracy(np.zeros(3 * SR, dtype=np.float32), TRUTH) == 0


def test_plucks_are_attacked_and_swells_are_not() -> None:
    assert metrics.attacked(plucked_melody(), TRUTH) == 1
    swells = np.concatenate([voice(220, SR, 0.7) * np.linspace(0, 1, int(0.7 * SR)) for _ in range(4)])
    assert metrics.attacked(swells.astype(np.float32), TRUTH) == 0


def test_rise_time_is_that_of_the_ramp() -> None:
    tone = voice(440, SR, 1.0)
    for rise_s in (0.01, 0.05):
        sound = tone * np.clip((np.arange(SR) / SR - 0.5) / rise_s, 0, 1)
        assert metrics.rise_time(sound.astype(np.float32), 0.5) == pytest.approx(0.8 * rise_s, abs=0.012)


def test_decay_is_that_of_the_exponential() -> None:
    t = np.arange(3 * SR) / SR
    falling = voice(220, SR, 3.0) * 10 ** (-18 * t / 20)
    slope = metrics.decay_db_per_s(falling.astype(np.float32), np.array([[0.1, 2.5, 57.0]]))
    assert slope == pytest.approx(-18, abs=0.5)


def test_a_recording_has_no_distance_to_itself_whatever_its_level() -> None:
    sound = plucked_melody()
    assert metrics.mel_l1(sound, 0.1 * sound) == pytest.approx(0, abs=0.01)
    assert metrics.motion(sound, 0.1 * sound) == pytest.approx((1, 1), abs=0.01)
    assert metrics.logmag(sound, sound) == 0


def test_logmag_sees_a_change_of_level() -> None:
    sound = noise(2 * SR, np.random.default_rng(0))
    assert metrics.logmag(sound, 0.5 * sound) == pytest.approx(6.02, abs=0.05)


def test_noise_moves_but_not_with_the_music() -> None:
    ratio, correlation = metrics.motion(plucked_melody(), noise(int(2.8 * SR), np.random.default_rng(0)))
    assert abs(correlation) < 0.15
    assert ratio > 0.3


def test_a_shift_by_one_hop_costs_decibels() -> None:
    sound = plucked_melody()
    assert metrics.mel_l1(sound, np.roll(sound, 512)) > 1


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluate")
    write_samples(folder / "notes", {"steel": range(56, 66)})
    (folder / "guitar").mkdir()
    (folder / "hums").mkdir()
    soundfile.write(folder / "guitar" / "solo.wav", plucked_melody(), SR)
    soundfile.write(folder / "hums" / "hum.wav", sung([tuple(row) for row in TRUTH], RATE, 2.8), RATE)
    soundfile.write(folder / "hums" / "untold.wav", sung([(0.1, 0.9, 50.0)], RATE, 1.0), RATE)
    np.savetxt(folder / "hums" / "hum.notes.csv", TRUTH, delimiter=",", header="onset_s,offset_s,midi")
    return folder


def test_the_table_has_the_model_and_all_it_is_compared_to(folders: Path, default: Config) -> None:
    converter = Hum2Guitar(Checkpoint(random_generator(default), default, {}))
    result = evaluate.evaluate(converter, folders / "guitar", folders / "hums", folders / "notes")
    columns = ["model", "label alone", "real mel", "same by NNLS", "note playback"]
    for table in (result.guitar, result.hum):
        assert all(list(row) == columns for row in table.values())
        assert all(np.isfinite(value) for row in table.values() for value in row.values())
    # what is known beforehand: samples play the tune with attacks, the real mel is nearest to the recording
    assert result.hum["note_accuracy"]["note playback"] == 1
    assert result.hum["attacked"]["note playback"] == 1
    assert result.guitar["mel_l1 (dB)"]["real mel"] == min(result.guitar["mel_l1 (dB)"].values())
    assert set(result.clips) == {"solo.wav", "hum.wav"}  # a hum without true notes cannot be scored
    assert result.real_time_factor["total"] == pytest.approx(
        sum(v for k, v in result.real_time_factor.items() if k != "total")
    )
    json.dumps(result.to_dict())
    for name in (*columns, "note_accuracy", "solo.wav", "real-time factor"):
        assert name in result.to_text()


def test_an_empty_folder_is_refused(tmp_path: Path, converter: Hum2Guitar) -> None:
    with pytest.raises(CorpusError, match="no recordings"):
        evaluate.evaluate(converter, tmp_path, None, None)
