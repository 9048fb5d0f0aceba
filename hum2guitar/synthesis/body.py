"""Another box around the strings: the response of a guitar's body and of a small room, computed, not recorded.

The body is modal (a sum of damped resonances): the air in it and the plates' lowest modes near where N. H. Fletcher
and T. D. Rossing, The Physics of Musical Instruments, 2nd ed. 1998, chapter 9, find them in folk and classical
guitars, and above those, where modes lie so close that only their statistics matter, a seeded draw. The room is a few
early reflections and a tail of decaying noise, as in J. A. Moorer, About This Reverberation Business, 1979.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.signal import fftconvolve

MODES = (  # Hz, quality factor, height of the resonance above the direct sound's 1
    (100, 25, 1.0),  # Helmholtz: the air in the sound hole against the plates
    (195, 30, 1.2),  # top plate, all of it in one phase
    (225, 30, 0.6),  # back plate
    (280, 35, -0.4),  # top plate, halves left and right
    (385, 35, 0.8),  # top plate, halves along the strings
    (430, 35, -0.6),
    (555, 40, 0.5),
    (660, 40, -0.5),
    (750, 40, 0.5),
)
DENSE_HZ = (850.0, 5000.0)
DENSE_SPACING_HZ = 60.0
DENSE_HEIGHT, DENSE_QUALITY = 0.35, 40
REFLECTIONS = ((0.0061, 0.18), (0.0094, -0.14), (0.0137, 0.12), (0.0193, 0.10), (0.0271, -0.08))  # s, height
ROOM_S = 0.35  # the time in which the tail falls by 60 dB
TAIL_FROM_S = 0.03
TAIL_DB = -15.0  # the tail's energy below the direct sound's


def resonate(waveform: np.ndarray, amount: float, sample_rate: int) -> np.ndarray:
    """(T,) → (T,) float32, with body and room added in that amount; 0 adds nothing, 1 all of it.

    The sound itself is never delayed: what is added comes after it.
    """
    if amount == 0:
        return waveform
    added = fftconvolve(waveform, response(sample_rate))[: len(waveform)]
    return (waveform + amount * added).astype(np.float32)


@lru_cache(maxsize=4)
def response(sample_rate: int) -> np.ndarray:
    """(R,) float64 — what body and room add to an impulse of 1, without the impulse itself."""
    rng = np.random.default_rng(9)
    t = np.arange(round((TAIL_FROM_S + ROOM_S) * sample_rate)) / sample_rate
    body = sum(_mode(hz, quality, height, t) for hz, quality, height in (*MODES, *_dense_modes(rng)))
    late = np.maximum(0, t - TAIL_FROM_S)
    tail = rng.normal(size=len(t)) * np.exp(-np.log(1000) * late / ROOM_S) * (t >= TAIL_FROM_S)
    room = tail * 10 ** (TAIL_DB / 20) / np.sqrt((tail**2).sum())
    for delay_s, height in REFLECTIONS:
        room[round(delay_s * sample_rate)] += height
    return body + room


def _mode(hz: float, quality: float, height: float, t: np.ndarray) -> np.ndarray:
    """A resonance whose response at ``hz`` is ``height``: a damped cosine, scaled by its sum over time."""
    decay_per_s = np.pi * hz / quality
    return 2 * height * decay_per_s * (t[1] - t[0]) * np.exp(-decay_per_s * t) * np.cos(2 * np.pi * hz * t)


def _dense_modes(rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Modes about evenly spread over the upper range, as plates have them, either sign as likely."""
    hz = np.arange(*DENSE_HZ, DENSE_SPACING_HZ)
    hz = hz + rng.uniform(-0.4, 0.4, len(hz)) * DENSE_SPACING_HZ
    return [(float(f), DENSE_QUALITY, DENSE_HEIGHT * float(rng.choice([-1, 1]))) for f in hz]
