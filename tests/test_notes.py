from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from sounds import noise, sung, voice

from hum2guitar import audio, f0, notes
from hum2guitar.config import Config
from hum2guitar.notes import Note

RATE = 22050
MELODY = [(0.30, 0.75, 57.0), (0.85, 1.25, 59.0), (1.35, 1.80, 61.3), (1.95, 2.40, 52.0), (2.50, 3.10, 64.0)]


def heard(waveform: np.ndarray, config: Config, tracker: str = "swift") -> list[Note]:
    prepared = audio.prepare(waveform, RATE, config.sample_rate, config.loudness_db)
    return notes.segment(prepared, *f0.track(prepared, config, f0.load_tracker(tracker)), config)


def assert_same_melody(found: list[Note], melody: list[tuple[float, float, float]]) -> None:
    assert len(found) == len(melody)
    for note, (onset_s, offset_s, midi) in zip(found, melody, strict=True):
        assert abs(note.onset_s - onset_s) < 0.05
        assert abs(note.offset_s - offset_s) < 0.08
        assert abs(note.midi - midi) < 0.3


@pytest.mark.parametrize("tracker", ["swift", "crepe", "pyin", "cepstrum"])
def test_a_sung_melody_gives_its_notes_in_time_and_in_tune(default, tracker):
    assert_same_melody(heard(sung(MELODY, RATE, 3.4), default, tracker), MELODY)


def test_a_legato_melody_is_split_where_the_pitch_steps(default):
    t = np.arange(int(1.8 * RATE)) / RATE
    found = heard(voice(np.where(t < 0.6, 196.0, np.where(t < 1.2, 246.94, 293.66)), RATE), default)
    assert [note.name for note in found] == ["G3", "B3", "D4"]
    np.testing.assert_allclose([note.onset_s for note in found], [0, 0.6, 1.2], atol=0.05)


def test_a_repeated_note_is_two_notes(default):
    melody = [(0.3, 0.8, 57.0), (0.9, 1.4, 57.0)]
    assert_same_melody(heard(sung(melody, RATE, 1.7), default), melody)


def test_vibrato_does_not_split_a_note(default):
    t = np.arange(2 * RATE) / RATE
    (note,) = heard(voice(220 * 2 ** (0.4 / 12 * np.sin(2 * np.pi * 5.5 * t)), RATE), default)
    assert note.midi == pytest.approx(57, abs=0.3)


def with_levels(levels_db: list[float]) -> np.ndarray:
    waveform = sung(MELODY, RATE, 3.4)
    for (onset_s, offset_s, _), level_db in zip(MELODY, levels_db, strict=True):
        waveform[int(onset_s * RATE) : int(offset_s * RATE)] *= np.float32(10 ** (level_db / 20))
    return waveform


def test_velocity_counts_decibels_under_the_loudest_note(default):
    levels_db = [-12.0, 0.0, -6.0, -18.0, -3.0]
    velocity = [note.velocity for note in heard(with_levels(levels_db), default)]
    np.testing.assert_allclose(velocity, 1 + np.array(levels_db) / notes.VELOCITY_SPAN_DB, atol=0.05)


def test_velocities_do_not_depend_on_the_level_of_the_hum(default):
    sound = with_levels([-12.0, 0.0, -6.0, -18.0, -3.0])
    loud, quiet = ([note.velocity for note in heard(sound * gain, default)] for gain in (1.0, 0.01))
    np.testing.assert_allclose(quiet, loud, atol=0.01)


def test_rumble_under_a_hum_makes_no_note_louder(default):
    sound = with_levels([-12.0, 0.0, -6.0, -18.0, -3.0])
    rumble = 0.2 * np.sin(2 * np.pi * 20 * np.arange(len(sound)) / RATE).astype(np.float32)
    clean, rumbling = ([note.velocity for note in heard(hum, default)] for hum in (sound, sound + rumble))
    np.testing.assert_allclose(rumbling, clean, atol=0.05)


@pytest.mark.parametrize("pink", [False, True])
def test_noise_has_no_notes(default, rng, pink):
    assert heard(noise(2 * RATE, rng, pink=pink), default) == []


def test_nothing_voiced_is_no_note(default):
    n_frames = default.n_frames(RATE)
    nothing = np.full(n_frames, np.nan, np.float32), np.zeros(n_frames, np.float32)
    assert notes.segment(np.zeros(RATE, np.float32), *nothing, default) == []


def test_notes_are_in_order_and_none_begins_before_the_last_ends(default):
    found = heard(sung([(0.2 + 0.14 * i, 0.3 + 0.14 * i, 55.0 + i % 5) for i in range(12)], RATE, 2.2), default)
    assert len(found) >= 10
    assert all(note.offset_s - note.onset_s >= notes.MIN_NOTE_S for note in found)
    for note, following in pairwise(found):
        assert note.offset_s <= following.onset_s
        assert 0 <= note.velocity <= 1


def test_an_onset_is_where_the_level_rises_to_much_less_than_a_frame_of_the_tracker(default):
    onsets_s = [note.onset_s for note in heard(sung(MELODY, RATE, 3.4), default)]
    # the fade in lasts 15 ms, its steepest rise lies in the middle
    np.testing.assert_allclose(onsets_s, [onset_s for onset_s, _, _ in MELODY], atol=0.02)


@pytest.mark.parametrize(
    ("midi", "name"),
    [(69, "A4"), (57, "A3"), (60, "C4"), (40, "E2"), (59.6, "C4"), (59.4, "B3"), (66, "F♯4"), (-1, "B-2")],
)
def test_a_note_is_named_by_its_nearest_semitone(midi, name):
    assert Note(0, 1, midi, 1).name == name


def test_midi_numbers_have_a4_at_69_and_a_semitone_per_step():
    np.testing.assert_allclose(
        notes.hz_to_midi(np.array([440.0, 220.0, 466.1638, 82.4069])), [69, 57, 70, 40], atol=1e-4
    )


def test_velocity_runs_from_zero_to_one_over_its_span():
    np.testing.assert_allclose(notes.velocity_of(np.array([3, 0, -12, -24, -60])), [1, 1, 0.5, 0, 0])


def test_the_level_of_a_steady_sound_is_its_rms_in_db():
    level_db = notes.levels(voice(220.0, RATE, 1.0), np.arange(0.1, 0.9, 0.01), RATE)
    np.testing.assert_allclose(level_db, -20, atol=0.6)
    assert notes.levels(np.zeros(RATE, np.float32), np.array([0.5]), RATE) == pytest.approx(-100)
