"""The composed melodies: what they contain, and what they ask of a guitar's samples."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from note_samples import write_samples

from train.corpus.samples import load_guitars
from train.synth.guitar import RENDER_RATE, Guitar
from train.synth.melody import MAX_DETUNE, MAX_SHIFT, Stroke, compose, pitch_curve, played_midi, played_notes


@pytest.fixture(scope="module")
def guitar(tmp_path_factory: pytest.TempPathFactory) -> Guitar:
    """A computed guitar of thirteen notes, D3 to D4."""
    (guitar,) = load_guitars(write_samples(tmp_path_factory.mktemp("notes"), {"steel": range(50, 63)}))
    return guitar


def test_no_sample_is_shifted_by_more_than_a_semitone(guitar: Guitar) -> None:
    gappy = replace(guitar, samples=guitar.samples[::3])
    for seed in range(20):
        for stroke in compose(gappy, 20, np.random.default_rng(seed)):
            source = gappy.nearest(stroke.midi + stroke.glide / 2)
            shift = pitch_curve(stroke, int(stroke.held_s * RENDER_RATE)) - source.midi
            assert np.abs(shift).max() <= MAX_SHIFT + MAX_DETUNE


def test_melodies_have_slides_bends_hammered_notes_repeats_and_a_range_of_levels(guitar: Guitar) -> None:
    strokes = [s for seed in range(30) for s in compose(guitar, 20, np.random.default_rng(seed))]
    assert any(s.glide for s in strokes)
    assert any(s.bend for s in strokes)
    assert any(not s.plucked for s in strokes)
    assert any(a.midi == b.midi for a, b in pairwise(strokes))
    assert max(s.gain_db for s in strokes) > -2 > -10 > min(s.gain_db for s in strokes)


def test_played_notes_end_when_the_next_begins() -> None:
    strokes = [Stroke(0.0, 3.0, 60, 0.0, 0.1), Stroke(1.0, 0.5, 62, -12.0, 0.1)]
    first, second = played_notes(strokes, 5.0)
    assert (first.offset_s, second.offset_s) == (1.0, 1.5)
    assert (first.velocity, second.velocity) == (1.0, 0.5)


def test_the_played_pitch_is_that_of_the_newest_string_with_its_slide() -> None:
    strokes = [Stroke(0.0, 3.0, 60, 0.0, 0.1), Stroke(1.0, 0.5, 62, 0.0, 0.1, glide=2.0, glide_at_s=0.2)]
    midi = played_midi(strokes, np.array([0.5, 1.1, 1.4, 1.6]))
    assert midi[:3] == pytest.approx([60, 62, 64])
    assert np.isnan(midi[3])
