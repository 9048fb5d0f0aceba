"""Changes that make a guitar's label look like a hum's. The target is never changed.

Every function takes (and never changes) curves on the mel's frames and a ``numpy.random.Generator``; f0_hz is (N,)
with NaN where unvoiced, level_db is (N,), notes are in order of onset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.note import Note
from hum2guitar.synthesis.controls import Controls, build_controls
from train.flags import flag

Shape = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class AugmentationConfig:
    """How often each change is made, as probabilities per segment.

    hum_like : that a segment is changed at all; the changes below it are made to such segments
    plucked : that a segment is ``plucked``, not ``follow``
    unknown_guitar : that the condition does not name the guitar

    Raises UserError for a number that is no probability.
    """

    hum_like: float = 0.6
    plucked: float = 0.5
    unknown_guitar: float = 0.4
    envelope: float = 0.4
    glide: float = 0.25
    vibrato: float = 0.25
    jitter: float = 0.5
    octave_slips: float = 0.15
    dropped_frames: float = 0.3
    voicing: float = 0.7

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (isinstance(value, (int, float)) and 0 <= value <= 1):
                raise UserError(f"{flag(name)} is {value}; it must be a probability from 0 to 1")


def frames_of(note: Note, n_frames: int, config: Config) -> slice:
    """The frames whose centres lie inside a note."""
    start, stop = np.ceil(np.array([note.onset_s, note.offset_s]) / config.frame_s).astype(int)
    return slice(int(np.clip(start, 0, n_frames)), int(np.clip(stop, 0, n_frames)))


def flattened(level_db: np.ndarray, notes: list[Note], config: Config, rng: np.random.Generator) -> np.ndarray:
    """Give each note its mean level throughout, like an organ."""
    return _per_note(level_db, notes, config, lambda level: np.full_like(level, level.mean()))


def sustained(level_db: np.ndarray, notes: list[Note], config: Config, rng: np.random.Generator) -> np.ndarray:
    """Fade each note in over 50 to 250 ms to a plateau, like a vowel."""
    rise = rng.uniform(0.05, 0.25) / config.frame_s
    ramp_db = rng.uniform(6, 20)
    return _per_note(
        level_db, notes, config, lambda level: level.max() - ramp_db * np.clip(1 - np.arange(len(level)) / rise, 0, 1)
    )


def swelling(level_db: np.ndarray, notes: list[Note], config: Config, rng: np.random.Generator) -> np.ndarray:
    """Make each note loudest in its middle or at its end."""
    peak, depth_db = rng.uniform(0.4, 1.0), rng.uniform(4, 15)

    def swell(level: np.ndarray) -> np.ndarray:
        position = np.linspace(0, 1, len(level)) if len(level) > 1 else np.ones(1)
        return level.max() - depth_db * np.abs(position - peak) / max(peak, 1 - peak)

    return _per_note(level_db, notes, config, swell)


def _per_note(level_db: np.ndarray, notes: list[Note], config: Config, shape: Shape) -> np.ndarray:
    level_db = level_db.copy()
    for note in notes:
        inside = frames_of(note, len(level_db), config)
        if inside.stop > inside.start:
            level_db[inside] = shape(level_db[inside])
    return level_db


ENVELOPES = (flattened, sustained, swelling)


def glide(f0_hz: np.ndarray, notes: list[Note], config: Config, rng: np.random.Generator) -> np.ndarray:
    """Let each note begin up to two semitones off and arrive within 40 to 150 ms."""
    semitones = np.zeros(len(f0_hz))
    for note in notes:
        inside = frames_of(note, len(f0_hz), config)
        arrival = rng.uniform(0.04, 0.15) / config.frame_s
        depth = rng.normal(-0.7, 0.8)
        remaining = np.clip(1 - np.arange(inside.stop - inside.start) / arrival, 0, 1)
        semitones[inside] = np.clip(depth, -2, 2) * remaining**2
    return _shift(f0_hz, semitones)


def vibrato(f0_hz: np.ndarray, config: Config, rng: np.random.Generator) -> np.ndarray:
    """Add a singer's vibrato: 4.5 to 6.5 Hz, up to 40 cents to either side."""
    t = np.arange(len(f0_hz)) * config.frame_s
    return _shift(f0_hz, rng.uniform(0.05, 0.4) * np.sin(2 * np.pi * (rng.uniform(4.5, 6.5) * t + rng.random())))


def jitter(f0_hz: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add the noise of an unsteady voice: 5 to 20 cents, smoothed over three frames."""
    noise = np.convolve(rng.normal(size=len(f0_hz) + 2), np.ones(3) / np.sqrt(3), mode="valid")
    return _shift(f0_hz, rng.uniform(0.05, 0.2) * noise)


def octave_slips(f0_hz: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put up to three frames an octave off in one to three places, as trackers do."""
    semitones = np.zeros(len(f0_hz))
    for _ in range(rng.integers(1, 4)):
        start = rng.integers(len(f0_hz))
        semitones[start : start + rng.integers(1, 4)] = rng.choice([-12, 12])
    return _shift(f0_hz, semitones)


def dropped_frames(f0_hz: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lose the voicing in up to six places, for one to four frames each."""
    f0_hz = f0_hz.copy()
    for _ in range(rng.integers(1, 7)):
        start = rng.integers(len(f0_hz))
        f0_hz[start : start + rng.integers(1, 5)] = np.nan
    return f0_hz


def early_or_late(notes: list[Note], rng: np.random.Generator, sigma_s: float = 0.025) -> list[Note]:
    """Let the voicing begin and end a little before or after the string is plucked and damped.

    The onset channel is not built from these notes. If it were wrong about the target, the generator would learn to
    spread each attack over all the places where it might be.
    """
    moved = []
    for note in notes:
        onset_s = note.onset_s + rng.normal(0, sigma_s)
        offset_s = max(onset_s + 0.03, note.offset_s + rng.normal(0, 2 * sigma_s))
        moved.append(replace(note, onset_s=onset_s, offset_s=offset_s))
    return moved


def _shift(f0_hz: np.ndarray, semitones: np.ndarray) -> np.ndarray:
    return (f0_hz * 2 ** (semitones / 12)).astype(f0_hz.dtype)


def hum_like_controls(
    f0_hz: np.ndarray,
    energy_db: np.ndarray,
    onset_strength: np.ndarray,
    notes: list[Note],
    articulation: str,
    config: Config,
    augmentation: AugmentationConfig,
    rng: np.random.Generator,
) -> Controls:
    """Return the label's curves, (N,) each, as inference would have them from a hum of the same melody."""
    if rng.random() < augmentation.glide:
        f0_hz = glide(f0_hz, notes, config, rng)
    if rng.random() < augmentation.vibrato:
        f0_hz = vibrato(f0_hz, config, rng)
    if rng.random() < augmentation.jitter:
        f0_hz = jitter(f0_hz, rng)
    if rng.random() < augmentation.octave_slips:
        f0_hz = octave_slips(f0_hz, rng)
    if rng.random() < augmentation.dropped_frames:
        f0_hz = dropped_frames(f0_hz, rng)
    voiced = early_or_late(notes, rng) if rng.random() < augmentation.voicing else notes
    controls = build_controls(f0_hz, energy_db, onset_strength, voiced, articulation, config)
    if articulation == "plucked" and rng.random() < augmentation.envelope:
        envelope = ENVELOPES[rng.integers(len(ENVELOPES))]
        controls = replace(controls, level_db=envelope(controls.level_db, voiced, config, rng))
    as_played = build_controls(f0_hz, energy_db, onset_strength, notes, articulation, config)
    return replace(controls, onset=as_played.onset, age_s=as_played.age_s)
