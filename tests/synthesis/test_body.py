from __future__ import annotations

import numpy as np
import pytest
from sounds import noise

from hum2guitar.synthesis import body

RATE = 22050


@pytest.fixture(scope="module")
def heard_db() -> tuple[np.ndarray, np.ndarray]:
    """Hz and the level there of an impulse with all of the body's modes around it, the room's part taken out."""
    t = np.arange(RATE) / RATE
    impulse = sum(body._mode(*mode, t) for mode in body.MODES)
    impulse[0] += 1
    return np.fft.rfftfreq(RATE, 1 / RATE), 20 * np.log10(np.abs(np.fft.rfft(impulse)))


@pytest.mark.parametrize("hz", [100, 195])
def test_the_air_and_the_top_plate_ring_where_a_guitars_do(heard_db, hz):
    frequencies, level_db = heard_db
    near = np.abs(frequencies - hz) <= 15
    assert abs(frequencies[near][level_db[near].argmax()] - hz) <= 8
    assert level_db[near].max() > 4


def test_nothing_is_added_at_nothing(rng):
    sound = noise(RATE, rng)
    assert body.resonate(sound, 0.0, RATE) is sound


@pytest.mark.parametrize("amount", [0.3, 1.0])
def test_a_click_stays_where_it_was_and_loudest(amount):
    click = np.zeros(RATE, np.float32)
    click[5000] = 1
    around = body.resonate(click, amount, RATE)
    assert np.abs(around[:5000]).max() < 1e-6
    assert np.abs(around).argmax() == 5000
    assert around[5000] == pytest.approx(1, abs=0.15)


def test_twice_the_amount_adds_twice_as_much(rng):
    sound = noise(RATE, rng)
    half, whole = (body.resonate(sound, amount, RATE) - sound for amount in (0.5, 1.0))
    np.testing.assert_allclose(whole, 2 * half, atol=1e-6)


def test_the_room_dies_away_within_its_time():
    response = body.response(RATE)
    tail_db = 10 * np.log10((response[-RATE // 50 :] ** 2).mean() / (response[: RATE // 50] ** 2).mean())
    assert len(response) / RATE == pytest.approx(body.TAIL_FROM_S + body.ROOM_S, abs=0.001)
    assert tail_db < -45


def test_what_is_added_lies_below_the_sound_itself():
    assert -15 < 10 * np.log10((body.response(RATE) ** 2).sum()) < -3


def test_the_response_is_the_same_every_time_and_at_every_rate_alike():
    first = body.response(RATE).copy()
    body.response.cache_clear()
    np.testing.assert_array_equal(body.response(RATE), first)
    assert (body.response(44100) ** 2).sum() == pytest.approx((first**2).sum(), rel=0.3)
