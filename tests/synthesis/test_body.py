from __future__ import annotations

import numpy as np
import pytest
from sounds import noise

from hum2guitar.synthesis import body

RATE = 22050


@pytest.fixture(scope="module")
def body_response_db() -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz, and the response of the body without the room in dB re the direct sound."""
    t = np.arange(RATE) / RATE
    impulse = body.modal_response(body.MODES, t)
    impulse[0] += 1
    return np.fft.rfftfreq(RATE, 1 / RATE), 20 * np.log10(np.abs(np.fft.rfft(impulse)))


@pytest.mark.parametrize("hz", [100, 195])
def test_the_resonances_of_air_and_top_plate_are_at_those_of_a_guitar(body_response_db, hz):
    frequencies, level_db = body_response_db
    near = np.abs(frequencies - hz) <= 15
    assert abs(frequencies[near][level_db[near].argmax()] - hz) <= 8
    assert level_db[near].max() > 4


def test_an_amount_of_zero_returns_the_sound_itself(rng):
    sound = noise(RATE, rng)
    assert body.resonate(sound, 0.0, RATE) is sound


@pytest.mark.parametrize("amount", [0.3, 1.0])
def test_a_click_keeps_its_time_and_stays_the_loudest_sample(amount):
    click = np.zeros(RATE, np.float32)
    click[5000] = 1
    resonant = body.resonate(click, amount, RATE)
    assert np.abs(resonant[:5000]).max() < 1e-6
    assert np.abs(resonant).argmax() == 5000
    assert resonant[5000] == pytest.approx(1, abs=0.15)


def test_twice_the_amount_adds_twice_as_much(rng):
    sound = noise(RATE, rng)
    half, whole = (body.resonate(sound, amount, RATE) - sound for amount in (0.5, 1.0))
    np.testing.assert_allclose(whole, 2 * half, atol=1e-6)


def test_the_room_decays_within_its_reverberation_time():
    response = body.response(RATE)
    tail_db = 10 * np.log10((response[-RATE // 50 :] ** 2).mean() / (response[: RATE // 50] ** 2).mean())
    assert len(response) / RATE == pytest.approx(body.TAIL_FROM_S + body.ROOM_S, abs=0.001)
    assert tail_db < -45


def test_the_response_has_less_energy_than_the_direct_sound():
    assert -15 < 10 * np.log10((body.response(RATE) ** 2).sum()) < -3


def test_the_energy_of_the_response_does_not_depend_on_the_sample_rate():
    low, high = (body.response(rate) for rate in (RATE, 2 * RATE))
    assert (high**2).sum() == pytest.approx((low**2).sum(), rel=0.3)
