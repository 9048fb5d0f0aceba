"""Add the computed response of a guitar body and a small room.

The body is a sum of damped resonances (modes). The lowest modes, of the air and the plates, are close to those of folk
and classical guitars in N. H. Fletcher and T. D. Rossing, The Physics of Musical Instruments, 2nd ed. 1998, chapter 9.
The modes above them are dense, so they have random frequencies and signs from a fixed seed. The room is a few early
reflections and a tail of decaying noise (J. A. Moorer, "About this reverberation business", Computer Music Journal
3(2), 1979).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import scipy

MODES = (  # Hz, quality factor, height of the resonance relative to the direct sound
    (100, 25, 1.0),  # Helmholtz resonance of the air in the body
    (195, 30, 1.2),  # top plate, in one phase
    (225, 30, 0.6),  # back plate
    (280, 35, -0.4),  # top plate, left and right halves in opposite phase
    (385, 35, 0.8),  # top plate, upper and lower halves in opposite phase
    (430, 35, -0.6),
    (555, 40, 0.5),
    (660, 40, -0.5),
    (750, 40, 0.5),
)
DENSE_HZ = (850.0, 5000.0)
DENSE_SPACING_HZ = 60.0
DENSE_HEIGHT, DENSE_QUALITY = 0.35, 40
REFLECTIONS = ((0.0061, 0.18), (0.0094, -0.14), (0.0137, 0.12), (0.0193, 0.10), (0.0271, -0.08))  # s, height
ROOM_S = 0.35  # reverberation time: the tail decays by 60 dB
TAIL_FROM_S = 0.03
TAIL_DB = -15.0  # energy of the tail relative to the direct sound


def resonate(waveform: np.ndarray, amount: float, sample_rate: int) -> np.ndarray:
    """Add body and room to a sound. The direct sound is not delayed.

    Parameters
    ----------
    waveform : (T,) float32
    amount : 0 (nothing is added) to 1 (the full response is added)
    sample_rate : Hz

    Returns
    -------
    waveform : (T,) float32
    """
    if amount == 0:
        return waveform
    added = scipy.signal.fftconvolve(waveform, response(sample_rate))[: len(waveform)]
    return (waveform + amount * added).astype(np.float32)


@lru_cache(maxsize=4)
def response(sample_rate: int) -> np.ndarray:
    """Compute the impulse response of body and room, without the direct sound: (R,) float64."""
    rng = np.random.default_rng(9)
    t = np.arange(round((TAIL_FROM_S + ROOM_S) * sample_rate)) / sample_rate
    body = modal_response((*MODES, *_dense_modes(rng)), t)
    late = np.maximum(0, t - TAIL_FROM_S)
    tail = rng.normal(size=len(t)) * np.exp(-np.log(1000) * late / ROOM_S) * (t >= TAIL_FROM_S)
    room = tail * 10 ** (TAIL_DB / 20) / np.sqrt((tail**2).sum())
    for delay_s, height in REFLECTIONS:
        room[round(delay_s * sample_rate)] += height
    return body + room


def modal_response(modes: Iterable[tuple[float, float, float]], t: np.ndarray) -> np.ndarray:
    """Add up modes: damped cosines that are scaled so that the response at the frequency of each is its height.

    Parameters
    ----------
    modes : frequency in Hz, quality factor, and height relative to the direct sound, of each mode
    t : (R,) — s

    Returns
    -------
    response : (R,) float64
    """
    response = np.zeros(len(t))
    for hz, quality, height in modes:
        decay_per_s = np.pi * hz / quality
        response += 2 * height * decay_per_s * (t[1] - t[0]) * np.exp(-decay_per_s * t) * np.cos(2 * np.pi * hz * t)
    return response


def _dense_modes(rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Generate modes that are spread about evenly over the upper range, with random signs."""
    hz = np.arange(*DENSE_HZ, DENSE_SPACING_HZ)
    hz = hz + rng.uniform(-0.4, 0.4, len(hz)) * DENSE_SPACING_HZ
    return [(float(f), DENSE_QUALITY, DENSE_HEIGHT * float(rng.choice([-1, 1]))) for f in hz]
