"""The noises that a player's hands make between the notes: releases of strings, touches of muted ones, knocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.synth.guitar import RENDER_RATE, Sample
from train.synth.melody import Stroke, pitch_at_end
from train.synth.render import add, at_positions, choose

REST_S = 0.03  # a string is damped where this much time is left before the next stroke; else the pluck hides it
DECAY_DB_PER_S = 7.0  # a string that has rung for long is released more softly; the archtop's own program has this
SPREAD_DB = 3.0  # and this
OTHERS_SHARE, OTHERS_DB = 0.5, (-9.0, -3.0)  # of the takes of another guitar; its hand noises are nobody's, so softer
TOUCH_SHARE, TOUCH_DB = 0.04, (-26.0, -14.0)  # of the ends of notes
KNOCK_SHARE, KNOCK_DB = 0.1, (-26.0, -14.0)  # of the takes


@dataclass(frozen=True)
class Hand:
    """The noises of the hands on one guitar; waveforms (T,) float32 are at ``RENDER_RATE``.

    guitar : the name of the guitar that they were recorded with
    releases : of a string that sounds at the sample's pitch; there are round robins
    touches, knocks : on muted strings, and on the body
    licence, source : of the recordings

    All have the level at which they were recorded, where the hardest plucks have ``ATTACK_LEVEL_DB``.
    """

    guitar: str
    releases: tuple[Sample, ...]
    touches: tuple[np.ndarray, ...]
    knocks: tuple[np.ndarray, ...]
    licence: str
    source: str


def render_hand(strokes: list[Stroke], hand: Hand, guitar: str, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Render the noises of the hands in a melody that is played on the guitar of that name.

    A release is heard where a string is damped and no pluck follows at once; its level follows that of the stroke.
    At times the hand touches the strings there. A take in ten has a knock. Hands of another guitar are heard in half
    of the takes.

    Returns
    -------
    (seconds · RENDER_RATE,) float32
    """
    mix = np.zeros(int(seconds * RENDER_RATE), dtype=np.float32)
    hand_db = 0.0
    if guitar != hand.guitar:
        if rng.random() > OTHERS_SHARE:
            return mix
        hand_db = float(rng.uniform(*OTHERS_DB))
    used: Sample | None = None
    for stroke in damped(strokes):
        end_s = stroke.onset_s + stroke.held_s
        used = choose(hand.releases, pitch_at_end(stroke), 0.0, used, rng)
        level_db = hand_db + stroke.gain_db - DECAY_DB_PER_S * stroke.held_s + rng.uniform(-SPREAD_DB, SPREAD_DB)
        add(mix, _release(used, pitch_at_end(stroke)) * _gain(level_db), 0.0, end_s)
        if rng.random() < TOUCH_SHARE:
            _add_one(mix, hand.touches, hand_db + rng.uniform(*TOUCH_DB), end_s, rng)
    if rng.random() < KNOCK_SHARE:
        _add_one(mix, hand.knocks, hand_db + rng.uniform(*KNOCK_DB), rng.uniform(0, seconds), rng)
    return mix


def damped(strokes: list[Stroke]) -> list[Stroke]:
    """Return the strokes after which the hand damps the string: nothing is played for ``REST_S`` after their end."""
    following_s = [stroke.onset_s for stroke in strokes[1:]] + [float("inf")]
    return [
        stroke
        for stroke, next_s in zip(strokes, following_s, strict=True)
        if stroke.onset_s + stroke.held_s + REST_S <= next_s
    ]


def _release(sample: Sample, midi: float) -> np.ndarray:
    speed = 2 ** ((midi - sample.midi) / 12)
    return at_positions(sample.waveform, np.arange(int(len(sample.waveform) / speed)) * speed)


def _add_one(
    mix: np.ndarray, noises: tuple[np.ndarray, ...], level_db: float, time_s: float, rng: np.random.Generator
) -> None:
    if noises:
        add(mix, noises[int(rng.integers(len(noises)))] * _gain(level_db), 0.0, time_s)


def _gain(level_db: float) -> np.float32:
    return np.float32(10 ** (level_db / 20))
