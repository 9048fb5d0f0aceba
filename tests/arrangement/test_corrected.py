"""Corrected notes: the F0 follows them, and what was not corrected stays bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sounds import cents, voice

from hum2guitar import Choices, Heard, Hum2Guitar, Note, UserError
from hum2guitar.arrangement.corrected import corrected_f0
from hum2guitar.arrangement.played import arrange
from hum2guitar.note import midi_to_hz
from hum2guitar.synthesis.controls import pluck_controls

RATE = 16000


@pytest.fixture
def heard(converter: Hum2Guitar) -> Heard:
    """A3 with vibrato, a rest, and C4."""
    times_s = np.arange(int(0.9 * RATE)) / RATE
    vibrato = voice(midi_to_hz(57 + 0.4 * np.sin(2 * np.pi * 5.5 * times_s)), RATE)
    rest = np.zeros(int(0.3 * RATE), dtype=np.float32)
    waveform = np.concatenate([rest, vibrato, rest, rest, voice(midi_to_hz(60), RATE, 0.6), rest])
    found = converter.analyse(waveform, RATE)
    assert [round(note.midi) for note in found.notes] == [57, 60]
    return found


def sounding(heard: Heard, notes: list[Note], **choices: object) -> np.ndarray:
    """(N,) Hz — the F0 of the label."""
    played = arrange(heard, Choices(transpose=0, **choices), notes)
    return pluck_controls(played.f0_hz, played.notes, played.config).f0_hz


def inside(heard: Heard, start_s: float, stop_s: float) -> slice:
    frame_s = heard.config.frame_s
    return slice(int(np.ceil(start_s / frame_s)) + 1, int(stop_s / frame_s) - 1)


def test_the_notes_that_were_heard_change_nothing(heard: Heard) -> None:
    given, left_out = arrange(heard, Choices(), list(heard.notes)), arrange(heard, Choices())
    np.testing.assert_array_equal(given.f0_hz, left_out.f0_hz)
    assert given.notes == left_out.notes
    np.testing.assert_array_equal(corrected_f0(heard, heard.notes), heard.f0_hz)


def test_a_note_that_is_dragged_up_takes_its_vibrato_along(heard: Heard) -> None:
    first, second = heard.notes
    up = sounding(heard, [replace(first, midi=first.midi + 1), second])
    before = sounding(heard, [first, second])
    span = inside(heard, first.onset_s, first.offset_s)
    np.testing.assert_allclose(cents(up[span], before[span]), 100, atol=0.01)
    assert np.ptp(cents(up[span], midi_to_hz(58))) > 60
    rest = inside(heard, second.onset_s, second.offset_s)
    np.testing.assert_array_equal(up[rest], before[rest])


def test_a_note_that_is_added_or_longer_than_sung_is_steady_there(heard: Heard) -> None:
    first, second = heard.notes
    added = Note(first.offset_s + 0.05, second.onset_s - 0.05, 64.0, 0.7)
    f0_hz = sounding(heard, [first, added, replace(second, offset_s=second.offset_s + 0.2)])
    span = inside(heard, added.onset_s, added.offset_s)
    from_64 = cents(f0_hz[span], midi_to_hz(64))
    assert np.abs(from_64).max() < 10
    assert from_64[0] > from_64[-1]  # it begins a little sharp, as a plucked string does
    tail = inside(heard, second.offset_s, second.offset_s + 0.2)
    assert np.abs(cents(f0_hz[tail], midi_to_hz(second.midi))).max() < 10


def test_a_deleted_note_has_no_f0_and_a_split_one_keeps_it(heard: Heard) -> None:
    first, second = heard.notes
    frames = inside(heard, second.onset_s, second.offset_s)
    assert np.isnan(corrected_f0(heard, [first])[frames]).all()
    middle = (first.onset_s + first.offset_s) / 2
    halves = [replace(first, offset_s=middle), replace(first, onset_s=middle), second]
    np.testing.assert_array_equal(corrected_f0(heard, halves), heard.f0_hz)


def test_quantised_notes_lie_on_the_beat_with_their_own_f0(heard: Heard) -> None:
    played = arrange(heard, Choices(transpose=0, quantise=1.0, bpm=75.0))
    steps = played.grid.steps(np.array([note.onset_s for note in played.notes]))
    np.testing.assert_allclose(steps, np.round(steps), atol=0.05)
    assert played.hummed == heard.notes
    for note, hummed in zip(played.notes, heard.notes, strict=True):
        span = inside(heard, note.onset_s + 0.05, note.offset_s - 0.05)
        assert np.nanmedian(cents(played.f0_hz[span], midi_to_hz(hummed.midi))) == pytest.approx(0, abs=15)
    assert arrange(heard, Choices(quantise=0.0)).notes == arrange(heard, Choices()).notes


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ([], "keep at least one"),
        ([Note(0.5, 0.4, 60, 0.5)], "let it end after it begins"),
        ([Note(-0.1, 0.4, 60, 0.5)], "let it end after it begins"),
        ([Note(0.1, float("nan"), 60, 0.5)], "not a number"),
        ([Note(99.0, 99.5, 60, 0.5)], "begins after the recording"),
        ([Note(0.1, 1e6, 60, 0.5)], "note 1 ends after the recording, which lasts 2.70 s; let it end there"),
        ([Note(0.1, 0.4, None, 0.5)], "not a number"),
        ([(0.1, 0.4, 60, 0.5)], "not a number"),
        ([Note(0.1, 0.4, 600, 0.5)], "MIDI number from 0 to 127"),
        ([Note(0.1, 0.4, 60, 1.5)], "velocity from 0 to 1"),
        ([Note(0.1, 0.5, 60, 0.5), Note(0.4, 0.6, 60, 0.5)], "note 2 begins before note 1 ends"),
    ],
)
def test_notes_that_cannot_be_played_are_refused(heard: Heard, notes: list[Note], said: str) -> None:
    with pytest.raises(UserError, match=said):
        arrange(heard, Choices(), notes)
