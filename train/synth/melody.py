"""Melodies: what is to be played, as a list of strokes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hum2guitar.note import Note, velocity_of
from train.synth.guitar import RENDER_RATE, Guitar
from train.synth.strings import let_ring

MAX_SHIFT = 1.0  # semitones by which a sample is moved, besides its guitar's detuning
MAX_DETUNE = 0.15  # semitones
CURVE_RATE = 1000  # values a second
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "pentatonic": (0, 3, 5, 7, 10),
    "chromatic": tuple(range(12)),
}


@dataclass(frozen=True)
class Stroke:
    """One note to play.

    onset_s, held_s, release_s : float — seconds: its onset, how long it is held, and how long it then fades
    midi : float — its pitch at the onset
    gain_db : float — its level, 0 for the loudest
    plucked : bool — False for a note that is hammered on
    glide, glide_at_s : float — semitones to slide by, and seconds after the onset at which the slide begins
    bend : float — semitones by which the string is bent and let go
    """

    onset_s: float
    held_s: float
    midi: float
    gain_db: float
    release_s: float
    plucked: bool = True
    glide: float = 0.0
    glide_at_s: float = 0.0
    bend: float = 0.0


def compose(guitar: Guitar, seconds: float, rng: np.random.Generator) -> list[Stroke]:
    """Compose a walk along a scale within the guitar's range: mostly steps, with some leaps, repeats and rests.

    A fifth of the melodies is let ring: a note sounds on under the next ones, which are on other strings. No stroke
    needs a sample shifted by more than ``MAX_SHIFT`` and the detuning of the take.
    """
    allowed = _allowed_pitches(guitar, rng)
    position = int(rng.integers(len(allowed)))
    beat_s = 60 / rng.uniform(60, 170)
    style = str(rng.choice(["damped", "legato", "ring"], p=[0.4, 0.4, 0.2]))
    detune = float(np.clip(rng.normal(0, 0.06), -MAX_DETUNE, MAX_DETUNE))
    loudness_db = rng.uniform(-6, 0)
    strokes: list[Stroke] = []
    time_s = rng.uniform(0.05, 0.6)
    while time_s < seconds - 0.3:
        duration = beat_s * float(rng.choice([0.25, 0.5, 1.0, 1.5, 2.0, 4.0], p=[0.08, 0.37, 0.32, 0.08, 0.1, 0.05]))
        duration = max(0.12, duration)
        if rng.random() < 0.1:  # a rest
            time_s += duration
            continue
        if rng.random() > 0.15:  # else the same note again
            leap = int(rng.choice([1, 2, 3, 5, 8], p=[0.55, 0.2, 0.1, 0.1, 0.05])) * int(rng.choice([-1, 1]))
            position = int(np.clip(position + leap, 0, len(allowed) - 1))
        loudness_db = float(np.clip(loudness_db + rng.normal(0, 2.5), -16, 0))
        stroke = _stroke(time_s, duration, allowed[position] + detune, loudness_db, style, strokes, rng)
        if largest_shift(stroke, guitar) > MAX_SHIFT + MAX_DETUNE:  # the samples have a gap here
            stroke = replace(stroke, glide=0.0, bend=0.0)
        strokes.append(stroke)
        time_s += duration * rng.uniform(0.97, 1.03)
    return let_ring(strokes, rng) if style == "ring" else strokes


def _allowed_pitches(guitar: Guitar, rng: np.random.Generator) -> list[int]:
    """Return the notes of a scale that the guitar has a sample for within ``MAX_SHIFT``; scale and root are random."""
    low, high = guitar.range
    steps = SCALES[str(rng.choice(list(SCALES)))]
    root = int(rng.integers(12))
    return [
        midi
        for midi in range(low, high + 1)
        if (midi - root) % 12 in steps and abs(guitar.nearest(midi).midi - midi) <= MAX_SHIFT
    ]


def _stroke(
    onset_s: float,
    duration: float,
    midi: float,
    gain_db: float,
    style: str,
    before: list[Stroke],
    rng: np.random.Generator,
) -> Stroke:
    """Return one stroke in the take's style: at times with a slide or a bend, or hammered on instead of plucked."""
    held = {"damped": duration * rng.uniform(0.55, 0.95), "legato": duration, "ring": duration + rng.uniform(0.5, 2.5)}
    stroke: dict[str, Any] = {
        "onset_s": onset_s,
        "held_s": held[style],
        "midi": midi,
        "gain_db": gain_db,
        "release_s": float(rng.uniform(0.02, 0.12)),
    }
    trick = rng.random()
    if trick < 0.05 and duration > 0.3:
        stroke |= {"glide": float(rng.choice([-2, -1, 1, 2])), "glide_at_s": duration * rng.uniform(0.3, 0.6)}
    elif trick < 0.09 and duration > 0.3:
        stroke |= {"bend": float(rng.uniform(0.1, 0.5))}
    elif trick < 0.13 and before and 0 < abs(midi - before[-1].midi) <= 4 and onset_s - before[-1].onset_s < 0.6:
        stroke |= {"plucked": False, "gain_db": max(-20.0, before[-1].gain_db - rng.uniform(3, 7))}
    return Stroke(**stroke)


def pitch_curve(stroke: Stroke, n_samples: int, rate: float = RENDER_RATE) -> np.ndarray:
    """Return (n_samples,) MIDI: the pitch of a stroke over time at ``rate`` values a second, with slide and bend."""
    t = np.arange(n_samples) / rate
    slide = stroke.glide * np.clip((t - stroke.glide_at_s) / 0.08, 0, 1)
    arch = np.sin(np.pi * np.clip((t - 0.08) / max(stroke.held_s - 0.08, 0.1), 0, 1)) ** 2
    return stroke.midi + slide + stroke.bend * arch


def pitch_at_end(stroke: Stroke) -> float:
    """Return the MIDI number at which the stroke's string is let go."""
    return stroke.midi + (stroke.glide if stroke.held_s > stroke.glide_at_s else 0.0)


def largest_shift(stroke: Stroke, guitar: Guitar) -> float:
    """Return the largest number of semitones by which the stroke's sample has to be shifted."""
    curve = pitch_curve(stroke, int(stroke.held_s * RENDER_RATE / 64), RENDER_RATE / 64)
    return float(np.abs(curve - guitar.nearest(stroke.midi + stroke.glide / 2).midi).max(initial=0.0))


def played_notes(strokes: list[Stroke], seconds: float) -> list[Note]:
    """Return the strokes as notes: a note ends when the next begins, or when its string is damped."""
    notes = []
    for stroke, following in zip(strokes, [*strokes[1:], None], strict=True):
        offset_s = min(stroke.onset_s + stroke.held_s, following.onset_s if following else seconds, seconds)
        notes.append(Note(stroke.onset_s, offset_s, stroke.midi, float(velocity_of(stroke.gain_db)), stroke.plucked))
    return notes


def played_midi(strokes: list[Stroke], times_s: np.ndarray) -> np.ndarray:
    """Return (N,) MIDI: the pitch of the newest stroke at times (N,) in s, with slide and bend; NaN after its end."""
    midi = np.full(len(times_s), np.nan)
    for stroke in strokes:
        age_s = times_s - stroke.onset_s
        curve = pitch_curve(stroke, 1 + int(stroke.held_s * CURVE_RATE), CURVE_RATE)
        midi[age_s >= 0] = np.nan
        held = (age_s >= 0) & (age_s < stroke.held_s)
        midi[held] = curve[(age_s[held] * CURVE_RATE).astype(int)]
    return midi
