"""The bundled checkpoint on one committed hum: the guitar is in tune, plucked, and decays like a string."""

from __future__ import annotations

import numpy as np
import pytest
from served import ROOT, load_module

from hum2guitar import Conversion, Hum2Guitar
from hum2guitar.analysis import audio
from train.evaluate import decay_curve, note_metrics

example = load_module(ROOT / "assets" / "make_examples.py").EXAMPLES[0]


@pytest.fixture(scope="module")
def conversion() -> Conversion:
    return Hum2Guitar.from_pretrained().convert(*audio.load(example.path))


@pytest.fixture(scope="module")
def played(conversion: Conversion) -> np.ndarray:
    """(K, 3) onset in s, offset in s, MIDI number — the notes of the tune, transposed as in the conversion."""
    return np.array(example.spans()) + np.array([0, 0, conversion.played.transpose_semitones])


def test_the_shipped_guitar_is_in_tune(conversion: Conversion, played: np.ndarray) -> None:
    assert float(note_metrics.note_accuracy(conversion.waveform, played)) >= 0.95


def test_the_shipped_guitar_is_plucked(conversion: Conversion, played: np.ndarray) -> None:
    assert float(note_metrics.attacked(conversion.waveform, played)) >= 0.85
    assert float(note_metrics.attack_time(conversion.waveform, played)) <= 25  # ms


def test_the_shipped_guitar_decays_like_real_strings(conversion: Conversion, played: np.ndarray) -> None:
    decay = note_metrics.decay(conversion.waveform, played, decay_curve.read())
    assert 0.7 <= float(decay["decay / reference"]) <= 1.4


def test_the_shipped_guitar_is_silent_before_the_first_note(conversion: Conversion) -> None:
    before_s = conversion.notes[0].onset_s - 0.05
    before = conversion.waveform[: int(before_s * conversion.sample_rate)]
    assert np.abs(before).max() < 0.05 * np.abs(conversion.waveform).max()
