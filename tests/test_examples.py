from __future__ import annotations

import numpy as np
import pytest
import soundfile
from served import ROOT, load_module

from hum2guitar import Config
from hum2guitar.analysis import audio
from hum2guitar.analysis.heard import analyse
from hum2guitar.analysis.trackers import load_tracker
from page import texts

make_examples = load_module(ROOT / "assets" / "make_examples.py")
each_example = pytest.mark.parametrize("example", make_examples.EXAMPLES, ids=lambda example: example.title)


@each_example
def test_the_notes_of_an_example_are_those_of_its_tune(example: make_examples.Example, default: Config) -> None:
    waveform, sample_rate = audio.load(example.path)
    prepared = audio.prepare(waveform, sample_rate, default.sample_rate, default.loudness_db)
    heard = analyse(prepared, default, load_tracker("swift"))

    written = example.spans()
    assert len(heard.notes) == len(written)
    for note, (onset_s, _, midi) in zip(heard.notes, written, strict=True):
        assert abs(note.midi - midi) < 0.5  # 50 cents
        assert abs(note.onset_s - onset_s) < 0.1


@each_example
def test_making_an_example_again_gives_the_committed_file(example: make_examples.Example) -> None:
    committed, sample_rate = soundfile.read(example.path, dtype="int16")
    assert sample_rate == make_examples.SAMPLE_RATE
    made = make_examples.sing(example)
    np.testing.assert_array_equal(made, make_examples.sing(example))
    # the sine of another processor can differ in the last of 16 bits
    assert np.abs(np.round(made * 32767) - committed).max() <= 2


@each_example
def test_an_example_is_short_small_and_not_clipped(example: make_examples.Example) -> None:
    waveform, sample_rate = audio.load(example.path)
    assert 6 <= len(waveform) / sample_rate <= 10.5
    assert example.path.stat().st_size < 400_000
    assert 0.4 < np.abs(waveform).max() < 0.6
    assert audio.quality_warnings(waveform, sample_rate) == ()


def test_the_page_offers_every_example() -> None:
    assert {example.file_name: example.title for example in make_examples.EXAMPLES} == texts.EXAMPLES
