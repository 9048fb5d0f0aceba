from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from served import ROOT
from sounds import cents, noise, sung, voice

from hum2guitar import UserError
from hum2guitar.analysis import audio, f0
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import Config

RATE = 22050
FAST = ("swift", "crepe", "pyin", "cepstrum")
LOW_E_HZ = 82.41


def track(waveform: np.ndarray, name: str, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """F0 and confidence of a waveform at ``RATE``, prepared as in a conversion."""
    prepared = audio.prepare(waveform, RATE, config.sample_rate, config.loudness_db)
    return f0.track(f0.condition(prepared, config), config, load_tracker(name))


def at_frames(contour: np.ndarray, config: Config) -> np.ndarray:
    """A contour (T,) at the centres of the frames."""
    return contour[np.minimum(np.arange(config.n_frames(len(contour))) * config.hop_length, len(contour) - 1)]


def inner(frames: np.ndarray) -> np.ndarray:
    """Without the frames whose window extends beyond the ends."""
    return frames[4:-4]


# --- accuracy ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAST)
@pytest.mark.parametrize("hz", [LOW_E_HZ, 110.0, 146.83, 220.0, 330.5, 440.0, 587.33])
def test_a_steady_note_is_tracked_within_ten_cents(default, name, hz):
    f0_hz, confidence = track(voice(hz, RATE, 1.0), name, default)
    assert f0_hz.shape == confidence.shape == (default.n_frames(RATE),)
    assert f0_hz.dtype == confidence.dtype == np.float32
    assert np.abs(cents(inner(f0_hz), hz)).max() < 10
    assert (inner(confidence) >= f0.VOICED_CONFIDENCE).all()
    assert confidence.min() >= 0
    assert confidence.max() <= 1


def test_full_crepe_tracks_a_steady_note_within_ten_cents(default):
    f0_hz, _ = track(voice(220.0, RATE, 0.5), "crepe-full", default)
    assert np.abs(cents(inner(f0_hz), 220)).max() < 10


@pytest.mark.parametrize("name", FAST)
def test_f0_is_not_rounded_to_bins_of_the_spectrogram(default, name):
    # bins are 10.8 Hz apart, which is 220 cents at low E: rounded pitches 20 cents apart would be equal
    found = [
        np.median(inner(track(voice(LOW_E_HZ * 2 ** (d / 1200), RATE, 0.6), name, default)[0])) for d in (0, 20, 40)
    ]
    np.testing.assert_allclose(np.diff(cents(np.array(found), LOW_E_HZ)), 20, atol=12)


@pytest.mark.parametrize("name", ["swift", "crepe", "pyin"])
@pytest.mark.parametrize("hz", [1000.0, 1400.0])
def test_a_whistle_is_tracked_in_its_own_octave(default, name, hz):
    whistle = voice(hz, RATE, 1.0, partials=1)
    assert np.abs(cents(inner(track(whistle, name, default)[0]), hz)).max() < 15


@pytest.mark.parametrize("hz", [600.0, 900.0, 1200.0])
def test_the_cepstrum_finds_a_short_period_and_not_a_multiple_of_it(default, hz):
    f0_hz = inner(track(voice(hz, RATE, 1.0), "cepstrum", default)[0])
    assert np.isfinite(f0_hz).mean() > 0.9
    assert np.nanmax(np.abs(cents(f0_hz, hz))) < 30


@pytest.mark.parametrize("name", FAST)
def test_vibrato_is_followed(default, name):
    t = np.arange(2 * RATE) / RATE
    contour = 220 * 2 ** (0.5 / 12 * np.sin(2 * np.pi * 5.5 * t))
    error = cents(inner(track(voice(contour, RATE), name, default)[0]), inner(at_frames(contour, default)))
    assert np.isfinite(error).all()
    assert np.percentile(np.abs(error), 90) < 20  # of ±50


@pytest.mark.parametrize("name", FAST)
def test_a_glide_is_followed(default, name):
    t = np.arange(2 * RATE) / RATE
    contour = 165 * 2 ** (np.clip(t - 0.5, 0, 1) * 7 / 12)
    error = cents(inner(track(voice(contour, RATE), name, default)[0]), inner(at_frames(contour, default)))
    assert np.isfinite(error).all()
    assert np.percentile(np.abs(error), 95) < 15


@pytest.mark.parametrize(("name", "frames"), [("swift", 0.75), ("crepe", 0.75), ("pyin", 1.25), ("cepstrum", 1.25)])
@pytest.mark.parametrize("instant_s", [0.5, 0.8137])
def test_a_pitch_step_is_found_within_a_frame_of_its_time(default, name, frames, instant_s):
    contour = np.where(np.arange(int(1.3 * RATE)) < instant_s * RATE, 196.0, 294.0)
    f0_hz = track(voice(contour, RATE), name, default)[0]
    frames_s = np.arange(len(f0_hz)) * default.frame_s
    shown_s = (frames_s[f0_hz > 240].min() + frames_s[f0_hz < 240].max()) / 2
    assert abs(shown_s - instant_s) < frames * default.frame_s


@pytest.mark.parametrize("name", FAST)
def test_a_short_e4_after_a_long_a3_is_tracked(default, name):
    melody = sung([(0.1, 4.1, 57), (4.15, 5.15, 64)], RATE, 5.3)
    f0_hz = track(melody, name, default)[0]
    frames_s = np.arange(len(f0_hz)) * default.frame_s
    for first_s, last_s, hz in [(0.2, 4.0, 220.0), (4.25, 5.05, 329.63)]:
        note = f0_hz[(frames_s > first_s) & (frames_s < last_s)]
        assert np.mean(np.abs(cents(note, hz)) < 20) > 0.95


# --- voicing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAST)
def test_a_hum_at_minus_34_db_is_tracked_like_one_at_minus_6_db(default, name):
    hum = sung([(0.2, 0.9, 57), (1.1, 1.8, 61)], RATE, 2.0)
    loud, quiet = (track(hum / np.abs(hum).max() * 10 ** (db / 20), name, default)[0] for db in (-6, -34))
    assert np.isfinite(loud).sum() > 50
    np.testing.assert_array_equal(np.isfinite(loud), np.isfinite(quiet))
    assert np.nanmax(np.abs(cents(quiet, loud))) < 1


@pytest.mark.parametrize("name", ["swift", "crepe", "cepstrum"])
@pytest.mark.parametrize("level_db", [0, -60])
@pytest.mark.parametrize("pink", [False, True])
def test_noise_of_any_level_is_unvoiced(default, name, level_db, pink, rng):
    f0_hz, _ = track(noise(2 * RATE, rng, pink=pink) * 10 ** (level_db / 20), name, default)
    assert np.isfinite(f0_hz).mean() <= 0.02


def rests(melody: np.ndarray, config: Config) -> np.ndarray:
    """The frames farther than 50 ms from any sound."""
    sounding = np.convolve(np.abs(melody) > 0, np.ones(RATE // 10), mode="same") > 0.5
    return ~at_frames(sounding, config)


@pytest.mark.parametrize(("name", "level_db"), [("swift", 0), ("crepe", 0), ("pyin", -20), ("cepstrum", 0)])
@pytest.mark.parametrize("mains_hz", [50, 60])
def test_mains_hum_is_not_tracked_as_notes(default, name, level_db, mains_hz):
    melody = sung([(0.6, 1.4, 57), (2.0, 2.8, 52)], RATE, 3.4)
    mains = 0.141 * np.sin(2 * np.pi * mains_hz * np.arange(len(melody)) / RATE) * 10 ** (level_db / 20)
    clean, hummed = (track(sound, name, default)[0] for sound in (melody, (melody + mains).astype(np.float32)))
    assert np.isfinite(hummed[rests(melody, default)]).mean() <= 0.02
    both = np.isfinite(clean) & np.isfinite(hummed)
    assert both.sum() > 0.95 * np.isfinite(clean).sum()
    assert np.percentile(np.abs(cents(hummed[both], clean[both])), 95) < 20


@pytest.mark.parametrize("name", ["swift", "crepe"])
def test_rumble_louder_than_the_hum_is_not_tracked(default, name, rng):
    melody = sung([(0.6, 1.4, 57), (2.0, 2.8, 52)], RATE, 3.4)
    spectrum = np.fft.rfft(rng.standard_normal(len(melody)))
    spectrum[np.fft.rfftfreq(len(melody), 1 / RATE) > 40] = 0
    rumble = np.fft.irfft(spectrum, len(melody))
    hummed = track((melody + 0.2 * rumble / rumble.std()).astype(np.float32), name, default)[0]
    clean = track(melody, name, default)[0]
    assert np.isfinite(hummed[rests(melody, default)]).mean() <= 0.02
    assert np.isfinite(hummed).sum() > 0.95 * np.isfinite(clean).sum()


@pytest.mark.parametrize("name", FAST)
def test_silence_is_unvoiced(default, name):
    f0_hz, confidence = f0.track(np.zeros(RATE, np.float32), default, load_tracker(name))
    assert np.isnan(f0_hz).all()
    assert np.isfinite(confidence).all()


@pytest.mark.parametrize("name", FAST)
def test_digital_silence_around_a_hum_is_unvoiced(default, name):
    melody = sung([(1.0, 1.6, 57)], RATE, 2.6)
    f0_hz = track(melody, name, default)[0]
    assert np.isnan(f0_hz[rests(melody, default)]).all()


@pytest.mark.parametrize("name", FAST)
@pytest.mark.parametrize("seconds", [0.5, 0.73])
def test_every_frame_of_a_short_hum_is_tracked(default, name, seconds):
    hum = voice(220.0, RATE, seconds)
    f0_hz, _ = track(hum, name, default)
    assert len(f0_hz) == default.n_frames(len(hum))
    assert np.isfinite(inner(f0_hz)).all()


# --- one interface -----------------------------------------------------------------------------------------------


def test_an_unknown_tracker_is_refused_with_the_names_that_exist():
    with pytest.raises(
        UserError, match="there is no tracker 'ear'; choose one of swift, crepe, crepe-full, pyin, cepstrum"
    ):
        load_tracker("ear")


def test_a_tracker_is_loaded_once():
    assert load_tracker("crepe") is load_tracker("crepe")
    assert load_tracker("crepe") is not load_tracker("crepe-full")


@pytest.mark.parametrize("name", ["crepe", "swift"])
def test_several_threads_get_the_same_result_as_one(default, name):
    hums = [voice(hz, RATE, 0.7) for hz in (110.0, 165.0, 220.0, 330.0)]
    alone = [track(hum, name, default)[0] for hum in hums]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda hum: track(hum, name, default)[0], hums))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_two_sizes_of_crepe_do_not_share_a_network(default):
    hum = voice(220.0, RATE, 0.5)
    before = track(hum, "crepe", default)[1]
    full = track(hum, "crepe-full", default)[1]
    np.testing.assert_array_equal(track(hum, "crepe", default)[1], before)
    assert np.abs(full - before).max() > 1e-3


def test_a_tracker_reports_to_nobody_that_it_was_used(tmp_path):
    """onnxruntime would make an identifier of the device in the home of the user, and report its use to its maker."""
    code = "from hum2guitar.analysis.trackers import load_tracker; load_tracker('swift')"
    home = {name: str(tmp_path) for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "LOCALAPPDATA", "TMPDIR")}
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"} | home
    subprocess.run([sys.executable, "-B", "-c", code], cwd=ROOT, env=environment, check=True)
    assert not [path for path in tmp_path.rglob("*") if "onnxruntime" in str(path).lower() or path.suffix == ".ses"]


def test_pitches_outside_the_search_range_are_unvoiced():
    config = Config(f0_min_hz=150.0, f0_max_hz=300.0)
    low, middle, high = (track(voice(hz, RATE, 0.8, partials=3), "swift", config)[0] for hz in (100.0, 220.0, 500.0))
    assert np.isnan(inner(low)).all()
    assert np.isfinite(inner(middle)).all()
    assert np.isnan(inner(high)).all()


# --- smoothing -----------------------------------------------------------------------------------------------------


def contour(*pieces: tuple[int, float]) -> np.ndarray:
    """(frames, Hz) one after the other; NaN is a rest."""
    return np.concatenate([np.full(frames, hz) for frames, hz in pieces])


@pytest.mark.parametrize("factor", [2, 0.5])
@pytest.mark.parametrize(("place", "length"), [(0, 1), (0, 3), (12, 1), (12, 2), (12, 5), (37, 3), (39, 1)])
def test_an_octave_error_is_corrected(factor, place, length):
    f0_hz = 220 * 2 ** (np.sin(np.arange(40) / 5) / 24)
    truth = f0_hz.copy()
    f0_hz[place : place + length] *= factor
    np.testing.assert_allclose(f0.smooth(f0_hz), truth, rtol=0.01)


@pytest.mark.parametrize("blip_hz", [150.0, 290.0, 1800.0])
def test_an_outlier_of_one_frame_is_removed(blip_hz):
    np.testing.assert_allclose(f0.smooth(contour((20, 220.0), (1, blip_hz), (20, 220.0))), 220)


def test_a_gap_of_one_frame_inside_a_note_is_filled_and_a_rest_is_not():
    np.testing.assert_allclose(f0.smooth(contour((10, 220.0), (1, np.nan), (10, 220.0))), 220)
    rested = contour((10, 220.0), (2, np.nan), (10, 220.0))
    np.testing.assert_allclose(f0.smooth(rested), rested)
    legato = contour((10, 220.0), (1, np.nan), (10, 330.0))
    np.testing.assert_allclose(f0.smooth(legato), legato)


@pytest.mark.parametrize("place", [0, 15])
def test_a_single_voiced_frame_becomes_unvoiced(place):
    f0_hz = contour((30, np.nan), (10, 220.0))
    f0_hz[place] = 220
    for sung_hz in (f0_hz, f0_hz[::-1]):
        assert np.isfinite(f0.smooth(sung_hz)).sum() == 10


@pytest.mark.parametrize("rest", [4, 20])
def test_a_short_note_between_two_rests_keeps_its_octave(rest):
    silence = np.full(rest, np.nan)
    sung_hz = np.concatenate([np.full(20, 220.0), silence, np.full(4, 440.0), silence, np.full(20, 220.0)])
    np.testing.assert_allclose(f0.smooth(sung_hz), sung_hz)


def test_two_voiced_frames_in_all_become_unvoiced():
    assert np.isnan(f0.smooth(contour((10, np.nan), (2, 220.0), (10, np.nan)))).all()


@pytest.mark.parametrize(
    "sung_hz",
    [
        contour((170, 220.0), (43, 329.63)),  # 4 s of A3, 1 s of E4
        contour((30, 110.0), (30, 220.0), (30, 110.0)),  # real octaves
        contour((8, 110.0), (8, 220.0), (8, 440.0), (8, 220.0)),  # quick ones: 0.19 s each
        contour((20, 220.0), (20, 247.0), (20, 208.0)),
        220 * 2 ** (np.sin(np.arange(80) * 0.8) / 12),  # vibrato of a semitone, 5.5 Hz
        110 * 2 ** (np.arange(60) / 60),  # an octave's glide in 1.4 s
        contour((3, np.nan), (12, 220.0), (7, np.nan), (12, 440.0), (4, np.nan)),
    ],
    ids=["a-fifth", "octaves", "quick-octaves", "steps", "vibrato", "glide", "octave-after-a-rest"],
)
def test_pitch_changes_of_a_real_voice_are_not_changed(sung_hz):
    smoothed = f0.smooth(sung_hz)
    np.testing.assert_array_equal(np.isfinite(smoothed), np.isfinite(sung_hz))
    voiced = np.isfinite(sung_hz)
    assert np.abs(cents(smoothed[voiced], sung_hz[voiced])).max() < 1


def test_smoothing_does_not_change_its_argument():
    f0_hz = contour((20, 220.0), (1, 440.0), (20, 220.0))
    before = f0_hz.copy()
    f0.smooth(f0_hz)
    np.testing.assert_array_equal(f0_hz, before)


# --- the frame grid ----------------------------------------------------------------------------------------------


def test_interpolating_a_glide_gives_the_geometric_mean():
    f0_hz, confidence = f0.to_frames(
        np.array([0.0, 1.0]), np.array([220.0, 233.08]), np.array([0.6, 1.0]), np.array([0.5])
    )
    assert abs(cents(f0_hz[0], np.sqrt(220 * 233.08))) < 0.01
    assert confidence[0] == pytest.approx(0.8)


def test_no_pitch_is_interpolated_between_two_notes_or_next_to_a_rest():
    times_s, frames_s = np.array([0.0, 1.0]), np.array([0.4, 0.6])
    stepped, _ = f0.to_frames(times_s, np.array([220.0, 440.0]), np.array([0.9, 0.9]), frames_s)
    np.testing.assert_array_equal(stepped, [220, 440])
    rested, confidence = f0.to_frames(times_s, np.array([220.0, 225.0]), np.array([0.9, 0.1]), frames_s)
    np.testing.assert_array_equal(rested, [220, 225])
    np.testing.assert_array_equal(confidence, [0.9, 0.1])
    unpitched, _ = f0.to_frames(times_s, np.array([220.0, np.nan]), np.array([0.9, 0.9]), frames_s)
    np.testing.assert_array_equal(unpitched, [220, np.nan])


def test_frames_after_the_end_of_the_track_have_its_last_value():
    f0_hz, confidence = f0.to_frames(
        np.array([0.0, 0.1]), np.array([220.0, 221.0]), np.array([0.9, 0.8]), np.array([0.1, 3])
    )
    np.testing.assert_allclose(f0_hz, 221)
    np.testing.assert_allclose(confidence, 0.8)
    single, _ = f0.to_frames(np.array([0.0]), np.array([220.0]), np.array([0.9]), np.arange(3.0))
    np.testing.assert_allclose(single, 220)


def test_conditioning_removes_rumble_and_sets_the_level_of_the_voice(default):
    t = np.arange(2 * RATE) / RATE
    hum = 0.02 * np.sin(2 * np.pi * 220 * t)
    for drone_hz, least_db in [(20, 60), (50, 18), (60, 8)]:
        drone = 0.02 * np.sin(2 * np.pi * drone_hz * t)
        spectrum = np.abs(np.fft.rfft(f0.condition((hum + drone).astype(np.float32), default)))
        assert 20 * np.log10(spectrum[440] / spectrum[2 * drone_hz]) > least_db
        assert np.abs(f0.condition(hum.astype(np.float32), default)).max() == pytest.approx(0.5, abs=0.01)
