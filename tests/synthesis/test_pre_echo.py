from __future__ import annotations

import numpy as np
import pytest

from hum2guitar import Config
from hum2guitar.note import Note
from hum2guitar.synthesis import pre_echo
from hum2guitar.synthesis.pre_echo import soften

CONFIG = Config()
RATE = CONFIG.sample_rate
HALF_WINDOW_S = CONFIG.n_fft / 2 / RATE
PLUCK_S = 1.0
TIMES_S = np.arange(2 * RATE) / RATE


def plucked(echo: float, ring: float) -> np.ndarray:
    """A string at 220 Hz, plucked at ``PLUCK_S``, with an echo before and a note from earlier that rings on."""
    string = np.sin(2 * np.pi * 220 * TIMES_S)
    since = TIMES_S - PLUCK_S
    envelope = np.where(since >= 0, np.exp(-3 * since), echo * np.clip(1 + since / HALF_WINDOW_S, 0, 1))
    return (envelope * string + ring * np.sin(2 * np.pi * 97 * TIMES_S)).astype(np.float32)


def level_db(waveform: np.ndarray, start_s: float, stop_s: float) -> float:
    piece = waveform[int(start_s * RATE) : int(stop_s * RATE)].astype(np.float64)
    return float(10 * np.log10((piece**2).mean() + 1e-12))


def notes(*onsets_s: float, plucked: bool = True) -> list[Note]:
    return [Note(onset_s, onset_s + 0.2, 57.0, 1.0, plucked) for onset_s in onsets_s]


@pytest.mark.parametrize("off_s", [-0.03, 0.0, 0.03])
def test_an_echo_before_a_pluck_is_lowered_to_what_rings_and_the_rest_is_kept(off_s: float) -> None:
    sound = plucked(echo=0.3, ring=0.01)
    softened = soften(sound, notes(PLUCK_S + off_s), CONFIG)
    echo = PLUCK_S - HALF_WINDOW_S * 0.6, PLUCK_S - 0.006
    assert level_db(sound, *echo) > -25
    assert level_db(softened, *echo) == pytest.approx(20 * np.log10(0.01 / 2**0.5), abs=3)
    for start_s, stop_s in ((0, PLUCK_S - 0.08), (PLUCK_S + 0.001, 2)):
        piece = slice(int(start_s * RATE), int(stop_s * RATE))
        np.testing.assert_allclose(softened[piece], sound[piece], atol=1e-6)


def test_a_pluck_that_rises_slowly_is_kept_from_a_share_of_its_power_on() -> None:
    rise_s = 0.03
    envelope = np.clip((TIMES_S - PLUCK_S) / rise_s, 0, 1)
    sound = (envelope * np.sin(2 * np.pi * 220 * TIMES_S)).astype(np.float32)
    softened = soften(sound, notes(PLUCK_S), CONFIG)
    kept = slice(int((PLUCK_S + rise_s * 0.5) * RATE), None)
    np.testing.assert_allclose(softened[kept], sound[kept], atol=1e-6)


def test_a_note_that_rings_into_the_next_one_keeps_its_level() -> None:
    sound = plucked(echo=0.0, ring=0.3)
    before = PLUCK_S - 0.04, PLUCK_S - 0.004
    softened = soften(sound, notes(PLUCK_S), CONFIG)
    assert level_db(softened, *before) == pytest.approx(level_db(sound, *before), abs=1.5)


def test_a_slid_note_is_left_as_it_is() -> None:
    sound = plucked(echo=0.3, ring=0.01)
    np.testing.assert_array_equal(soften(sound, notes(PLUCK_S, plucked=False), CONFIG), sound)


def test_notes_at_the_ends_and_nothing_at_all() -> None:
    sound = plucked(echo=0.3, ring=0.01)
    assert soften(sound, notes(0.0, 0.01, 1.999, 2.5), CONFIG).shape == sound.shape
    assert len(soften(sound[:0], notes(0.0), CONFIG)) == 0


def test_blocks_give_the_same_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = plucked(echo=0.3, ring=0.01)
    whole = soften(sound, notes(PLUCK_S), CONFIG)
    monkeypatch.setattr(pre_echo, "BLOCK", 1000)
    monkeypatch.setattr(pre_echo, "BLOCK_STEPS", 7)
    np.testing.assert_array_equal(soften(sound, notes(PLUCK_S), CONFIG), whole)
