from __future__ import annotations

import json

import numpy as np
import pytest
from melody import SR
from sounds import noise, sung, voice

from hum2guitar import AudioError, Config, UserError
from hum2guitar.comparison import Trackers, compare_trackers
from hum2guitar.comparison.clip import clip_of
from hum2guitar.comparison.trackers import spans

NAN = np.nan


def heard(tiny: Config, first: list[float], second: list[float]) -> Trackers:
    """A result with given F0 curves."""
    curves = {"a": np.array(first, dtype=np.float32), "b": np.array(second, dtype=np.float32)}
    recording = clip_of(voice(220.0, tiny.sample_rate, 0.5), tiny)
    return Trackers(recording, curves, {"a": 0.1, "b": 0.2})


def test_shares_count_the_frames_in_which_one_of_them_hears_a_pitch(tiny: Config) -> None:
    near, far = 220 * 2 ** (40 / 1200), 220 * 2 ** (60 / 1200)
    found = heard(tiny, [220, 220, 220, NAN, 220, NAN, 220, 220], [near, far, 440, 220, NAN, NAN, 110, 220])
    assert list(found.disagree) == [False, True, True, True, True, False, True, False]
    numbers = found.numbers()
    assert numbers["disagree_share"] == round(5 / 7, 3)
    assert numbers["octave_share"] == round(2 / 7, 3)
    assert numbers["one_unvoiced_share"] == round(2 / 7, 3)
    assert numbers["median_cents"] == pytest.approx(60, abs=0.1)
    frame_s = tiny.frame_s
    assert numbers["disagreements"] == [
        [round(frame_s, 3), round(5 * frame_s, 3)],
        [round(6 * frame_s, 3), round(7 * frame_s, 3)],
    ]
    json.dumps(numbers, allow_nan=False)


def test_cents_are_those_of_the_second_above_the_first_and_nan_where_one_is_silent(tiny: Config) -> None:
    found = heard(tiny, [220, NAN, 220], [440, 220, NAN])
    np.testing.assert_allclose(found.cents, [1200, NAN, NAN], atol=0.01)
    f0, cents = found.panels()
    assert (f0.unit, cents.unit) == ("Hz", "cents")
    assert list(f0.curves) == ["a", "b"]
    assert f0.spans == cents.spans == spans(found.disagree, tiny.frame_s)


def test_where_both_never_hear_a_pitch_together_there_are_no_cents(tiny: Config) -> None:
    assert heard(tiny, [220, NAN], [NAN, 220]).numbers()["median_cents"] is None


def test_two_trackers_agree_on_a_clear_voice(tiny: Config) -> None:
    melody = sung([(0.1, 0.7, 57), (0.8, 1.4, 61)], SR, 1.6)
    found = compare_trackers(melody, SR, tiny, "swift", "cepstrum")
    numbers = found.numbers()
    assert numbers["trackers"] == ["swift", "cepstrum"]
    assert numbers["disagree_share"] < 0.2
    assert numbers["median_cents"] < 10
    assert all(seconds > 0 for seconds in numbers["seconds"].values())
    assert all(len(f0_hz) == tiny.n_frames(len(found.recording.waveform)) for f0_hz in found.f0_hz.values())
    assert list(found.sounds()) == ["recording"]


@pytest.mark.parametrize(
    ("trackers", "expected"),
    [(("swift", "swift"), "choose two different"), (("swift", "ear"), "there is no tracker 'ear'; choose one of")],
)
def test_trackers_that_cannot_be_compared_get_a_sentence(
    tiny: Config, trackers: tuple[str, str], expected: str
) -> None:
    with pytest.raises(UserError, match=expected):
        compare_trackers(voice(220.0, SR, 1.0), SR, tiny, *trackers)


def test_a_recording_without_pitch_gets_a_sentence(tiny: Config, rng: np.random.Generator) -> None:
    with pytest.raises(AudioError, match="neither swift nor cepstrum heard a pitch"):
        compare_trackers(noise(SR, rng), SR, tiny, "swift", "cepstrum")


def test_spans_are_the_runs_of_marked_frames() -> None:
    assert spans(np.array([True, True, False, True]), 0.5) == [[0.0, 1.0], [1.5, 2.0]]
    assert spans(np.zeros(3, dtype=bool), 0.5) == []
