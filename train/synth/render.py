"""Strokes played on a guitar of samples → waveform."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.signal import lfilter

from train.synth.guitar import RENDER_RATE, Guitar, Sample, round_robins
from train.synth.melody import Stroke, pitch_curve

SOFT_HZ = 7000.0
SOFT_LOSS = 1.4  # dB lost at SOFT_HZ for each dB by which a pluck is softer: measured on the layers of the archtop
LEVEL_S = 0.3  # the stretch after the attack in which the level of a stroke is measured, as that of a sample is


def render_take(strokes: list[Stroke], guitar: Guitar, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Mix the strokes, each with its attack exactly at its onset; round robins are chosen at random.

    Returns
    -------
    (seconds · RENDER_RATE,) float32
    """
    mix = np.zeros(int(seconds * RENDER_RATE), dtype=np.float32)
    for stroke, sample in zip(strokes, choose_samples(strokes, guitar, rng), strict=True):
        add(mix, *render_stroke(stroke, sample), stroke.onset_s)
    return mix


def add(mix: np.ndarray, sound: np.ndarray, attack_s: float, onset_s: float) -> None:
    """Add a sound (T,) to a mix at ``RENDER_RATE`` so that its attack lies at ``onset_s``; what is outside is cut."""
    start = round((onset_s - attack_s) * RENDER_RATE)
    sound = sound[max(0, -start) :]
    start = max(0, start)
    sound = sound[: max(0, len(mix) - start)]
    mix[start : start + len(sound)] += sound


def choose_samples(strokes: list[Stroke], guitar: Guitar, rng: np.random.Generator) -> list[Sample]:
    """Choose a sample for each stroke, of the pitch in the middle of a slide: no part of it is then shifted by more."""
    chosen: list[Sample] = []
    for stroke in strokes:
        before = chosen[-1] if chosen else None
        chosen.append(choose(guitar.samples, stroke.midi + stroke.glide / 2, stroke.gain_db, before, rng))
    return chosen


def choose(
    samples: Sequence[Sample], midi: float, gain_db: float, before: Sample | None, rng: np.random.Generator
) -> Sample:
    """Choose one round robin of the nearest pitch and layer at random; where there are several, not ``before``."""
    found = round_robins(samples, midi, gain_db)
    others = [sample for sample in found if sample is not before] or found
    return others[int(rng.integers(len(others)))]


def render_stroke(stroke: Stroke, sample: Sample) -> tuple[np.ndarray, float]:
    """Play one stroke: a sample at the speed of the pitch curve, filtered and faded.

    A stroke that is softer than the sample loses treble, a harder one is the sample itself. A note that is hammered on
    starts behind the sample's attack.

    Returns
    -------
    sound : (T,) float32 — at ``RENDER_RATE``
    attack_s : float — seconds from its start to the attack
    """
    n_samples = int((stroke.held_s + stroke.release_s) * RENDER_RATE)
    speed = 2 ** ((pitch_curve(stroke, n_samples) - sample.midi) / 12)
    behind = 0.0 if stroke.plucked else sample.attack_s + 0.05
    position = behind * RENDER_RATE + np.cumsum(speed) - speed[0]
    sound = soften(at_positions(sample.waveform, position), sample.gain_db - stroke.gain_db)
    gain = np.float32(10 ** (stroke.gain_db / 20))
    return sound * _envelope(stroke, len(sound)) * gain, sample.attack_s if stroke.plucked else 0.0


def at_positions(waveform: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Read a waveform (T,) at rising positions (K,) in samples, up to its end, by cubic splines.

    At 15 kHz a spline loses 0.6 dB, where a line from sample to sample loses 3.4 dB.

    Returns
    -------
    (at most K,) float32
    """
    position = position[position < len(waveform) - 1]
    if len(position) == 0:
        return np.zeros(0, dtype=np.float32)
    first, last = int(position[0]), int(position[-1]) + 2
    return map_coordinates(waveform[first:last], [position - first], output=np.float32, order=3, mode="mirror")


def soften(sound: np.ndarray, softer_db: float) -> np.ndarray:
    """Take from a pluck (T,) the treble that it would not have, were it ``softer_db`` softer; its level stays.

    The filter is the one-pole low-pass by which Jaffe and Smith give dynamics to a plucked string ("Extensions of the
    Karplus-Strong plucked-string algorithm", Computer Music Journal 7(2), 1983). Its pole is such that ``SOFT_LOSS``
    times ``softer_db`` are lost at ``SOFT_HZ``. The archtop's softest layer, 13.6 dB below its hardest, has 10 dB less
    at 1 to 5 kHz, 20 dB less at 5 to 10 kHz and 19 dB less at 10 to 16 kHz, against 150 to 2000 Hz.
    """
    if softer_db <= 0:
        return sound
    cosine = np.cos(2 * np.pi * SOFT_HZ / RENDER_RATE)
    loss = 10 ** (SOFT_LOSS * softer_db / 10)
    # |H|² = (1 - R)² / (1 - 2 R cos w + R²) = 1 / loss, solved for R
    pole = (loss - cosine - np.sqrt((loss - cosine) ** 2 - (loss - 1) ** 2)) / (loss - 1)
    soft = lfilter([1 - pole], [1, -pole], sound).astype(np.float32)
    head = int(LEVEL_S * RENDER_RATE)
    level, soft_level = (float(np.linalg.norm(s[:head])) for s in (sound, soft))
    return soft * np.float32(level / max(soft_level, 1e-9))


def _envelope(stroke: Stroke, n_samples: int) -> np.ndarray:
    """(n_samples,) float32, 0 to 1 — a short fade in, the release after the string is held, 10 ms of fade out."""
    envelope = np.ones(n_samples, dtype=np.float32)
    held = int(stroke.held_s * RENDER_RATE)
    after = np.arange(max(0, n_samples - held))
    envelope[held:] = np.exp(-4 * after / (stroke.release_s * RENDER_RATE))
    fade = min(n_samples, int((0.002 if stroke.plucked else 0.012) * RENDER_RATE))
    envelope[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    tail = min(n_samples, int(0.01 * RENDER_RATE))
    envelope[n_samples - tail :] *= np.linspace(1, 0, tail, dtype=np.float32)
    return envelope
