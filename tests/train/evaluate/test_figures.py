"""The figures of one sound: the same at every sample rate of a checkpoint, and the judge's share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from melody import SR, TRUTH, plucked_melody
from untrained import TINY, random_generator

from hum2guitar import Config, Hum2Guitar
from hum2guitar.analysis import audio
from hum2guitar.synthesis.checkpoint import Checkpoint
from train.evaluate.bootstrap import interval
from train.evaluate.figures import JUDGE, judged, measure, true_notes
from train.evaluate.source import GUITAR, HUM, read_source

HIGH = replace(TINY, sample_rate=44100, n_fft=4096, hop_length=1024, fmax_hz=10000.0)


@pytest.mark.parametrize("config", [TINY, HIGH], ids=["16 kHz", "44.1 kHz"])
@pytest.mark.parametrize("kind", [GUITAR, HUM])
def test_a_recording_measures_as_itself_at_every_sample_rate(tmp_path: Path, config: Config, kind: str) -> None:
    soundfile.write(tmp_path / "melody.wav", plucked_melody(), SR)
    np.savetxt(tmp_path / "melody.notes.csv", TRUTH, delimiter=",")
    converter = Hum2Guitar(Checkpoint(random_generator(config), config, {}))
    source = read_source(converter, kind, tmp_path / "melody.wav")
    found = {name: float(value) for name, value in measure(source, source.recording, None, as_hummed=True).items()}
    assert found["pitch accuracy"] > 0.95
    if kind == GUITAR:
        assert found["mel_l1 (dB)"] < 0.5
        assert found["delta-mel correlation"] > 0.98
    else:
        assert found["note_accuracy"] == found["attacked"] == found["onset recall"] == 1


def test_a_sound_is_compared_with_the_notes_at_the_pitch_that_it_has(tmp_path: Path, converter: Hum2Guitar) -> None:
    low, high = (38, 41, 45), (50, 53, 57)  # a hum below the guitar's range is played an octave higher
    soundfile.write(tmp_path / "hum.wav", plucked_melody(low), SR)
    np.savetxt(tmp_path / "hum.notes.csv", np.column_stack([TRUTH[:, :2], low]), delimiter=",")
    source = read_source(converter, HUM, tmp_path / "hum.wav")
    assert source.played.transpose_semitones == 12
    played = audio.resample(plucked_melody(high), SR, converter.config.sample_rate)
    right, octave = (measure(source, played, None, as_hummed=as_hummed) for as_hummed in (False, True))
    assert float(right["pitch accuracy"]) > 0.9
    assert float(octave["octave rate"]) > 0.9
    np.testing.assert_array_equal(true_notes(source)[:, 2], high)
    np.testing.assert_array_equal(true_notes(source, as_hummed=True)[:, 2], low)


def test_the_judge_is_asked_segment_by_segment() -> None:
    class Loud:
        def share(self, waveform: np.ndarray) -> float:
            return float(np.abs(waveform).max() > 0.5)

    sound = np.concatenate([np.ones(5 * SR), np.zeros(5 * SR)])
    measured = judged(sound, Loud())[JUDGE]
    assert float(measured) == pytest.approx(0.5)
    assert interval([measured]) == (0, 1)  # two segments: the resampled shares are 0, 1/2 and 1


def test_without_a_judge_there_is_no_share() -> None:
    assert judged(np.ones(SR), None) == {}
