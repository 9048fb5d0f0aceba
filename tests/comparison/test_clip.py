from __future__ import annotations

import json

import numpy as np
import pytest
from melody import plucked_melody
from scipy.signal import butter, sosfilt
from sounds import noise

from hum2guitar import AudioError, Config
from hum2guitar.analysis import audio
from hum2guitar.comparison.clip import clip_of, distance, read, treble_numbers
from hum2guitar.comparison.shown import DIFFERENCE, DIFFERENCE_DB, MEL, audible, pictures
from hum2guitar.mel import mel_frequencies


@pytest.fixture
def sound(tiny: Config) -> np.ndarray:
    return audio.resample(plucked_melody(), 22050, tiny.sample_rate)


def test_a_sound_has_no_distance_to_itself_whatever_its_level(sound: np.ndarray, tiny: Config) -> None:
    found = distance(clip_of(sound, tiny), clip_of(0.1 * sound, tiny))
    assert np.abs(found.difference_db).max() < 0.1
    assert list(found.numbers.values()) == pytest.approx([0, 1, 1, 0], abs=0.01)


def test_the_difference_shows_where_a_sound_lost_level(tiny: Config, rng: np.random.Generator) -> None:
    white = noise(3 * tiny.sample_rate, rng)
    dull = sosfilt(butter(8, 2000, fs=tiny.sample_rate, output="sos"), white)
    found = distance(clip_of(white, tiny), clip_of(dull, tiny)).difference_db.mean(axis=1)
    centres_hz = mel_frequencies(tiny)
    assert found[(centres_hz > 300) & (centres_hz < 1500)].min() > 3  # at one loudness, the rest is louder
    assert found[centres_hz > 4000].max() < -15


def test_what_can_hardly_be_heard_in_either_sound_hardly_makes_a_difference(sound: np.ndarray, tiny: Config) -> None:
    clip = clip_of(sound, tiny)
    hiss = clip_of(sound + 0.006 * noise(len(sound), np.random.default_rng(0)), tiny)
    rise_db = np.abs(clip.mel_db - hiss.mel_db).max()
    assert rise_db > 3
    assert np.abs(distance(clip, hiss).difference_db).max() < 0.2 * rise_db


def test_a_figure_that_is_not_defined_is_null(tiny: Config, rng: np.random.Generator) -> None:
    clip = clip_of(noise(tiny.sample_rate, rng), tiny)
    described = treble_numbers({"noise": clip})
    assert described["noise"]["5-10 kHz, 40 ms"] is None
    json.dumps(described, allow_nan=False)


def test_the_sounds_are_equally_loud_and_none_is_clipped(sound: np.ndarray, tiny: Config) -> None:
    click = sound.copy()
    click[100] = 20 * np.abs(sound).max()
    played = audible({"sound": clip_of(sound, tiny), "click": clip_of(click, tiny)})
    levels_db = [audio.loudness(waveform, tiny.sample_rate) for waveform in played.values()]
    assert levels_db[0] == pytest.approx(levels_db[1], abs=0.1)
    assert max(np.abs(waveform).max() for waveform in played.values()) <= 0.9
    assert audio.loudness(audible({"sound": clip_of(sound, tiny)})["sound"], tiny.sample_rate) == pytest.approx(-20)


def test_all_mels_have_one_scale_and_the_differences_lie_around_zero(sound: np.ndarray, tiny: Config) -> None:
    clips = {"a": clip_of(sound, tiny), "b": clip_of(sound[::-1].copy(), tiny)}
    panels = pictures(clips, {"b": distance(*clips.values())})
    assert [(panel.kind, panel.name) for panel in panels] == [(MEL, "a"), (MEL, "b"), (DIFFERENCE, "b")]
    assert panels[0].high_db == panels[1].high_db == max(float(clip.mel_db.max()) for clip in clips.values())
    assert (panels[2].low_db, panels[2].high_db) == (-DIFFERENCE_DB, DIFFERENCE_DB)
    for panel in panels:
        assert panel.values.shape == (tiny.n_mels, tiny.n_frames(len(sound)))
        assert len(panel.frequencies_hz) == tiny.n_mels
        assert panel.frame_s == tiny.frame_s


def test_a_recording_of_more_than_two_minutes_is_refused(tiny: Config) -> None:
    with pytest.raises(AudioError, match="longer than 2 minutes"):
        read(np.zeros(121 * 8000, dtype=np.float32), 8000, tiny)
