from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from melody import SR, plucked_melody

from hum2guitar import AudioError, Choices, Hum2Guitar, UserError
from hum2guitar.arrangement.register import range_warnings
from hum2guitar.comparison import compare_guitar
from hum2guitar.comparison.shown import DIFFERENCE, MEL
from hum2guitar.note import Note
from train.evaluate.figures import measurable, resynthesis
from train.evaluate.source import GUITAR, read_source


def test_a_guitar_comes_back_beside_its_recording(converter: Hum2Guitar) -> None:
    stages = []
    found = compare_guitar(converter, plucked_melody(), SR, progress=lambda share, stage: stages.append((share, stage)))
    sounds = found.sounds()
    assert list(sounds) == ["recording", "guitar"]
    assert len(sounds["recording"]) == len(sounds["guitar"])
    assert [(panel.kind, panel.name) for panel in found.panels()] == [
        (MEL, "recording"),
        (MEL, "guitar"),
        (DIFFERENCE, "guitar"),
    ]
    numbers = found.numbers()
    json.dumps(numbers, allow_nan=False)
    assert {"f0", "generator", "inversion"} <= set(numbers["seconds"])
    assert set(numbers["treble_db"]) == {"recording", "guitar"}
    assert [share for share, _ in stages] == sorted(share for share, _ in stages)


def test_the_figures_are_those_of_train_evaluate(converter: Hum2Guitar, tmp_path: Path) -> None:
    path = tmp_path / "solo.wav"
    soundfile.write(path, plucked_melody(), SR, subtype="FLOAT")
    found = compare_guitar(converter, *soundfile.read(path, dtype="float32"))
    source = read_source(converter, GUITAR, path)
    sound = converter.render(source.played).waveform
    np.testing.assert_array_equal(sound, found.conversion.waveform)
    expected = resynthesis(source, measurable(sound, converter.config.sample_rate))
    for name, figure in (
        ("mel_l1_db", "mel_l1 (dB)"),
        ("delta_mel_ratio", "delta-mel ratio"),
        ("delta_mel_correlation", "delta-mel correlation"),
        ("log_spectral_distance_db", "log-spectral dist. (dB)"),
    ):
        # the reference was resampled once more, by way of the checkpoint's rate
        assert found.numbers()[name] == pytest.approx(float(expected[figure]), rel=0.1), name


def test_it_is_played_at_its_own_pitch_with_its_own_dynamics_whatever_is_chosen(converter: Hum2Guitar) -> None:
    choices = Choices(transpose=5, capo=3, tune="key", body=0.5, articulation="plucked", guitar="steel", seed=3)
    conversion = compare_guitar(converter, plucked_melody(), SR, choices).conversion
    assert [round(note.midi) for note in conversion.notes] == [57, 60, 64]
    assert conversion.choices == Choices(transpose=0, articulation="follow", guitar="steel", seed=3)


def test_what_cannot_be_compared_gets_a_sentence(converter: Hum2Guitar, rng: np.random.Generator) -> None:
    with pytest.raises(UserError, match="banjo"):
        compare_guitar(converter, plucked_melody(), SR, Choices(guitar="banjo"))
    with pytest.raises(AudioError, match="no pitch was heard"):
        compare_guitar(converter, 0.1 * rng.standard_normal(2 * SR).astype(np.float32), SR)


def test_its_warnings_say_what_is_wrong_and_nothing_to_whoever_hums(converter: Hum2Guitar) -> None:
    found = compare_guitar(converter, plucked_melody(), SR)
    warned = range_warnings([Note(0.0, 1.0, 38, 1.0), Note(1.0, 2.0, 86, 1.0)], 0, 0)
    assert "hum a smaller span" in warned[0]
    played = replace(found.conversion.played, warnings=warned)
    told = replace(found, conversion=replace(found.conversion, played=played)).numbers()["warnings"]
    assert told == ["D2, D6 lie outside the guitar's range, E2 to C6"]
