"""Melodies played from note samples: a corpus whose every onset, pitch and level is known.

A take is composed (``compose``: a list of Strokes), rendered (``render_take``), coloured (``colour``: equaliser,
room, noise floor) and written with the notes that were played.
"""

from __future__ import annotations

import csv
import logging
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import fftconvolve, firwin2, lfilter, minimum_phase

from hum2guitar.analysis import audio
from hum2guitar.analysis.f0 import condition
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import Config
from hum2guitar.errors import AudioError, CorpusError
from hum2guitar.note import VELOCITY_SPAN_DB, Note, hz_to_midi, velocity_of
from train.corpus.instruments import check_for_generator
from train.corpus.store import TakeInfo, write_index, write_take

log = logging.getLogger(__name__)

RENDER_RATE = 44100
TAKE_S = 20.0
ATTACK_LEVEL_DB = -20.0  # RMS of the first 300 ms of a note of velocity 1; gives takes the Config's loudness, about
PITCH_TOLERANCE_CENTS = 60.0
MAX_SHIFT = 1.0  # semitones by which a sample is moved, besides its guitar's detuning
MAX_DETUNE = 0.15
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "pentatonic": (0, 3, 5, 7, 10),
    "chromatic": tuple(range(12)),
}


@dataclass(frozen=True)
class Sample:
    """One recorded note: waveform (T,) at ``RENDER_RATE`` from just before its attack, levelled; its true pitch.

    ``gain_db`` is the level at which it was played, below the loudest of its velocity layers.
    """

    waveform: np.ndarray
    midi: float
    attack_s: float
    gain_db: float = 0.0


@dataclass(frozen=True)
class Guitar:
    """A named set of samples, with the licence under which they may be used."""

    name: str
    samples: tuple[Sample, ...]
    licence: str
    source: str

    @property
    def range(self) -> tuple[int, int]:
        """Lowest and highest note (MIDI)."""
        pitches = [sample.midi for sample in self.samples]
        return round(min(pitches)), round(max(pitches))

    def nearest(self, midi: float, gain_db: float = 0.0) -> Sample:
        """The sample whose pitch is nearest, in the velocity layer whose level is nearest."""
        return min(self.samples, key=lambda s: (abs(round(s.midi) - midi), abs(s.gain_db - gain_db)))


@dataclass(frozen=True)
class Stroke:
    """One note to play: when, what, how loud (dB), until when it is held, and what the left hand does.

    ``glide`` semitones are slid to at ``glide_at_s`` after the onset; ``bend`` semitones are bent and let go.
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


def build(
    guitars: list[Guitar], hours: float, out: Path, config: Config, *, seed: int, processes: int, command: str
) -> None:
    """Render ``hours`` of takes in parallel; the same seed gives the same corpus whatever the number of processes.

    Raises CorpusError for a guitar that is kept for the judge or the test.
    """
    check_for_generator([guitar.name for guitar in guitars])
    n_takes = max(2, round(hours * 3600 / TAKE_S))
    first_validation = n_takes - max(1, n_takes // 20)
    make = partial(_make_take, out=out, config=config, seed=seed, first_validation=first_validation)
    with ProcessPoolExecutor(processes, initializer=_guitars.extend, initargs=(guitars,)) as pool:
        infos = list(pool.map(make, range(n_takes), chunksize=4))
    write_index(out, infos, config, command)


def load_guitars(folder: Path) -> list[Guitar]:
    """Every subfolder of note samples named by MIDI number (045.flac); licences from manifest.csv where present.

    A sample whose pitch is not what its name says is refused by name. Raises CorpusError when nothing is left.
    """
    if not folder.is_dir():
        raise CorpusError(f"there is no folder {folder}; give --notes a folder with one subfolder of samples a guitar")
    licences = _read_licences(folder / "manifest.csv")
    guitars = []
    for subfolder in sorted(path for path in folder.iterdir() if path.is_dir()):
        samples = [sample for path in sorted(subfolder.iterdir()) if (sample := load_sample(path))]
        if len(samples) >= 2:
            licence, source = licences.get(subfolder.name, ("not stated", str(subfolder.name)))
            guitars.append(Guitar(subfolder.name, tuple(samples), licence, source))
    if not guitars:
        raise CorpusError(f"{folder} holds no usable note samples; name them by MIDI number, as in steel/045.flac")
    return guitars


def choose(guitars: list[Guitar], names: list[str]) -> list[Guitar]:
    """The guitars of those names. Raises CorpusError for a name that none of them has."""
    by_name = {guitar.name: guitar for guitar in guitars}
    for name in names:
        if name not in by_name:
            raise CorpusError(f"there is no guitar {name} here; there are {', '.join(by_name)}")
    return [by_name[name] for name in names]


def _read_licences(manifest: Path) -> dict[str, tuple[str, str]]:
    if not manifest.is_file():
        return {}
    with manifest.open(newline="") as file:
        return {row["pack"]: (row["licence"], row["source"]) for row in csv.DictReader(file)}


def load_sample(path: Path) -> Sample | None:
    """Read, trim to the attack, check the pitch and level one sample; None (and a log line) for one refused."""
    if not path.stem.isdigit():
        return None
    try:
        waveform, sample_rate = audio.load(path)
    except AudioError as error:
        log.warning("refused %s: %s", path, error)
        return None
    return make_sample(waveform, sample_rate, int(path.stem), str(path))


def make_sample(waveform: np.ndarray, sample_rate: int, key: int, name: str, gain_db: float = 0.0) -> Sample | None:
    """The sample of a recording said to be MIDI number ``key``; None (and a log line) for one refused."""
    try:
        resampled = audio.prepare(waveform, sample_rate, RENDER_RATE, ATTACK_LEVEL_DB)
    except AudioError as error:
        log.warning("refused %s: %s", name, error)
        return None
    envelope = np.convolve(np.abs(resampled), np.ones(64) / 64, mode="same")
    attack = int(np.argmax(envelope > 0.1 * envelope[:RENDER_RATE].max()))
    start = max(0, attack - int(0.005 * RENDER_RATE))
    trimmed = resampled[start:]
    midi = measure_midi(trimmed)
    cents = 100 * (midi - key)
    if not abs(cents) <= PITCH_TOLERANCE_CENTS:
        reason = "no pitch found" if np.isnan(cents) else f"its pitch is {cents:.0f} cents away"
        log.warning("refused %s as MIDI %s: %s", name, key, reason)
        return None
    level = np.sqrt((trimmed[: int(0.3 * RENDER_RATE)] ** 2).mean())
    levelled = trimmed * np.float32(10 ** (ATTACK_LEVEL_DB / 20) / level)
    return Sample(levelled, midi, (attack - start) / RENDER_RATE, gain_db)


def measure_midi(waveform: np.ndarray) -> float:
    """The fractional MIDI number of a recorded note: the median F0 of its first two seconds, NaN if unpitched."""
    head = audio.prepare(waveform[: 2 * RENDER_RATE], RENDER_RATE, 22050, ATTACK_LEVEL_DB)
    conditioned = condition(head, Config())
    _, f0_hz, confidence = load_tracker("swift").detect(conditioned, 22050, 65.0, 2000.0)
    return float(np.median(hz_to_midi(f0_hz[confidence > 0.5]))) if (confidence > 0.5).any() else float("nan")


def compose(guitar: Guitar, seconds: float, rng: np.random.Generator) -> list[Stroke]:
    """A walk along a scale within the guitar's range, as a beginner improvises: mostly steps, some leaps and rests."""
    low, high = guitar.range
    steps = SCALES[str(rng.choice(list(SCALES)))]
    root = int(rng.integers(12))
    allowed = [
        midi
        for midi in range(low, high + 1)
        if (midi - root) % 12 in steps and abs(guitar.nearest(midi).midi - midi) <= MAX_SHIFT
    ]
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
        if rng.random() < 0.1:
            time_s += duration
            continue
        if rng.random() > 0.15:  # else the same note again
            leap = int(rng.choice([1, 2, 3, 5, 8], p=[0.55, 0.2, 0.1, 0.1, 0.05])) * int(rng.choice([-1, 1]))
            position = int(np.clip(position + leap, 0, len(allowed) - 1))
        loudness_db = float(np.clip(loudness_db + rng.normal(0, 2.5), -16, 0))
        stroke = _stroke(time_s, duration, allowed[position] + detune, loudness_db, style, strokes, rng)
        if largest_shift(stroke, guitar) > MAX_SHIFT + MAX_DETUNE:  # a gap in the samples: play it straight
            stroke = replace(stroke, glide=0.0, bend=0.0)
        strokes.append(stroke)
        time_s += duration * rng.uniform(0.97, 1.03)
    return strokes


def _stroke(
    onset_s: float,
    duration: float,
    midi: float,
    gain_db: float,
    style: str,
    before: list[Stroke],
    rng: np.random.Generator,
) -> Stroke:
    """One stroke in the take's style, sometimes with a slide, a bend, or hammered on instead of plucked."""
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
    """(n_samples,) MIDI — the pitch of a stroke over time, with its slide or bend."""
    t = np.arange(n_samples) / rate
    slide = stroke.glide * np.clip((t - stroke.glide_at_s) / 0.08, 0, 1)
    arch = np.sin(np.pi * np.clip((t - 0.08) / max(stroke.held_s - 0.08, 0.1), 0, 1)) ** 2
    return stroke.midi + slide + stroke.bend * arch


def largest_shift(stroke: Stroke, guitar: Guitar) -> float:
    """The semitones by which the stroke's sample is shifted at most."""
    curve = pitch_curve(stroke, int(stroke.held_s * RENDER_RATE / 64), RENDER_RATE / 64)
    return float(np.abs(curve - guitar.nearest(stroke.midi + stroke.glide / 2).midi).max(initial=0.0))


def render_stroke(stroke: Stroke, guitar: Guitar) -> tuple[np.ndarray, float]:
    """A stroke as (T,) float32 at ``RENDER_RATE``, and the seconds from its start to the attack.

    The sample is played at the speed of the pitch curve, and comes from the middle of it, so that no moment of it is
    shifted by much more than a semitone. Soft strokes lose treble; a hammer-on starts behind the sample's attack.
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
    envelope = np.ones(len(sound), dtype=np.float32)
    held = int(stroke.held_s * RENDER_RATE)
    after = np.arange(max(0, len(sound) - held))
    envelope[held:] = np.exp(-4 * after / (stroke.release_s * RENDER_RATE))
    fade = min(len(sound), int((0.002 if stroke.plucked else 0.012) * RENDER_RATE))
    envelope[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    tail = min(len(sound), int(0.01 * RENDER_RATE))
    envelope[len(sound) - tail :] *= np.linspace(1, 0, tail, dtype=np.float32)
    return sound * envelope * np.float32(10 ** (stroke.gain_db / 20)), sample.attack_s if stroke.plucked else 0.0


def render_take(strokes: list[Stroke], guitar: Guitar, seconds: float) -> np.ndarray:
    """(seconds · RENDER_RATE,) float32 — the strokes mixed, each attack at its stroke's onset to the sample."""
    mix = np.zeros(int(seconds * RENDER_RATE), dtype=np.float32)
    for stroke in strokes:
        sound, attack_s = render_stroke(stroke, guitar)
        start = round((stroke.onset_s - attack_s) * RENDER_RATE)
        sound = sound[max(0, -start) :]
        start = max(0, start)
        sound = sound[: len(mix) - start]
        mix[start : start + len(sound)] += sound
    return mix


def colour(waveform: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What lies between a guitar and a recording of it: an equaliser's slopes, a small room, a noise floor."""
    nyquist = RENDER_RATE / 2
    if rng.random() < 0.7:
        octaves = np.array([0, 60, 120, 250, 500, 1000, 2000, 4000, 8000, nyquist])
        gain_db = np.interp(np.log2(octaves + 30), np.log2([30, 150, 700, 3000, nyquist]), rng.normal(0, 2.5, 5))
        # the minimum-phase filter has the square root of the magnitude it is made from
        taps = minimum_phase(firwin2(1023, octaves, 10 ** (2 * gain_db / 20), fs=RENDER_RATE))
        waveform = fftconvolve(waveform, taps)[: len(waveform)]
    if rng.random() < 0.6:
        decay_s = rng.uniform(0.1, 0.4)
        t = np.arange(int(decay_s * RENDER_RATE)) / RENDER_RATE
        room = rng.normal(size=len(t)) * np.exp(-6.9 * t / decay_s)
        room *= 10 ** (rng.uniform(-24, -12) / 20) / np.sqrt((room**2).sum())
        room[0] += 1
        waveform = fftconvolve(waveform, room)[: len(waveform)]
    noise = rng.normal(size=len(waveform)) * 10 ** (rng.uniform(-95, -70) / 20)
    return (waveform + noise).astype(np.float32)


def played_notes(strokes: list[Stroke], seconds: float) -> list[Note]:
    """What the label is told: a note ends when the next begins, or when its string is damped."""
    notes = []
    for stroke, following in zip(strokes, [*strokes[1:], None], strict=True):
        offset_s = min(stroke.onset_s + stroke.held_s, following.onset_s if following else seconds, seconds)
        notes.append(Note(stroke.onset_s, offset_s, stroke.midi, float(velocity_of(stroke.gain_db)), stroke.plucked))
    return notes


_guitars: list[Guitar] = []  # a worker process's own, given to it once: hundreds of megabytes


def _make_take(index: int, *, out: Path, config: Config, seed: int, first_validation: int) -> TakeInfo:
    rng = np.random.default_rng([seed, index])
    guitar = _guitars[index % len(_guitars)]
    strokes = compose(guitar, TAKE_S, rng)
    coloured = colour(render_take(strokes, guitar, TAKE_S), rng)
    waveform = audio.resample(coloured, RENDER_RATE, config.sample_rate)
    # one gain for the whole corpus, not one a take: velocity must mean the same level everywhere
    waveform *= np.float32(10 ** ((config.loudness_db - ATTACK_LEVEL_DB + 4) / 20))
    split = "validation" if index >= first_validation else "train"
    info = TakeInfo(f"{index:05d}", guitar.name, split, TAKE_S, guitar.licence, guitar.source)
    write_take(out, info, waveform, played_notes(strokes, TAKE_S), config)
    return info
