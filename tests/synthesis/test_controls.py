from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from sounds import cents, rms_db, sung

from hum2guitar import Config
from hum2guitar.analysis import audio
from hum2guitar.analysis.heard import analyse
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.arrangement.legato import apply_legato
from hum2guitar.note import VELOCITY_SPAN_DB, Note
from hum2guitar.synthesis.controls import (
    ARTICULATIONS,
    MAX_AGE_S,
    PLUCK_LEVEL_DB,
    build_controls,
    pluck_curves,
)

N_FRAMES = 100
NO_ONSETS = np.zeros(N_FRAMES, np.float32)


def played(config: Config, *notes: tuple[float, float, float, float]) -> list[Note]:
    """Notes whose onset and offset are given in frames."""
    return [
        Note(onset * config.frame_s, offset * config.frame_s, midi, velocity) for onset, offset, midi, velocity in notes
    ]


def test_all_curves_of_the_analysis_have_the_same_frames(default):
    melody = sung([(0.2, 0.8, 57), (0.9, 1.4, 61)], default.sample_rate, 1.6)
    prepared = audio.prepare(melody, default.sample_rate, default.sample_rate, default.loudness_db)
    heard = analyse(prepared, default, load_tracker("swift"))
    n_frames = default.n_frames(len(prepared))
    assert all(
        curve.shape == (n_frames,) for curve in (heard.f0_hz, heard.confidence, heard.energy_db, heard.onset_strength)
    )
    assert heard.mel_db.shape == (default.n_mels, n_frames)
    assert [note.name for note in heard.notes] == ["A3", "C♯4"]
    voiced = np.isfinite(heard.f0_hz)
    assert heard.energy_db[voiced].min() > heard.energy_db[~voiced].max() - 6


@pytest.mark.parametrize("velocity", [0.0, 0.4, 1.0])
def test_a_plucked_note_has_a_constant_level_from_its_velocity(default, rng, velocity):
    f0_hz = np.full(N_FRAMES, 220, np.float32)
    energy_db = rng.uniform(-40, 40, N_FRAMES).astype(np.float32)  # of the hum, which is ignored
    controls = build_controls(f0_hz, energy_db, NO_ONSETS, played(default, (10, 30, 57, velocity)), "plucked", default)
    np.testing.assert_allclose(controls.level_db[10:30], PLUCK_LEVEL_DB - VELOCITY_SPAN_DB * (1 - velocity))
    outside = np.r_[0:10, 30:N_FRAMES]
    assert (controls.level_db[outside] == default.mel_floor_db).all()
    assert np.isnan(controls.f0_hz[outside]).all()


def test_follow_keeps_the_energy_and_the_pitch_of_the_hum(default, rng):
    f0_hz = np.where(rng.random(N_FRAMES) < 0.5, np.nan, 220).astype(np.float32)
    energy_db = rng.uniform(-40, 40, N_FRAMES).astype(np.float32)
    controls = build_controls(f0_hz, energy_db, NO_ONSETS, played(default, (10, 30, 57, 0.5)), "follow", default)
    np.testing.assert_array_equal(controls.level_db, energy_db)
    np.testing.assert_array_equal(controls.f0_hz, f0_hz)


def test_onsets_come_from_the_notes_in_plucked_and_from_the_recording_in_follow(default, rng):
    f0_hz, energy_db = np.full(N_FRAMES, 220, np.float32), np.zeros(N_FRAMES, np.float32)
    strength = rng.uniform(0, 1, N_FRAMES).astype(np.float32)
    notes = played(default, (10, 30, 57, 1), (40, 60, 59, 1))
    plucked, follow = (build_controls(f0_hz, energy_db, strength, notes, mode, default) for mode in ARTICULATIONS)
    assert np.flatnonzero(plucked.onset).tolist() == [10, 40]
    np.testing.assert_array_equal(follow.onset, strength)
    np.testing.assert_array_equal(plucked.age_s, follow.age_s)


def test_an_unknown_articulation_is_refused_by_name(default):
    with pytest.raises(ValueError, match="articulation is 'strummed'; known are plucked, follow"):
        build_controls(np.zeros(3), np.zeros(3), np.zeros(3), [], "strummed", default)


def test_a_plucked_note_keeps_its_vibrato_and_its_gaps_are_filled(default):
    f0_hz = (220 * 2 ** (np.sin(np.arange(N_FRAMES)) / 24)).astype(np.float32)
    holes = f0_hz.copy()
    holes[[15, 16, 29]] = np.nan
    controls = build_controls(
        holes, np.zeros(N_FRAMES, np.float32), NO_ONSETS, played(default, (10, 30, 57, 1)), "plucked", default
    )
    sung_frames = np.r_[10:15, 17:29]
    np.testing.assert_array_equal(controls.f0_hz[sung_frames], f0_hz[sung_frames])
    between = np.interp([15, 16], [14, 17], f0_hz[[14, 17]])
    np.testing.assert_allclose(controls.f0_hz[[15, 16]], between, rtol=1e-6)
    assert controls.f0_hz[29] == f0_hz[28]


def test_a_note_without_voiced_frames_has_the_pitch_of_the_note(default):
    silent = np.full(N_FRAMES, np.nan, np.float32)
    controls = build_controls(
        silent, np.zeros(N_FRAMES, np.float32), NO_ONSETS, played(default, (10, 12, 64, 1)), "plucked", default
    )
    np.testing.assert_allclose(cents(controls.f0_hz[10:12], 329.628), 0, atol=0.1)


# --- slides ------------------------------------------------------------------------------------------------------


def slide(note: Note) -> Note:
    return dataclasses.replace(note, plucked=False)


@pytest.mark.parametrize(("hummed_db", "played_db"), [(5, -3), (0, -3), (-4, -4), (-20, -7)])
def test_a_slide_is_3_to_7_db_softer_than_the_pluck_before_it(default, hummed_db, played_db):
    pluck, reached = played(default, (10, 30, 57, 0.7), (30, 50, 59, 0.7 + hummed_db / VELOCITY_SPAN_DB))
    _, note = apply_legato([pluck, slide(reached)])
    assert VELOCITY_SPAN_DB * (note.velocity - 0.7) == pytest.approx(played_db)


def test_the_level_of_several_slides_is_relative_to_the_pluck(default):
    notes = played(default, (0, 10, 57, 0.9), (10, 20, 59, 0.9), (20, 30, 60, 0.9), (30, 40, 62, 0.9))
    levels = [note.velocity for note in apply_legato([notes[0], *map(slide, notes[1:])])]
    np.testing.assert_allclose(levels, [0.9, *3 * [0.9 - 3 / VELOCITY_SPAN_DB]])


def test_a_note_lasts_until_a_slide_and_keeps_its_end_before_a_pluck(default):
    pluck, reached, last = played(default, (10, 28, 57, 1), (30, 50, 59, 1), (60, 70, 57, 1))
    first, second, third = apply_legato([pluck, slide(reached), last])
    assert (first.offset_s, second.offset_s) == (reached.onset_s, reached.offset_s)
    assert third == last


def test_a_slide_at_the_start_of_the_melody_is_plucked(default):
    first, second = played(default, (10, 28, 57, 0.5), (28, 50, 59, 0.0))
    assert apply_legato([slide(first), slide(second)])[0] == first
    assert apply_legato([slide(first), slide(second)])[1].velocity == pytest.approx(0.5 - 7 / VELOCITY_SPAN_DB)
    assert apply_legato([]) == []


def test_a_slide_long_after_the_last_pluck_is_plucked(default):
    frames = [round(x / default.frame_s) for x in np.arange(0.0, 5.0, 0.8)]
    notes = played(default, *[(a, b, 57 + i, 0.9) for i, (a, b) in enumerate(pairwise(frames))])
    plucked = [note.plucked for note in apply_legato([notes[0], *map(slide, notes[1:])])]
    assert plucked == [True, False, False, True, False, False]  # at 0 and 2.4 s


# --- onsets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("instant", [0, 7, 7.25, 7.5, 7.9])
def test_a_pluck_between_two_frames_is_split_in_proportion(default, instant):
    onset, _ = pluck_curves(played(default, (instant, instant + 10, 57, 1)), N_FRAMES, default)
    first = int(instant)
    assert onset.sum() == pytest.approx(1, abs=1e-5)
    assert set(np.flatnonzero(onset > 1e-5)) <= {first, first + 1}
    assert (np.arange(N_FRAMES) * onset).sum() == pytest.approx(instant, abs=1e-4)


@pytest.mark.parametrize("velocity", [0.0, 0.5, 1.0])
def test_the_height_of_a_pluck_grows_with_its_velocity_from_a_quarter(default, velocity):
    onset, _ = pluck_curves(played(default, (7, 17, 57, velocity)), N_FRAMES, default)
    assert onset[7] == pytest.approx(0.25 + 0.75 * velocity)


def test_the_age_is_the_time_since_the_last_pluck(default):
    _, age_s = pluck_curves(played(default, (10, 20, 57, 1), (40, 50, 57, 1)), N_FRAMES, default)
    frames = np.arange(N_FRAMES)
    np.testing.assert_allclose(age_s[:10], MAX_AGE_S)
    np.testing.assert_allclose(age_s[10:40], (frames[10:40] - 10) * default.frame_s, atol=1e-5)
    np.testing.assert_allclose(age_s[40:], (frames[40:] - 40) * default.frame_s, atol=1e-5)


def test_the_age_is_limited_to_its_maximum(default):
    _, age_s = pluck_curves(played(default, (0, 10, 57, 1)), 1000, default)
    assert age_s.max() == pytest.approx(MAX_AGE_S)
    assert age_s[-1] == pytest.approx(MAX_AGE_S)


def test_a_note_that_is_not_plucked_has_no_onset(default):
    note = Note(10 * default.frame_s, 20 * default.frame_s, 57, 1, plucked=False)
    onset, age_s = pluck_curves([note], N_FRAMES, default)
    assert not onset.any()
    assert (age_s == MAX_AGE_S).all()


def test_a_note_before_the_first_frame_sets_the_age_and_has_no_onset(default):
    onset, age_s = pluck_curves(played(default, (-8.5, 20, 57, 1)), N_FRAMES, default)
    assert not onset.any()
    assert age_s[0] == pytest.approx(8.5 * default.frame_s, abs=1e-6)


@pytest.mark.parametrize("instant", [N_FRAMES - 1, N_FRAMES - 0.5, N_FRAMES, N_FRAMES + 20])
def test_a_pluck_after_the_last_frame_is_left_out(default, instant):
    onset, age_s = pluck_curves(played(default, (instant, instant + 5, 57, 1)), N_FRAMES, default)
    assert onset.shape == age_s.shape == (N_FRAMES,)
    assert (onset[-1] > 0) == (instant < N_FRAMES)


def test_the_level_of_a_loud_pluck_is_close_to_that_of_a_prepared_hum(default):
    melody = sung([(0.2, 1.2, 57)], default.sample_rate, 1.4)
    prepared = audio.prepare(melody, default.sample_rate, default.sample_rate, default.loudness_db)
    assert rms_db(prepared[8000:20000]) == pytest.approx(default.loudness_db, abs=0.5)
    heard = analyse(prepared, default, load_tracker("swift"))
    assert abs(np.median(heard.energy_db[np.isfinite(heard.f0_hz)]) - PLUCK_LEVEL_DB) < 12
