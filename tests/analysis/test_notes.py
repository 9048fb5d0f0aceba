from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from sounds import noise, sung, voice

from hum2guitar.analysis import audio, f0, notes
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import Config
from hum2guitar.note import VELOCITY_SPAN_DB, Note, hz_to_midi, midi_to_hz, velocity_of

RATE = 22050
MELODY = [(0.30, 0.75, 57.0), (0.85, 1.25, 59.0), (1.35, 1.80, 61.3), (1.95, 2.40, 52.0), (2.50, 3.10, 64.0)]


def heard(waveform: np.ndarray, config: Config, tracker: str = "swift") -> list[Note]:
    prepared = audio.prepare(waveform, RATE, config.sample_rate, config.loudness_db)
    conditioned = f0.condition(prepared, config)
    return notes.segment(conditioned, *f0.track(conditioned, config, load_tracker(tracker)), config)


def assert_same_melody(found: list[Note], melody: list[tuple[float, float, float]]) -> None:
    assert len(found) == len(melody)
    for note, (onset_s, offset_s, midi) in zip(found, melody, strict=True):
        assert abs(note.onset_s - onset_s) < 0.05
        assert abs(note.offset_s - offset_s) < 0.08
        assert abs(note.midi - midi) < 0.3


@pytest.mark.parametrize("tracker", ["swift", "crepe", "pyin", "cepstrum"])
def test_the_notes_of_a_sung_melody_are_found_in_time_and_in_tune(default, tracker):
    assert_same_melody(heard(sung(MELODY, RATE, 3.4), default, tracker), MELODY)


def test_a_legato_melody_is_split_where_the_pitch_steps(default):
    t = np.arange(int(1.8 * RATE)) / RATE
    found = heard(voice(np.where(t < 0.6, 196.0, np.where(t < 1.2, 246.94, 293.66)), RATE), default)
    assert [note.name for note in found] == ["G3", "B3", "D4"]
    np.testing.assert_allclose([note.onset_s for note in found], [0, 0.6, 1.2], atol=0.05)


def test_a_repeated_note_is_two_notes(default):
    melody = [(0.3, 0.8, 57.0), (0.9, 1.4, 57.0)]
    assert_same_melody(heard(sung(melody, RATE, 1.7), default), melody)


def glided(
    steps: list[tuple[float, float]],
    glide_s: float,
    seconds: float,
    *,
    dips: Sequence[tuple[float, float]] = (),
    depth_db: float = 0.0,
) -> np.ndarray:
    """(T,) — pitches (start in s, MIDI) joined by raised-cosine glides at those times; level dips (start, end) in s."""
    t = np.arange(int(seconds * RATE)) / RATE
    midi = np.full(len(t), steps[0][1])
    for (_, before), (at_s, after) in pairwise(steps):
        midi += (after - before) * 0.5 * (1 - np.cos(np.pi * np.clip((t - at_s) / glide_s + 0.5, 0, 1)))
    level_db = np.zeros(len(t))
    for from_s, to_s in dips:
        level_db[(t >= from_s) & (t < to_s)] = -depth_db
    gain = 10 ** (gaussian_filter1d(level_db, 0.006 * RATE) / 20)
    return (voice(midi_to_hz(midi), RATE) * gain).astype(np.float32)


def test_three_legato_tones_are_three_plucked_notes_in_time(default):
    found = heard(glided([(0.0, 55.0), (0.6, 57.0), (1.1, 60.0)], 0.08, 1.8), default)
    np.testing.assert_allclose([note.midi for note in found], [55, 57, 60], atol=0.1)
    np.testing.assert_allclose([note.onset_s for note in found], [0, 0.6, 1.1], atol=0.03)
    assert all(note.plucked for note in found)


def test_a_note_reached_by_a_slow_glide_is_not_plucked(default):
    first, second = heard(glided([(0.0, 55.0), (0.8, 59.0)], 0.25, 1.6), default)
    assert first.plucked
    assert not second.plucked
    assert second.midi == pytest.approx(59, abs=0.1)
    assert second.onset_s == pytest.approx(0.8, abs=0.05)


def test_a_note_reached_by_a_slow_glide_through_a_dip_is_plucked(default):
    sound = glided([(0.0, 55.0), (0.8, 59.0)], 0.25, 1.6, dips=[(0.76, 0.84)], depth_db=15)
    assert all(note.plucked for note in heard(sound, default))


def test_a_dip_of_the_level_splits_a_note_where_the_dip_ends(default):
    found = heard(glided([(0.0, 57.0)], 0.1, 1.6, dips=[(0.74, 0.8)], depth_db=8), default)
    assert [note.name for note in found] == ["A3", "A3"]
    assert found[1].onset_s == pytest.approx(0.8, abs=0.03)


def test_a_small_dip_of_the_level_does_not_split_a_note(default):
    assert len(heard(glided([(0.0, 57.0)], 0.1, 1.6, dips=[(0.74, 0.8)], depth_db=2), default)) == 1


@pytest.mark.parametrize(("semitones", "hz"), [(0.4, 5.5), (1.0, 5.5), (1.0, 4.8)])
def test_vibrato_does_not_split_a_note(default, semitones, hz):
    t = np.arange(2 * RATE) / RATE
    (note,) = heard(voice(220 * 2 ** (semitones / 12 * np.sin(2 * np.pi * hz * t)), RATE), default)
    assert note.midi == pytest.approx(57, abs=0.3)


def test_a_scoop_belongs_to_the_note_after_it(default):
    t = np.arange(int(1.2 * RATE)) / RATE
    sound = voice(midi_to_hz(57 - 2 * np.exp(-t / 0.04)), RATE)
    (note,) = heard(np.concatenate([np.zeros(RATE // 4, np.float32), sound]), default)
    assert note.midi == pytest.approx(57, abs=0.1)


def test_a_breath_between_two_notes_is_not_a_note(default, rng):
    sound = sung([(0.3, 0.9, 57.0), (1.5, 2.1, 57.0)], RATE, 2.4)
    sound[int(1.0 * RATE) : int(1.4 * RATE)] += 0.2 * noise(int(1.4 * RATE) - int(1.0 * RATE), rng)
    assert_same_melody(heard(sound, default), [(0.3, 0.9, 57.0), (1.5, 2.1, 57.0)])


@pytest.mark.parametrize("silence_s", [0.5, 2.5])
def test_a_note_starts_with_the_vowel_and_not_with_the_nasal_before_it(default, silence_s):
    t = np.arange(int(0.7 * RATE)) / RATE
    open_lips = np.clip((t - 0.08) / 0.02, 0, 1)
    nasal = voice(220.0, RATE, 0.7, partials=1)
    sound = 10 ** (-12 / 20) * nasal * (1 - open_lips) + voice(220.0, RATE, 0.7) * open_lips
    silence = np.zeros(int(silence_s * RATE), np.float32)
    (note,) = heard(np.concatenate([silence, sound.astype(np.float32), silence]), default)
    assert note.onset_s == pytest.approx(silence_s + 0.08, abs=0.025)


@pytest.mark.parametrize("voiced", [[], [20], [20, 21, 22], range(44)])
def test_half_a_second_has_at_most_one_note_whichever_frames_are_voiced(default, voiced):
    n_samples = RATE // 2
    n_frames = default.n_frames(n_samples)
    f0_hz, confidence = np.full(n_frames, np.nan, np.float32), np.zeros(n_frames, np.float32)
    for frame in voiced:
        if frame < n_frames:
            f0_hz[frame], confidence[frame] = 220.0, 0.99
    found = notes.segment(0.5 * voice(220.0, RATE, n_samples / RATE), f0_hz, confidence, default)
    assert len(found) <= 1
    assert all(0 <= note.onset_s < note.offset_s <= 0.52 for note in found)


def test_splitting_ten_minutes_takes_less_than_3_percent_of_real_time(default):
    t = np.arange(20 * RATE) / RATE
    midi = 50 + 12 * ((t // 0.5 * 7) % 5) / 5
    sound = np.tile(voice(midi_to_hz(midi), RATE), 30)
    frames_s = np.arange(default.n_frames(len(sound))) * default.frame_s
    f0_hz = midi_to_hz(np.interp(frames_s % 20, t, midi)).astype(np.float32)
    start = time.process_time()
    found = notes.segment(sound, f0_hz, np.full(len(f0_hz), 0.95, np.float32), default)
    assert time.process_time() - start < 0.03 * 600
    assert len(found) == pytest.approx(1200, rel=0.02)


def with_levels(levels_db: list[float]) -> np.ndarray:
    waveform = sung(MELODY, RATE, 3.4)
    for (onset_s, offset_s, _), level_db in zip(MELODY, levels_db, strict=True):
        waveform[int(onset_s * RATE) : int(offset_s * RATE)] *= np.float32(10 ** (level_db / 20))
    return waveform


def test_velocity_is_linear_in_decibels_below_the_loudest_note(default):
    levels_db = [-12.0, 0.0, -6.0, -18.0, -3.0]
    velocity = [note.velocity for note in heard(with_levels(levels_db), default)]
    np.testing.assert_allclose(velocity, 1 + np.array(levels_db) / VELOCITY_SPAN_DB, atol=0.05)


def test_velocities_do_not_depend_on_the_level_of_the_hum(default):
    sound = with_levels([-12.0, 0.0, -6.0, -18.0, -3.0])
    loud, quiet = ([note.velocity for note in heard(sound * gain, default)] for gain in (1.0, 0.01))
    np.testing.assert_allclose(quiet, loud, atol=0.01)


def test_rumble_does_not_change_velocities(default):
    sound = with_levels([-12.0, 0.0, -6.0, -18.0, -3.0])
    rumble = 0.2 * np.sin(2 * np.pi * 20 * np.arange(len(sound)) / RATE).astype(np.float32)
    clean, rumbling = ([note.velocity for note in heard(hum, default)] for hum in (sound, sound + rumble))
    np.testing.assert_allclose(rumbling, clean, atol=0.05)


@pytest.mark.parametrize("pink", [False, True])
def test_noise_has_no_notes(default, rng, pink):
    assert heard(noise(2 * RATE, rng, pink=pink), default) == []


def test_a_hum_without_voiced_frames_has_no_notes(default):
    n_frames = default.n_frames(RATE)
    nothing = np.full(n_frames, np.nan, np.float32), np.zeros(n_frames, np.float32)
    assert notes.segment(np.zeros(RATE, np.float32), *nothing, default) == []


def test_notes_are_in_order_and_do_not_overlap(default):
    found = heard(sung([(0.2 + 0.14 * i, 0.3 + 0.14 * i, 55.0 + i % 5) for i in range(12)], RATE, 2.2), default)
    assert len(found) >= 10
    assert all(note.offset_s - note.onset_s >= notes.MIN_NOTE_S for note in found)
    for note, following in pairwise(found):
        assert note.offset_s <= following.onset_s
        assert 0 <= note.velocity <= 1


def test_onsets_are_found_within_20_ms_of_the_rise_of_the_level(default):
    onsets_s = [note.onset_s for note in heard(sung(MELODY, RATE, 3.4), default)]
    # the fade in lasts 15 ms and is steepest in the middle
    np.testing.assert_allclose(onsets_s, [onset_s for onset_s, _, _ in MELODY], atol=0.02)


@pytest.mark.parametrize(
    ("midi", "name"),
    [(69, "A4"), (57, "A3"), (60, "C4"), (40, "E2"), (59.6, "C4"), (59.4, "B3"), (66, "F♯4"), (-1, "B-2")],
)
def test_a_note_is_named_after_the_nearest_semitone(midi, name):
    assert Note(0, 1, midi, 1).name == name


def test_a4_is_midi_69_and_a_semitone_is_one():
    np.testing.assert_allclose(hz_to_midi(np.array([440.0, 220.0, 466.1638, 82.4069])), [69, 57, 70, 40], atol=1e-4)


def test_velocity_runs_from_zero_to_one_over_its_span():
    np.testing.assert_allclose(velocity_of(np.array([3, 0, -12, -24, -60])), [1, 1, 0.5, 0, 0])


def test_the_level_of_a_steady_sound_is_its_rms_in_db():
    level_db = notes.levels(voice(220.0, RATE, 1.0), np.arange(0.1, 0.9, 0.01), RATE)
    np.testing.assert_allclose(level_db, -20, atol=0.6)
    assert notes.levels(np.zeros(RATE, np.float32), np.array([0.5]), RATE) == pytest.approx(-100)


def test_a_short_note_with_a_late_vowel_is_found(default):
    t = np.arange(int(0.12 * RATE)) / RATE
    vowel = voice(220.0, RATE, 0.12) * np.clip((t - 0.06) / 0.01, 0, 1)
    silence = np.zeros(RATE // 2, np.float32)
    syllable = (0.1 * voice(220.0, RATE, 0.12, partials=1) + vowel).astype(np.float32)
    sound = np.concatenate([silence, syllable, silence])
    frames_s = np.arange(default.n_frames(len(sound))) * default.frame_s
    voiced = (frames_s >= 0.5) & (frames_s < 0.62)
    f0_hz = np.where(voiced, 220, np.nan).astype(np.float32)
    (note,) = notes.segment(sound, f0_hz, np.where(voiced, 0.97, 0.0).astype(np.float32), default)
    assert note.onset_s == pytest.approx(0.56, abs=0.02)
    assert note.offset_s - note.onset_s >= notes.MIN_NOTE_S - 1e-9


def stepped(default: Config, early_s: float) -> list[Note]:
    """Three legato notes, 12 dB apart, each of which gets loud ``early_s`` before its pitch is reached."""
    t = np.arange(int(2.4 * RATE)) / RATE
    midi = np.select([t < 1.0, t < 1.7], [57.0, 60.0], 64.0)
    level_db = np.select([t < 1.0 - early_s, t < 1.7 - early_s], [-24.0, -12.0], 0.0)
    sound = (voice(midi_to_hz(midi), RATE) * 10 ** (level_db / 20)).astype(np.float32)
    frames_s = np.arange(default.n_frames(len(sound))) * default.frame_s
    f0_hz = midi_to_hz(np.select([frames_s < 1.0, frames_s < 1.7], [57.0, 60.0], 64.0)).astype(np.float32)
    return notes.segment(sound, f0_hz, np.full(len(f0_hz), 0.95, np.float32), default)


def test_a_note_ends_where_the_next_one_gets_loud_and_keeps_its_pitch(default):
    found = stepped(default, 0.03)
    assert [note.midi for note in found] == pytest.approx([57, 60, 64], abs=0.1)
    assert [note.onset_s for note in found[1:]] == pytest.approx([0.97, 1.67], abs=0.015)
    assert all(before.offset_s <= after.onset_s for before, after in pairwise(found))


def test_the_pitch_of_a_note_is_the_median_without_its_edges():
    rising = np.linspace(57, 58, 24)  # at 10 ms, a quarter is left out at the beginning and 50 ms at the end
    assert notes.stable_pitch(rising, 0.01) == pytest.approx(rising[6:19].mean())
