"""A guitar of computed strings, so that the judge knows more guitars than those of the SoundFonts."""

from __future__ import annotations

import numpy as np

from hum2guitar.analysis import audio
from hum2guitar.note import midi_to_hz
from train.synth.guitar import ATTACK_LEVEL_DB, RENDER_RATE, Guitar, Sample

RATE = 22050  # Hz, at which the strings are computed; their partials end at 9 kHz


def computed_guitar(keys: set[int], rng: np.random.Generator) -> Guitar:
    """Compute a guitar that has these MIDI numbers: stiff damped strings on a body of random resonances, and a knock.

    Partial k lies at k·f0·√(1 + B·k²) and has the height sin(πkp)/k, where p is the plucking point as a share of the
    string. It decays at a rate that rises with frequency. (Fletcher and Rossing, The Physics of Musical Instruments,
    chapters 2 and 9.)
    """
    point, tilt, stiffness = rng.uniform(0.06, 0.4), rng.uniform(0.6, 1.8), 10 ** rng.uniform(-5, -3.7)
    slow, fast = 10 ** rng.uniform(-0.2, 0.75), 10 ** rng.uniform(-0.6, 0.9)  # 1/s: all partials, and more each kHz
    body_hz, body_db = 10 ** rng.uniform(1.9, 3.6, 8), rng.normal(0, 6, 8)
    attack_s, knock, knock_s = rng.uniform(0.0005, 0.004), 10 ** (rng.uniform(-40, -14) / 20), rng.uniform(0.005, 0.03)
    t = np.arange(int(3 * RATE)) / RATE
    samples = []
    for midi in sorted(keys):
        f0_hz = float(midi_to_hz(midi))
        k = np.arange(1, min(40, int(9000 / f0_hz)) + 1)
        partial_hz = k * f0_hz * np.sqrt(1 + stiffness * k**2)
        gain_db = (body_db * np.exp(-0.5 * (np.log2(partial_hz[:, None] / body_hz) / 0.4) ** 2)).sum(axis=1)
        gain = (np.abs(np.sin(np.pi * k * point)) + 0.03) / k**tilt * 10 ** ((gain_db + rng.normal(0, 2, len(k))) / 20)
        rate = slow * 2 ** ((midi - 57) / 24) + fast * partial_hz / 1000 * rng.uniform(0.6, 1.6, len(k))
        sound = np.zeros(len(t))
        for height, hz, decay in zip(gain, partial_hz, rate, strict=True):
            n = min(len(t), int(8 / decay * RATE))
            sound[:n] += height * np.exp(-decay * t[:n]) * np.sin(2 * np.pi * (hz * t[:n] + rng.random()))
        sound *= 1 - np.exp(-t / attack_s)
        sound += knock * np.abs(sound).max() * np.exp(-t / knock_s) * rng.normal(size=len(t))
        level = np.sqrt((sound[: int(0.3 * RATE)] ** 2).mean())
        levelled = audio.resample(sound * 10 ** (ATTACK_LEVEL_DB / 20) / level, RATE, RENDER_RATE)
        samples.append(Sample(levelled, float(midi), attack_s))
    return Guitar("computed_strings", tuple(samples), "MIT", "computed")
