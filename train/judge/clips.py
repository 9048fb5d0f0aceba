"""What the judge hears: guitars and others playing the same kind of melodies, all through mel and inversion.

A clip is a melody (``melody.compose``), played by an instrument of the table, recorded somewhere (``colour``,
``microphone``), made into a mel, blurred a little as a generator might, and inverted. Both classes go the same way.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from scipy.signal import butter, sosfilt

from hum2guitar import mel
from hum2guitar.analysis import audio, f0
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import Config
from hum2guitar.note import midi_to_hz
from hum2guitar.synthesis.inversion import griffin_lim
from train.corpus.instruments import COMPUTED, Instrument, of_role
from train.corpus.soundfont import BLOCK, SoundFont
from train.judge.judge import SILENT_DB, hear
from train.judge.voices import Voice, read_voices
from train.synth import singer
from train.synth.colour import colour
from train.synth.guitar import ATTACK_LEVEL_DB, RENDER_RATE, Guitar, Sample
from train.synth.melody import Stroke, compose, pitch_curve
from train.synth.render import render_take

CLIP_S = 8.0
SECTIONS = ("font", "computed", "recorded")
SHARES = {True: (0.7, 0.3, 0.0), False: (0.45, 0.3, 0.25)}  # of guitars, of the others, where all sections are there
CLEAR_DB = 8.0  # a half-second that is to be learnt, or scored, stands this far above the noise that was added
CONFIG = Config()


@dataclass(frozen=True)
class Clip:
    """One melody as the judge hears it after mel and inversion: (M, N) float16 dB on the judge's grid.

    ``depth_db``: half-seconds further than this under the loudest are silence, or the noise that was added.
    """

    instrument: Instrument
    mel_db: np.ndarray
    depth_db: float = SILENT_DB


def clips(fonts: Path, role: str, n_clips: int, *, seed: int, processes: int, voices: Path | None = None) -> list[Clip]:
    """``n_clips`` melodies, half of them on guitars, by the instruments of a role; the same whatever ``processes``.

    The role's recorded voices sing where ``voices`` is the folder that holds them. Raises CorpusError where FluidSynth
    or a font is missing, or a voice, or its licence is not the table's.
    """
    orchestra = [instrument for instrument in of_role(role) if section_of(instrument) != "recorded"]
    for origin in {instrument.origin for instrument in orchestra if instrument.program is not None}:
        SoundFont(fonts / f"{origin}.sf2").close()  # here, for a worker's error comes late
    singers = read_voices(voices, [i for i in of_role(role) if section_of(i) == "recorded"]) if voices else {}
    orchestra += [instrument for instrument in of_role(role) if instrument.name in singers]
    make = partial(make_clip, fonts=fonts, orchestra=orchestra, voices=singers, seed=seed)
    # spawned, for a fork of a process whose torch has used its threads hangs in its first convolution
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, spawn, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        return list(pool.map(make, range(n_clips), chunksize=4))


def make_clip(index: int, fonts: Path, orchestra: list[Instrument], voices: dict[str, Voice], seed: int) -> Clip:
    """The clip of that number: even ones are guitars."""
    rng = np.random.default_rng([seed, index])
    side = [instrument for instrument in orchestra if instrument.guitar == (index % 2 == 0)]
    there = np.array([any(section_of(instrument) == section for instrument in side) for section in SECTIONS])
    chance = np.array(SHARES[index % 2 == 0]) * there
    section = str(rng.choice(SECTIONS, p=chance / chance.sum()))
    players = [instrument for instrument in side if section_of(instrument) == section]
    instrument = players[int(rng.integers(len(players)))]
    if section == "recorded":
        sound, f0_hz = voices[instrument.name].at_speed(2 ** (rng.uniform(-7, 7) / 12), CLIP_S, rng)
    else:
        strokes, sound = perform(instrument, fonts, rng)
        f0_hz = f0_of(strokes, int(CLIP_S * CONFIG.sample_rate))
    noise_db = float(rng.uniform(-70, -30))
    recorded = microphone(audio.resample(colour(sound, rng), RENDER_RATE, CONFIG.sample_rate), noise_db, rng)
    prepared = audio.prepare(recorded, CONFIG.sample_rate, CONFIG.sample_rate, CONFIG.loudness_db)
    heard = hear(vocode(prepared, f0_hz[: CONFIG.n_frames(len(prepared))], rng))
    return Clip(instrument, heard.astype(np.float16), min(SILENT_DB, -noise_db - CLEAR_DB))


def section_of(instrument: Instrument) -> str:
    """Which of the ``SECTIONS`` an instrument plays in."""
    if instrument.program is not None:
        return "font"
    return "computed" if instrument.origin == COMPUTED else "recorded"


def perform(instrument: Instrument, fonts: Path, rng: np.random.Generator) -> tuple[list[Stroke], np.ndarray]:
    """A melody and its sound, (T,) float32 at ``RENDER_RATE``, on an instrument of the table."""
    whistle = not instrument.guitar and instrument.origin == COMPUTED and rng.random() < 0.25
    low = 72 if whistle else int(rng.integers(40, 66))
    strokes = compose(compass(low, low + 20), CLIP_S, rng)
    if instrument.origin == COMPUTED and instrument.guitar:
        strings = computed_guitar({round(stroke.midi + stroke.glide / 2) for stroke in strokes}, rng)
        return strokes, render_take(strokes, strings, CLIP_S)
    if instrument.program is None:
        return strokes, audio.resample(singer.sing(strokes, CLIP_S, rng, whistle=whistle), singer.RATE, RENDER_RATE)
    strokes = [replace(stroke, midi=float(round(stroke.midi)), plucked=True) for stroke in strokes]
    font = SoundFont(fonts / f"{instrument.origin}.sf2")  # a new one: its dither goes on from one melody to the next
    controls = movements(strokes, int(CLIP_S * RENDER_RATE / BLOCK), instrument.guitar, rng)
    sound = font.perform(strokes, controls, instrument.program, instrument.bank, overlap=instrument.guitar)
    font.close()
    return strokes, sound * np.float32(10 ** (ATTACK_LEVEL_DB / 20) / (np.sqrt((sound**2).mean()) + 1e-9))


def compass(low: int, high: int) -> Guitar:
    """A mute guitar of that range, for composing on."""
    mute = np.zeros(1, dtype=np.float32)
    return Guitar("mute", tuple(Sample(mute, float(midi), 0.0) for midi in range(low, high + 1)), "MIT", "computed")


def computed_guitar(keys: set[int], rng: np.random.Generator) -> Guitar:
    """A guitar that no one built: stiff damped strings, plucked somewhere, on a body of random resonances.

    Partials k·f0·√(1 + B·k²) of height sin(πkp)/k, p the plucking point as a share of the string, that decay at a rate
    rising with frequency (Fletcher and Rossing, The Physics of Musical Instruments, chapters 2 and 9); a knock.
    """
    point, tilt, stiffness = rng.uniform(0.06, 0.4), rng.uniform(0.6, 1.8), 10 ** rng.uniform(-5, -3.7)
    slow, fast = 10 ** rng.uniform(-0.2, 0.75), 10 ** rng.uniform(-0.6, 0.9)  # 1/s: all partials, and more each kHz
    body_hz, body_db = 10 ** rng.uniform(1.9, 3.6, 8), rng.normal(0, 6, 8)
    attack_s, knock, knock_s = rng.uniform(0.0005, 0.004), 10 ** (rng.uniform(-40, -14) / 20), rng.uniform(0.005, 0.03)
    t = np.arange(int(3 * CONFIG.sample_rate)) / CONFIG.sample_rate
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
            n = min(len(t), int(8 / decay * CONFIG.sample_rate))
            sound[:n] += height * np.exp(-decay * t[:n]) * np.sin(2 * np.pi * (hz * t[:n] + rng.random()))
        sound *= 1 - np.exp(-t / attack_s)
        sound += knock * np.abs(sound).max() * np.exp(-t / knock_s) * rng.normal(size=len(t))
        level = np.sqrt((sound[: int(0.3 * CONFIG.sample_rate)] ** 2).mean())
        levelled = audio.resample(sound * 10 ** (ATTACK_LEVEL_DB / 20) / level, CONFIG.sample_rate, RENDER_RATE)
        samples.append(Sample(levelled, float(midi), attack_s))
    return Guitar("computed_strings", tuple(samples), "MIT", "computed")


def movements(strokes: list[Stroke], n_blocks: int, guitar: bool, rng: np.random.Generator) -> np.ndarray:
    """(n_blocks, 2) — pitch wheel in semitones, expression 0 to 1: what player's hands and breath do to each note.

    A guitar is bent as its strokes say; the others have vibrato, scoops, swells and fading breath as well.
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


def f0_of(strokes: list[Stroke], n_samples: int) -> np.ndarray:
    """(N,) Hz — the pitch of the latest stroke on each frame, NaN before the first."""
    frames_s = np.arange(CONFIG.n_frames(n_samples)) * CONFIG.frame_s
    f0_hz = np.full(len(frames_s), np.nan, dtype=np.float32)
    for stroke in strokes:
        f0_hz[frames_s >= stroke.onset_s] = midi_to_hz(stroke.midi)
    return f0_hz


def microphone(waveform: np.ndarray, noise_db: float, rng: np.random.Generator) -> np.ndarray:
    """What a phone adds, so that neither noise nor bandwidth tells a hum from a studio: both, by chance, in each class.

    (T,) at the Config's rate, the noise's level against the sound's → the same.
    """
    if rng.random() < 0.4:
        cutoff_hz = 10 ** rng.uniform(np.log10(3000), np.log10(10000))
        waveform = sosfilt(butter(4, cutoff_hz, fs=CONFIG.sample_rate, output="sos"), waveform)
    if rng.random() < 0.3:
        lowest_hz = rng.uniform(60, 250)
        waveform = sosfilt(butter(2, lowest_hz, "highpass", fs=CONFIG.sample_rate, output="sos"), waveform)
    spectrum = np.fft.rfft(rng.normal(size=len(waveform)))
    spectrum /= np.maximum(1, np.arange(len(spectrum))) ** rng.uniform(0, 0.8)
    noise = np.fft.irfft(spectrum, len(waveform))
    level = np.sqrt((waveform**2).mean()) * 10 ** (noise_db / 20)
    waveform = waveform + noise * level / noise.std()
    if rng.random() < 0.1:
        peak = np.abs(waveform).max()
        waveform = np.tanh(rng.uniform(1, 4) * waveform / peak)
    return waveform.astype(np.float32)


def vocode(waveform: np.ndarray, f0_hz: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(T,) → (T,): mel, a blur and grain as generators have them, inversion."""
    mel_db = mel.power_to_mel_db(mel.power_spectrogram(torch.from_numpy(waveform), CONFIG), CONFIG).numpy()
    if rng.random() < 0.6:
        mel_db = gaussian_filter(mel_db, [rng.uniform(0, 1.2), rng.uniform(0, 0.8)])
        mel_db = mel_db + rng.uniform(0, 2) * rng.normal(size=mel_db.shape)
    mel_db = np.clip(mel_db, CONFIG.mel_floor_db, CONFIG.mel_ceil_db).astype(np.float32)
    iterations = int(rng.choice([2, 4, 8]))
    return griffin_lim.invert(
        mel_db, f0_hz, len(waveform), CONFIG, iterations=iterations, seed=int(rng.integers(1 << 30))
    )


def through_vocoder(path: Path) -> np.ndarray:
    """A recording as the judge hears it: (T,) at the Config's rate, its own mel inverted with its own tracked F0."""
    waveform, sample_rate = audio.load(path)
    prepared = audio.prepare(waveform, sample_rate, CONFIG.sample_rate, CONFIG.loudness_db)
    f0_hz, _ = f0.track(f0.condition(prepared, CONFIG), CONFIG, load_tracker("swift"))
    mel_db = mel.power_to_mel_db(mel.power_spectrogram(torch.from_numpy(prepared), CONFIG), CONFIG).numpy()
    return griffin_lim.invert(mel_db, f0_hz, len(prepared), CONFIG)
