"""The colouring: it changes the spectrum and adds noise, and never moves the sound in time."""

from __future__ import annotations

import numpy as np
import pytest

from train.synth.colour import colour
from train.synth.guitar import RENDER_RATE


@pytest.mark.parametrize("seed", range(8))
def test_a_click_stays_where_it_is(seed: int) -> None:
    click = np.zeros(RENDER_RATE // 2, dtype=np.float32)
    click[5000] = 1
    coloured = colour(click, np.random.default_rng(seed))
    assert len(coloured) == len(click)
    assert abs(int(np.abs(coloured).argmax()) - 5000) <= 2


@pytest.mark.parametrize("seed", range(8))
def test_silence_becomes_a_noise_floor_70_to_95_db_down(seed: int) -> None:
    floor = colour(np.zeros(RENDER_RATE, dtype=np.float32), np.random.default_rng(seed))
    assert -95.5 < 20 * np.log10(floor.std()) < -69.5


def test_the_spectrum_differs_from_one_colouring_to_the_next() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RENDER_RATE).astype(np.float32)
    spectra = [np.abs(np.fft.rfft(colour(noise, np.random.default_rng(seed)))) for seed in range(8)]
    bands_db = 20 * np.log10([[band.mean() for band in np.array_split(s[100:10000], 10)] for s in spectra])
    tilt_db = (bands_db - bands_db.mean(axis=1, keepdims=True)).std(axis=0)
    assert tilt_db.max() > 1


def test_the_treble_is_on_the_average_neither_dulled_nor_brightened() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RENDER_RATE).astype(np.float32)
    hz = np.fft.rfftfreq(RENDER_RATE, 1 / RENDER_RATE)

    def bands_db(sound: np.ndarray) -> np.ndarray:
        power = np.abs(np.fft.rfft(sound)) ** 2
        return np.array(
            [
                10 * np.log10(power[(hz >= low) & (hz < high)].mean())
                for low, high in ((150, 2000), (5000, 10000), (10000, 18000))
            ]
        )

    changes_db = np.mean([bands_db(colour(noise, np.random.default_rng(seed))) for seed in range(60)], axis=0)
    changes_db -= bands_db(noise)
    assert changes_db[1:] - changes_db[0] == pytest.approx([0, 0], abs=0.7)
