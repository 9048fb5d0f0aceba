"""A computed singer, hummer or whistler: source and filter, with random vowels, consonants, vibrato and breath.

SoundFonts have choirs, and nobody hums into a phone like a choir. Here every melody has a random voice: harmonics of a
falling source, weighted by the resonances of a vocal tract (Fant 1960). The vowels are the averages of Peterson and
Barney (1952), scaled by the length of the tract.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from hum2guitar.note import midi_to_hz
from train.synth.melody import Stroke

RATE = 22050  # Hz, of the sound
CONTROL_RATE = 441  # Hz, of pitch, level and resonances
MAX_HARMONIC_HZ = 9000.0
VOWELS_HZ = np.array(
    [[730, 1090, 2440], [530, 1840, 2480], [270, 2290, 3010], [570, 840, 2410], [300, 870, 2240], [640, 1190, 2390]]
)
VOWELS_DB = np.array([[0, -4, -26], [0, -12, -20], [0, -19, -23], [0, -6, -31], [0, -15, -40], [0, -8, -24]])
HUM_HZ, HUM_DB = np.array([260.0, 1050, 2150]), np.array([0.0, -22, -30])
CONSONANTS = ("none", "nasal", "stop", "fricative")


def sing(strokes: list[Stroke], seconds: float, rng: np.random.Generator, *, whistle: bool = False) -> np.ndarray:
    """Sing the strokes' notes with a random voice, or whistle them.

    Returns
    -------
    (seconds · RATE,) float32
    """
    n_control = int(seconds * CONTROL_RATE)
    n_samples = int(seconds * RATE)
    midi = contour(strokes, n_control, rng)
    level_db, noise_db, consonant = articulation(strokes, n_control, rng)
    f0_hz = midi_to_hz(midi)
    sample_s, control_s = np.arange(n_samples) / RATE, np.arange(n_control) / CONTROL_RATE
    jitter = gaussian_filter1d(rng.normal(size=n_samples), 40) * np.sqrt(2 * np.sqrt(np.pi) * 40)
    f0_samples = np.interp(sample_s, control_s, f0_hz) * (1 + rng.uniform(0.0005, 0.004) * jitter)
    phase = 2 * np.pi * np.cumsum(f0_samples) / RATE
    amplitude = np.interp(sample_s, control_s, 10 ** (level_db / 20))
    amplitude *= 1 + rng.uniform(0, 0.08) * gaussian_filter1d(rng.normal(size=n_samples), 300) * 30
    if whistle:
        voiced = np.sin(phase) + 10 ** (rng.uniform(-50, -20) / 20) * np.sin(2 * phase)
    else:
        formants = tract(strokes, consonant, n_control, rng)
        voiced = harmonics(phase, f0_hz, formants, sample_s, control_s, rng.uniform(-18, -5), rng)
    voiced /= np.sqrt((voiced**2).mean()) + 1e-9
    breath = noise(n_samples, rng.uniform(500, 2500), rng) * 10 ** (rng.uniform(-50, -18) / 20)
    hiss = noise(n_samples, rng.uniform(2500, 6000), rng) * np.interp(sample_s, control_s, 10 ** (noise_db / 20))
    return (0.1 * ((voiced + breath) * amplitude + hiss)).astype(np.float32)


def contour(strokes: list[Stroke], n_control: int, rng: np.random.Generator) -> np.ndarray:
    """Return (n_control,) MIDI: the notes with glides between them, a scoop into each, vibrato and drift."""
    times_s = np.arange(n_control) / CONTROL_RATE
    target, ornament = np.full(n_control, strokes[0].midi), np.zeros(n_control)
    vibrato_hz, vibrato, scoop = rng.uniform(4.2, 6.8), rng.choice([0, 1]) * rng.uniform(0.05, 0.8), rng.normal(0, 0.8)
    for stroke in strokes:
        after = times_s >= stroke.onset_s
        age_s = times_s[after] - stroke.onset_s
        target[after] = stroke.midi + rng.normal(0, 0.12)
        settled = np.clip((age_s - 0.15) / 0.25, 0, 1)
        ornament[after] = vibrato * settled * np.sin(2 * np.pi * vibrato_hz * age_s) + scoop * np.exp(-age_s / 0.04)
    drift = gaussian_filter1d(rng.normal(size=n_control), 0.12 * CONTROL_RATE)
    glided = gaussian_filter1d(target, rng.uniform(0.008, 0.05) * CONTROL_RATE)
    return glided + gaussian_filter1d(ornament, 5) + rng.uniform(0.02, 0.2) * drift / drift.std()


def articulation(
    strokes: list[Stroke], n_control: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Articulate the notes: attacks, releases, falling levels, and a random consonant before each.

    Returns
    -------
    level_db, hiss_db : (n_control,) — of the voice, and of the consonants' noise
    consonants : one of ``CONSONANTS`` for each note
    """
    times_s = np.arange(n_control) / CONTROL_RATE
    level, hiss = np.full(n_control, 1e-4), np.full(n_control, 1e-4)
    habits = rng.dirichlet(np.full(len(CONSONANTS), 0.5))
    attack_s, release_s = 10 ** rng.uniform(-2.5, -0.9), rng.uniform(0.03, 0.2)
    sag_db_per_s, legato = float(rng.choice([rng.uniform(-2, 9), rng.uniform(9, 25)], p=[0.8, 0.2])), rng.random() < 0.5
    consonants = []
    for stroke, following in zip(strokes, [*strokes[1:], None], strict=True):
        consonant = str(rng.choice(CONSONANTS, p=habits))
        stop_s = stroke.onset_s + stroke.held_s
        if following is not None and (legato or following.onset_s < stop_s):
            stop_s = following.onset_s
        age_s, left_s = times_s - stroke.onset_s, stop_s - times_s
        inside = (age_s >= 0) & (left_s > -3 * release_s)
        swell = np.clip(age_s / attack_s, 0, 1) ** 0.5 * np.exp(np.minimum(left_s, 0) / release_s)
        sag_db = np.minimum(sag_db_per_s * age_s, 14)
        note = 10 ** ((0.6 * stroke.gain_db - sag_db) / 20) * swell
        if consonant == "nasal":
            note *= np.where(age_s < 0.08, 10 ** (rng.uniform(-14, -4) / 20), 1)
        if consonant in ("stop", "fricative"):
            length_s = rng.uniform(0.006, 0.025) if consonant == "stop" else rng.uniform(0.04, 0.15)
            burst = (age_s > -0.01 - length_s) & (age_s < -0.01)
            hiss[burst] = 10 ** ((stroke.gain_db + rng.uniform(-30, -6)) / 20)
            level[(age_s < 0) & (age_s > -0.03 - length_s)] *= 0.05
        level[inside] = np.maximum(note[inside], np.where(age_s[inside] < attack_s, level[inside] * 0.6, 1e-4))
        consonants.append(consonant)
    smooth = gaussian_filter1d(level, 0.006 * CONTROL_RATE)
    return 20 * np.log10(smooth + 1e-5), 20 * np.log10(gaussian_filter1d(hiss, 1.5) + 1e-5), consonants


def tract(
    strokes: list[Stroke], consonants: list[str], n_control: int, rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Compute the resonances of a random vocal tract over time.

    Returns
    -------
    for each resonance its frequency (n_control,) in Hz, its level (n_control,) in dB, and its bandwidth in Hz
    """
    scale, closed = (
        rng.uniform(0.8, 1.3),
        rng.random() < 0.5,
    )  # from a tall man's tract to a child's; lips closed: a hum
    hz, level_db = np.zeros((n_control, 3)), np.zeros((n_control, 3))
    one_vowel = rng.integers(len(VOWELS_HZ)) if rng.random() < 0.4 else None
    for stroke, consonant in zip(strokes, consonants, strict=True):
        vowel = rng.integers(len(VOWELS_HZ)) if one_vowel is None else one_vowel
        start = int(stroke.onset_s * CONTROL_RATE) if stroke is not strokes[0] else 0
        hz[start:], level_db[start:] = (HUM_HZ, HUM_DB) if closed else (VOWELS_HZ[vowel], VOWELS_DB[vowel])
        if consonant == "nasal":
            nasal = slice(start, start + int(0.08 * CONTROL_RATE))
            hz[nasal], level_db[nasal] = HUM_HZ, HUM_DB
    smooth_s = rng.uniform(0.01, 0.06)
    hz, level_db = (gaussian_filter1d(curve, smooth_s * CONTROL_RATE, axis=0) for curve in (hz, level_db))
    brighter_db = rng.uniform(-4, 10)
    found = [
        (scale * hz[:, n], level_db[:, n] + brighter_db * n / 2, float(rng.uniform(60, 140) * (1 + 0.6 * n)))
        for n in range(3)
    ]
    fourth = np.full(n_control, scale * rng.uniform(3000, 3900))
    return [*found, (fourth, level_db[:, 2] + rng.uniform(-8, 8), 300.0)]


def harmonics(
    phase: np.ndarray,
    f0_hz: np.ndarray,
    formants: list[tuple[np.ndarray, np.ndarray, float]],
    sample_s: np.ndarray,
    control_s: np.ndarray,
    tilt_db: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Sum the harmonics, each weighted by the tilt of the source and by the resonances.

    Parameters
    ----------
    phase : (T,) — radians, of the fundamental
    f0_hz : (K,) — Hz, at ``control_s``
    formants : as ``tract`` returns them
    sample_s, control_s : (T,), (K,) — seconds
    tilt_db : dB per octave

    Returns
    -------
    (T,) float64
    """
    waveform = np.zeros(len(sample_s))
    for k in range(1, int(MAX_HARMONIC_HZ / f0_hz.min()) + 1):
        partial_hz = k * f0_hz
        gain = np.full(len(f0_hz), 0.01)
        for centre_hz, level_db, bandwidth_hz in formants:
            gain += 10 ** (level_db / 20) / np.sqrt(1 + ((partial_hz - centre_hz) / bandwidth_hz) ** 2)
        gain *= 10 ** (tilt_db * np.log2(k) / 20) * (partial_hz < MAX_HARMONIC_HZ)
        waveform += np.interp(sample_s, control_s, gain) * np.sin(k * phase + rng.uniform(0, 0.5))
    return waveform


def noise(n_samples: int, centre_hz: float, rng: np.random.Generator) -> np.ndarray:
    """Return (n_samples,) of RMS 1: noise around a frequency, about three octaves wide."""
    spectrum = np.fft.rfft(rng.normal(size=n_samples))
    octaves = np.log2((np.fft.rfftfreq(n_samples, 1 / RATE) + 1) / centre_hz)
    noise = np.fft.irfft(spectrum * np.exp(-0.5 * (octaves / 0.9) ** 2), n_samples)
    return noise / noise.std()
