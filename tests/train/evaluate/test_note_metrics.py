"""How the notes are played, on sounds whose figures can be computed."""

from __future__ import annotations

from pathlib import Path

import mir_eval
import numpy as np
import pytest
from melody import SR, TRUTH, plucked_melody
from note_samples import write_samples
from sounds import voice

from train.evaluate import decay_curve, note_metrics


def falling(db_per_s: float, seconds: float = 3.0) -> np.ndarray:
    t = np.arange(int(seconds * SR)) / SR
    return (voice(220, SR, seconds) * 10 ** (db_per_s * t / 20)).astype(np.float32)


def test_note_accuracy_folds_octaves_and_counts_wrong_notes() -> None:
    assert float(note_metrics.note_accuracy(plucked_melody(), TRUTH)) == 1
    assert float(note_metrics.note_accuracy(plucked_melody((69, 72, 76)), TRUTH)) == 1
    assert float(note_metrics.note_accuracy(plucked_melody((57, 61, 64)), TRUTH)) == pytest.approx(2 / 3)
    assert float(note_metrics.note_accuracy(np.zeros(3 * SR, dtype=np.float32), TRUTH)) == 0


def test_plucks_are_attacked_and_swells_are_not() -> None:
    assert float(note_metrics.attacked(plucked_melody(), TRUTH)) == 1
    assert float(note_metrics.attack_time(plucked_melody(), TRUTH)) < 30
    swells = np.concatenate([voice(220, SR, 0.7) * np.linspace(0, 1, int(0.7 * SR)) for _ in range(4)])
    assert float(note_metrics.attacked(swells.astype(np.float32), TRUTH)) == 0


def test_rise_time_is_that_of_the_ramp() -> None:
    tone = voice(440, SR, 1.0)
    for rise_s in (0.01, 0.05):
        sound = tone * np.clip((np.arange(SR) / SR - 0.5) / rise_s, 0, 1)
        assert note_metrics.rise_time(sound.astype(np.float32), 0.5) == pytest.approx(0.8 * rise_s, abs=0.012)


def test_a_note_that_never_rises_has_the_longest_attack() -> None:
    assert float(note_metrics.attack_time(voice(440, SR, 3.0), TRUTH)) == pytest.approx(180)


def test_decay_is_that_of_the_exponential_and_is_compared_at_the_notes_pitch() -> None:
    notes = np.array([[0.1, 2.5, 57.0]])
    measured = note_metrics.decay(falling(-18), notes, lambda midi: np.where(midi == 57, -36.0, -1.0))
    assert float(measured["decay (dB/s)"]) == pytest.approx(-18, abs=0.5)
    assert float(measured["decay / reference"]) == pytest.approx(0.5, abs=0.02)


def test_the_decay_curve_is_that_of_the_samples(tmp_path: Path) -> None:
    notes = write_samples(tmp_path / "notes", {"steel": range(56, 66)})
    built = decay_curve.build(notes, tmp_path / "curve.json", "the command")
    assert list(built) == list(range(56, 66))
    # partial k of these strings has the amplitude exp(-(1.5 + 0.8 k) t) / k; the power is their sum's
    t = np.linspace(0.06, decay_curve.NOTE_S, 200)
    power = sum((np.exp(-(1.5 + 0.8 * k) * t) / k) ** 2 for k in range(1, 13))
    expected = np.polyfit(t, 10 * np.log10(power), 1)[0]
    reference = decay_curve.read(tmp_path / "curve.json")
    assert reference(np.array([40.0, 60.5, 90.0])) == pytest.approx(expected, abs=0.5)


def test_the_committed_curve_falls_everywhere_and_high_strings_fall_fastest() -> None:
    reference = decay_curve.read()
    slopes = reference(np.arange(40, 85))
    assert (slopes < -8).all()
    assert slopes[-12:].mean() < 1.5 * slopes[:12].mean()


def test_onsets_are_scored_as_mir_eval_scores_them() -> None:
    sound = plucked_melody()
    found_s = note_metrics.detect_onsets(sound)
    for shift_s in (0.0, 0.03, 0.2):
        truth = TRUTH + np.array([shift_s, shift_s, 0])
        truth = truth[truth[:, 1] <= len(sound) / SR]
        scores = note_metrics.onsets(sound, truth)
        f1, precision, recall = mir_eval.onset.f_measure(truth[:, 0], found_s)
        assert float(scores["onset F1"]) == pytest.approx(f1)
        assert float(scores["onset precision"]) == pytest.approx(precision)
        assert float(scores["onset recall"]) == pytest.approx(recall)
    # precision is less: these strings are cut off, and that is heard as well
    assert float(note_metrics.onsets(sound, TRUTH)["onset recall"]) == 1


def test_pitch_is_scored_by_frame_with_octaves_and_voicing_apart() -> None:
    sound = np.concatenate([voice(220, SR, 2.0), np.zeros(SR, dtype=np.float32)])
    times_s = np.arange(1 + len(sound) // 512) * 512 / SR
    right = np.where(times_s < 2, 220.0, np.nan)
    scores = {name: float(m) for name, m in note_metrics.pitch(sound, times_s, right).items()}
    assert scores["pitch accuracy"] > 0.95
    assert scores["octave rate"] == 0
    assert scores["voicing recall"] > 0.95
    assert scores["voicing false alarm"] < 0.1
    octave = {name: float(m) for name, m in note_metrics.pitch(sound, times_s, 2 * right).items()}
    assert octave["pitch accuracy"] == 0
    assert octave["octave rate"] > 0.95
    wrong = note_metrics.pitch(sound, times_s, 1.06 * right)
    assert float(wrong["pitch accuracy"]) == float(wrong["octave rate"]) == 0


def test_silence_has_no_pitch_and_a_rest_no_accuracy() -> None:
    silent, times_s = np.zeros(SR, dtype=np.float32), np.arange(44) * 512 / SR
    scores = note_metrics.pitch(silent, times_s, np.full(44, 220.0))
    assert float(scores["pitch accuracy"]) == float(scores["voicing recall"]) == 0
    rest = note_metrics.pitch(silent, times_s, np.full(44, np.nan))
    assert np.isnan(float(rest["pitch accuracy"]))
    assert float(rest["voicing false alarm"]) == 0
