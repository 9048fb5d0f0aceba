"""Melodies played by the instruments of the table, guitars and others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from hum2guitar.analysis import audio
from hum2guitar.config import Config
from hum2guitar.note import midi_to_hz
from train.corpus.instruments import COMPUTED, Instrument
from train.corpus.soundfont import BLOCK, SoundFont
from train.judge.computed_guitar import computed_guitar
from train.synth import singer
from train.synth.guitar import ATTACK_LEVEL_DB, RENDER_RATE, Guitar, Sample
from train.synth.melody import Stroke, compose, pitch_curve
from train.synth.render import render_take

CLIP_S = 8.0


def perform(instrument: Instrument, fonts: Path, rng: np.random.Generator) -> tuple[list[Stroke], np.ndarray]:
    """Compose a melody and play it on an instrument of the table.

    Returns
    -------
    strokes : the melody
    sound : (T,) float32 — at ``RENDER_RATE``
    """
    whistle = not instrument.guitar and instrument.origin == COMPUTED and rng.random() < 0.25
    low = 72 if whistle else int(rng.integers(40, 66))
    strokes = compose(compass(low, low + 20), CLIP_S, rng)
    if instrument.origin == COMPUTED and instrument.guitar:
        strings = computed_guitar({round(stroke.midi + stroke.glide / 2) for stroke in strokes}, rng)
        return strokes, render_take(strokes, strings, CLIP_S, rng)
    if instrument.program is None:
        return strokes, audio.resample(singer.sing(strokes, CLIP_S, rng, whistle=whistle), singer.RATE, RENDER_RATE)
    strokes = [replace(stroke, midi=float(round(stroke.midi)), plucked=True) for stroke in strokes]
    font = SoundFont(fonts / f"{instrument.origin}.sf2")  # a new one for each melody: its dither has a state
    controls = movements(strokes, int(CLIP_S * RENDER_RATE / BLOCK), instrument.guitar, rng)
    sound = font.perform(strokes, controls, instrument.program, instrument.bank, overlap=instrument.guitar)
    font.close()
    return strokes, sound * np.float32(10 ** (ATTACK_LEVEL_DB / 20) / (np.sqrt((sound**2).mean()) + 1e-9))


def compass(low: int, high: int) -> Guitar:
    """Return a mute guitar of that range, to compose on."""
    mute = np.zeros(1, dtype=np.float32)
    return Guitar("mute", tuple(Sample(mute, float(midi), 0.0) for midi in range(low, high + 1)), "MIT", "computed")


def movements(strokes: list[Stroke], n_blocks: int, guitar: bool, rng: np.random.Generator) -> np.ndarray:
    """Return what a player's hands and breath do to each note.

    A guitar is bent as its strokes say. The others have vibrato, scoops, swells and fading breath as well.

    Returns
    -------
    controls : (n_blocks, 2) — the pitch wheel in semitones, and the expression, 0 to 1
    """
    block_s = BLOCK / RENDER_RATE
    times_s = np.arange(n_blocks) * block_s
    bend, expression = np.full(n_blocks, rng.normal(0, 0.08)), np.ones(n_blocks)
    vibrato_hz, vibrato = rng.uniform(4, 7), rng.choice([0, 1]) * rng.uniform(0.05, 0.6)
    scoop, attack_s, sag_db_per_s = rng.normal(0, 0.5), rng.uniform(0.005, 0.15), rng.uniform(-3, 8)
    for stroke in strokes:
        inside = times_s >= stroke.onset_s
        age_s = times_s[inside] - stroke.onset_s
        moved = pitch_curve(stroke, int(inside.sum()), 1 / block_s) - stroke.midi
        if not guitar:
            moved += vibrato * np.clip((age_s - 0.15) / 0.25, 0, 1) * np.sin(2 * np.pi * vibrato_hz * age_s)
            moved += scoop * np.exp(-age_s / 0.05)
            sag = 10 ** (-np.clip(sag_db_per_s * age_s, 0, 14) / 40)  # expression counts twice in dB
            expression[inside] = sag * np.sqrt(np.clip(age_s / attack_s, 0.03, 1))
        bend[inside] = moved
    return np.stack([bend, expression], axis=1)


def f0_of(strokes: list[Stroke], n_samples: int, config: Config) -> np.ndarray:
    """Return the pitch of the latest stroke on each frame, (N,) Hz, NaN before the first."""
    frames_s = np.arange(config.n_frames(n_samples)) * config.frame_s
    f0_hz = np.full(len(frames_s), np.nan, dtype=np.float32)
    for stroke in strokes:
        f0_hz[frames_s >= stroke.onset_s] = midi_to_hz(stroke.midi)
    return f0_hz
