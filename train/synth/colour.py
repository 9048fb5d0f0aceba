"""What lies between a guitar and a recording of it: an equaliser, a small room, a noise floor."""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve, firwin2, minimum_phase

from train.synth.guitar import RENDER_RATE


def colour(waveform: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colour a waveform (T,) at ``RENDER_RATE``: the equaliser and the room by chance, the noise always.

    Returns
    -------
    (T,) float32
    """
    if rng.random() < 0.7:
        waveform = _equalise(waveform, rng)
    if rng.random() < 0.6:
        waveform = _reverberate(waveform, rng)
    noise = rng.normal(size=len(waveform)) * 10 ** (rng.uniform(-95, -70) / 20)
    return (waveform + noise).astype(np.float32)


def _equalise(waveform: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    nyquist = RENDER_RATE / 2
    octaves = np.array([0, 60, 120, 250, 500, 1000, 2000, 4000, 8000, nyquist])
    gain_db = np.interp(np.log2(octaves + 30), np.log2([30, 150, 700, 3000, nyquist]), rng.normal(0, 2.5, 5))
    # a minimum-phase filter has the square root of the magnitude that it is made from
    taps = minimum_phase(firwin2(1023, octaves, 10 ** (2 * gain_db / 20), fs=RENDER_RATE))
    return fftconvolve(waveform, taps)[: len(waveform)]


def _reverberate(waveform: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    decay_s = rng.uniform(0.1, 0.4)
    t = np.arange(int(decay_s * RENDER_RATE)) / RENDER_RATE
    room = rng.normal(size=len(t)) * np.exp(-6.9 * t / decay_s)
    room *= 10 ** (rng.uniform(-24, -12) / 20) / np.sqrt((room**2).sum())
    room[0] += 1
    return fftconvolve(waveform, room)[: len(waveform)]
