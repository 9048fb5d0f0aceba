"""Legato hums computed from known notes. They measure how well hums without consonants are segmented into notes.

The voice is that of ``singer``, without consonants. Notes are joined by pitch steps, by dips of the level, by slides
and by breaths, with scoops, vibrato, drift, and the noise of a room.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from hum2guitar.note import Note, midi_to_hz
from train.synth import singer
from train.synth.melody import SCALES, Stroke
from train.synth.singer import CONTROL_RATE, RATE

JOINS = {"step": 0.45, "dip": 0.25, "slide": 0.12, "breath": 0.18}  # how the next note is reached, and how often
SINGING_MIDI = (45, 69)  # A2 to A4: the range of low and high voices together
STEP_S, SLIDE_S = (0.04, 0.12), (0.12, 0.30)  # how long a legato step and a slide take
DIP_DB, DIP_S = (4.0, 12.0), (0.04, 0.10)
BREATH_S = (0.25, 0.6)
NOTE_S, LONG_NOTE_S = (0.2, 0.9), (0.4, 0.9)  # notes beside a slide are long, or nothing but the slide would be heard


@dataclass(frozen=True)
class Join:
    """How a note is reached: a kind of ``JOINS``, its duration in seconds, and for a dip its depth in dB."""

    kind: str
    seconds: float
    depth_db: float = 0.0


@dataclass(frozen=True)
class Hum:
    """A computed hum, (T,) float32 at ``singer.RATE``, and its true notes."""

    waveform: np.ndarray
    notes: list[Note]


def hums(n_hums: int, seconds: float, seed: int) -> list[Hum]:
    """Compute ``n_hums`` hums of ``seconds`` each; the same seed gives the same hums."""
    return [hum(seconds, np.random.default_rng([seed, index])) for index in range(n_hums)]


def hum(seconds: float, rng: np.random.Generator) -> Hum:
    """Compute one hum: a walk along a scale, by a random voice."""
    notes, joins = compose(seconds, rng)
    n_control, n_samples = int(seconds * CONTROL_RATE), int(seconds * RATE)
    sample_s, control_s = np.arange(n_samples) / RATE, np.arange(n_control) / CONTROL_RATE
    f0_hz = midi_to_hz(contour(notes, joins, control_s, rng))
    level_db = envelope(notes, joins, control_s, rng)
    jitter = gaussian_filter1d(rng.normal(size=n_samples), 40) * np.sqrt(2 * np.sqrt(np.pi) * 40)
    f0_samples = np.interp(sample_s, control_s, f0_hz) * (1 + rng.uniform(0.0005, 0.003) * jitter)
    strokes = [Stroke(note.onset_s, note.offset_s - note.onset_s, note.midi, 0.0, 0.05) for note in notes]
    formants = singer.tract(strokes[:1], ["none"], n_control, rng)  # one vowel, or the lips closed: no consonants
    phase = 2 * np.pi * np.cumsum(f0_samples) / RATE
    voiced = singer.harmonics(phase, f0_hz, formants, sample_s, control_s, rng.uniform(-18, -5), rng)
    voiced /= np.sqrt((voiced**2).mean()) + 1e-9
    voiced *= np.interp(sample_s, control_s, 10 ** (level_db / 20))
    voiced += breaths(notes, joins, sample_s, rng)
    voiced += 10 ** (rng.uniform(-60, -25) / 20) * singer.noise(n_samples, rng.uniform(300, 2500), rng)
    return Hum((0.1 * voiced).astype(np.float32), notes)


def compose(seconds: float, rng: np.random.Generator) -> tuple[list[Note], list[Join]]:
    """Compose notes, and how each of them is reached.

    The onset of a note after a step or a slide is the middle of the glide; after a dip it is the end of the dip.
    """
    steps = SCALES[str(rng.choice(list(SCALES)))]
    low = int(rng.integers(SINGING_MIDI[0], SINGING_MIDI[1] - 12))
    allowed = [midi for midi in range(low, low + 16) if (midi - low) % 12 in steps]
    position, detune = int(rng.integers(len(allowed))), rng.uniform(-0.5, 0.5)
    time_s, join = rng.uniform(0.3, 0.8), Join("breath", 0.4)
    notes: list[Note] = []
    joins: list[Join] = []
    while time_s < seconds - 1.2:
        kind = str(rng.choice(list(JOINS), p=list(JOINS.values())))
        beside_slide = "slide" in (kind, join.kind)
        offset_s = time_s + rng.uniform(*(LONG_NOTE_S if beside_slide else NOTE_S))
        notes.append(Note(time_s, offset_s, allowed[position] + detune, 1.0, join.kind != "slide"))
        joins.append(join)
        if kind != "dip" or rng.random() < 0.3:  # a dip mostly repeats the note
            position = _elsewhere(position, len(allowed), rng, smallest=2 if kind == "slide" else 1)
        gap_s, join = _join(kind, rng)
        time_s = offset_s + gap_s
    return notes, joins


def _elsewhere(position: int, n_allowed: int, rng: np.random.Generator, smallest: int) -> int:
    leaps = [leap for leap in range(-4, 5) if abs(leap) >= smallest and 0 <= position + leap < n_allowed]
    return position + int(rng.choice(leaps, p=_small_first(leaps)))


def _small_first(leaps: list[int]) -> np.ndarray:
    weight = 1 / np.abs(np.array(leaps, dtype=float))
    return weight / weight.sum()


def _join(kind: str, rng: np.random.Generator) -> tuple[float, Join]:
    """Return the seconds between two notes, and how the second is reached."""
    if kind == "step":
        return 0.0, Join(kind, rng.uniform(*STEP_S))
    if kind == "slide":
        return 0.0, Join(kind, rng.uniform(*SLIDE_S))
    if kind == "dip":
        dip = Join(kind, rng.uniform(*DIP_S), rng.uniform(*DIP_DB))
        return dip.seconds, dip
    return (pause_s := rng.uniform(*BREATH_S)), Join(kind, pause_s)


def contour(notes: list[Note], joins: list[Join], times_s: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return (K,) MIDI at ``times_s``: raised-cosine glides, vibrato, drift, and scoops after breaths and dips."""
    midi = np.full(len(times_s), notes[0].midi)
    vibrato_hz, vibrato = rng.uniform(4.5, 6.5), rng.choice([0.0, 1.0]) * rng.uniform(0.1, 1.0)
    scoop, scoop_s = rng.choice([0.0, 1.0]) * rng.uniform(-2.5, 0.5), rng.uniform(0.02, 0.05)
    wobble = np.zeros(len(times_s))
    for before, note, join in zip(notes, notes[1:], joins[1:], strict=False):
        glide_s = join.seconds if join.kind in ("step", "slide") else 0.03
        passed = np.clip((times_s - note.onset_s) / glide_s + (0.5 if join.kind != "dip" else 1.0), 0, 1)
        midi += (note.midi - before.midi) * 0.5 * (1 - np.cos(np.pi * passed))
    for note, join in zip(notes, joins, strict=True):
        inside = (times_s >= note.onset_s) & (times_s < note.offset_s)
        age_s, left_s = times_s[inside] - note.onset_s, note.offset_s - times_s[inside]
        settled = np.clip((age_s - 0.15) / 0.15, 0, 1) * np.clip((left_s - 0.05) / 0.1, 0, 1)
        wobble[inside] = vibrato * settled * np.sin(2 * np.pi * vibrato_hz * age_s)
        if join.kind in ("breath", "dip"):
            wobble[inside] += scoop * (1.0 if join.kind == "breath" else 0.4) * np.exp(-age_s / scoop_s)
    drift = gaussian_filter1d(rng.normal(size=len(times_s)), 0.12 * CONTROL_RATE)
    return midi + gaussian_filter1d(wobble, 4) + rng.uniform(0.02, 0.15) * drift / drift.std()


def envelope(notes: list[Note], joins: list[Join], times_s: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return (K,) dB at ``times_s``: phrases that fade in and out, dips before the notes they lead to, swells."""
    level = np.full(len(times_s), 1e-4)
    attack_s, release_s = rng.uniform(0.02, 0.08), rng.uniform(0.03, 0.12)
    for n, (note, join) in enumerate(zip(notes, joins, strict=True)):
        last = n + 1 == len(notes) or joins[n + 1].kind == "breath"
        stop_s = note.offset_s if last else notes[n + 1].onset_s
        inside = (times_s >= note.onset_s - (attack_s / 2 if join.kind == "breath" else 0)) & (times_s < stop_s)
        age_s = times_s[inside] - note.onset_s
        level[inside] = 10 ** ((rng.uniform(-3, 3) - rng.uniform(0, 6) * np.maximum(age_s, 0)) / 20)
        if join.kind == "breath":
            level[inside] *= np.clip(age_s / attack_s + 0.5, 0.001, 1)
        if last:
            after = (times_s >= stop_s) & (times_s < stop_s + 4 * release_s)
            level[after] = level[inside][-1] * np.exp(-(times_s[after] - stop_s) / release_s)
        if join.kind == "dip":
            dip = (times_s >= note.onset_s - join.seconds) & (times_s < note.onset_s)
            level[dip] = level[inside][0] * 10 ** (-join.depth_db / 20)
    swell = gaussian_filter1d(rng.normal(size=len(times_s)), 0.15 * CONTROL_RATE)
    return 20 * np.log10(gaussian_filter1d(level, 0.008 * CONTROL_RATE)) + rng.uniform(0.2, 1.0) * swell / swell.std()


def breaths(notes: list[Note], joins: list[Join], sample_s: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return (T,) at ``sample_s``: the breath before each phrase, at about a tenth of the voice's level."""
    envelope = np.zeros(len(sample_s))
    for note, join in zip(notes, joins, strict=True):
        if join.kind == "breath":
            width_s = join.seconds / 5
            envelope += np.exp(-0.5 * ((sample_s - (note.onset_s - join.seconds / 2)) / width_s) ** 2)
    return 10 ** (rng.uniform(-35, -14) / 20) * envelope * singer.noise(len(sample_s), rng.uniform(800, 3000), rng)
