"""Strokes played on a guitar of samples → waveform."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from hum2guitar.note import VELOCITY_SPAN_DB
from train.synth.guitar import RENDER_RATE, Guitar
from train.synth.melody import Stroke, pitch_curve


def render_take(strokes: list[Stroke], guitar: Guitar, seconds: float) -> np.ndarray:
    """Mix the strokes, each with its attack exactly at its onset.

    Returns
    -------
    (seconds · RENDER_RATE,) float32
    """
    mix = np.zeros(int(seconds * RENDER_RATE), dtype=np.float32)
    for stroke in strokes:
        sound, attack_s = render_stroke(stroke, guitar)
        start = round((stroke.onset_s - attack_s) * RENDER_RATE)
        sound = sound[max(0, -start) :]
        start = max(0, start)
        sound = sound[: len(mix) - start]
        mix[start : start + len(sound)] += sound
    return mix


def render_stroke(stroke: Stroke, guitar: Guitar) -> tuple[np.ndarray, float]:
    """Play one stroke: a sample at the speed of the pitch curve, filtered and faded.

    The sample is the one nearest to the middle of a slide, so that no part of it is shifted by much more than a
    semitone. Soft strokes lose treble. A note that is hammered on starts behind the sample's attack.

    Returns
    -------
    sound : (T,) float32 — at ``RENDER_RATE``
    attack_s : float — seconds from its start to the attack
    """
    sample = guitar.nearest(stroke.midi + stroke.glide / 2, stroke.gain_db)
    n_samples = int((stroke.held_s + stroke.release_s) * RENDER_RATE)
    speed = 2 ** ((pitch_curve(stroke, n_samples) - sample.midi) / 12)
    behind = 0.0 if stroke.plucked else sample.attack_s + 0.05
    position = behind * RENDER_RATE + np.cumsum(speed) - speed[0]
    position = position[position < len(sample.waveform) - 1]
    sound = np.interp(position, np.arange(len(sample.waveform)), sample.waveform).astype(np.float32)
    softness = max(0.0, sample.gain_db - stroke.gain_db) / VELOCITY_SPAN_DB
    sound = lfilter([1 - 0.35 * softness], [1, -0.35 * softness], sound).astype(np.float32)
    gain = np.float32(10 ** (stroke.gain_db / 20))
    return sound * _envelope(stroke, len(sound)) * gain, sample.attack_s if stroke.plucked else 0.0


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
