"""Compute the example hums: three tunes in the public domain, sung by a synthetic voice. No recording is used.

    python assets/make_examples.py

A voice is a sum of harmonics, whose levels fall with frequency (the glottal source), multiplied by the resonances of
the vocal tract (G. Fant, Acoustic Theory of Speech Production, 1960). It has what makes singing hard to track: vibrato,
drift, jitter, scoops into notes, glides between notes, closed lips instead of gaps, and breaths. The same seed gives
the same samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.ndimage import gaussian_filter1d

SAMPLE_RATE = 22050
CONTROL_RATE = 441  # curves have this rate, in Hz, and are interpolated to samples
FOLDER = Path(__file__).parent
PEAK = 0.5
LEAD_S = 0.45  # before the first note and after the last


@dataclass(frozen=True)
class Voice:
    """A vocal tract and the habits of a singer.

    Attributes
    ----------
    formants : (frequency Hz, bandwidth Hz, level dB) of each resonance with the lips open
    hum_formants : the same with the lips closed
    openness : 0 keeps the lips closed ("mm"), 1 opens them for each note ("ma")
    tilt_db : change of level per octave of the source
    breath_db : level of the noise, relative to the harmonics
    vibrato_hz, vibrato_cents : rate and amplitude of the vibrato
    scoop_cents : where a note begins, relative to its pitch
    glide_s : duration of the step between two notes
    """

    formants: tuple[tuple[float, float, float], ...]
    hum_formants: tuple[tuple[float, float, float], ...]
    openness: float
    tilt_db: float
    breath_db: float
    vibrato_hz: float
    vibrato_cents: float
    scoop_cents: float
    glide_s: float


@dataclass(frozen=True)
class Example:
    """One tune.

    Attributes
    ----------
    title, file_name : how the page calls it, and where it is written
    voice : who sings it
    beat_s : duration of a beat
    notes : (MIDI number, length in beats) of each note
    breaths : indices of the notes that follow a breath
    seed : of everything that is random
    """

    title: str
    file_name: str
    voice: Voice
    beat_s: float
    notes: tuple[tuple[int, float], ...]
    breaths: tuple[int, ...]
    seed: int

    @property
    def path(self) -> Path:
        """The file of this example."""
        return FOLDER / self.file_name

    def spans(self) -> list[tuple[float, float, int]]:
        """(onset s, offset s, MIDI number) of each note as written. A breath shortens the note before it."""
        starts = LEAD_S + self.beat_s * np.cumsum([0.0] + [beats for _, beats in self.notes])
        pauses = [0.22 if n + 1 in self.breaths else 0.0 for n in range(len(self.notes))]
        return [
            (float(start), float(stop - pause), midi)
            for start, stop, pause, (midi, _) in zip(starts, starts[1:], pauses, self.notes, strict=False)
        ]


HUM_FORMANTS = ((260.0, 90.0, 0.0), (1050.0, 260.0, -22.0), (2150.0, 350.0, -30.0))
LOW_VOICE = Voice(
    formants=((480.0, 90.0, 0.0), (980.0, 130.0, -9.0), (2400.0, 220.0, -20.0), (3200.0, 300.0, -24.0)),
    hum_formants=HUM_FORMANTS,
    openness=0.25,
    tilt_db=-9.0,
    breath_db=-46.0,
    vibrato_hz=4.8,
    vibrato_cents=14.0,
    scoop_cents=-90.0,
    glide_s=0.03,
)
HIGH_VOICE = Voice(
    formants=((700.0, 110.0, 0.0), (1250.0, 150.0, -7.0), (2850.0, 240.0, -16.0), (3900.0, 350.0, -22.0)),
    hum_formants=((310.0, 110.0, 0.0), (1250.0, 280.0, -22.0), (2600.0, 380.0, -30.0)),
    openness=1.0,
    tilt_db=-11.0,
    breath_db=-44.0,
    vibrato_hz=5.6,
    vibrato_cents=24.0,
    scoop_cents=-70.0,
    glide_s=0.035,
)
WHISTLE = Voice(
    formants=((1300.0, 900.0, 0.0),),
    hum_formants=((1300.0, 900.0, 0.0),),
    openness=1.0,
    tilt_db=-32.0,
    breath_db=-34.0,
    vibrato_hz=6.0,
    vibrato_cents=12.0,
    scoop_cents=-60.0,
    glide_s=0.02,
)

_C3, _D3, _E3, _F3, _G3 = 48, 50, 52, 53, 55  # the middle of a low voice
EXAMPLES = (
    Example(
        title="Ode to Joy, low voice",
        file_name="ode-to-joy-low-voice.flac",
        voice=LOW_VOICE,
        beat_s=0.5,
        notes=(
            *((midi, 1.0) for midi in (_E3, _E3, _F3, _G3, _G3, _F3, _E3, _D3, _C3, _C3, _D3, _E3)),
            (_E3, 1.5),
            (_D3, 0.5),
            (_D3, 2.0),
        ),
        breaths=(8,),
        seed=1824,
    ),
    Example(
        title="Greensleeves, high voice",
        file_name="greensleeves-high-voice.flac",
        voice=HIGH_VOICE,
        beat_s=0.38,
        notes=(
            *((64, 1.0), (67, 2.0), (69, 1.0), (71, 1.5), (72, 0.5), (71, 1.0), (69, 2.0), (66, 1.0)),
            *((62, 1.5), (64, 0.5), (66, 1.0), (67, 2.0), (64, 1.0), (64, 1.5), (63, 0.5), (64, 1.0), (66, 2.0)),
            *((63, 1.0), (59, 2.0)),
        ),
        breaths=(8, 13),
        seed=1580,
    ),
    Example(
        title="Frère Jacques, whistled",
        file_name="frere-jacques-whistled.flac",
        voice=WHISTLE,
        beat_s=0.42,
        notes=(
            *((midi, 1.0) for midi in (84, 86, 88, 84, 84, 86, 88, 84)),
            *((88, 1.0), (89, 1.0), (91, 2.0), (88, 1.0), (89, 1.0), (91, 2.0)),
        ),
        breaths=(4, 8, 11),
        seed=1780,
    ),
)


def sing(example: Example) -> np.ndarray:
    """Sing an example: (T,) float32 at ``SAMPLE_RATE``, with the peak ``PEAK``."""
    rng = np.random.default_rng(example.seed)
    spans, voice = example.spans(), example.voice
    n_control = int((spans[-1][1] + LEAD_S) * CONTROL_RATE)
    times_s = np.arange(n_control) / CONTROL_RATE
    cents = melody_cents(times_s, spans, voice, rng)
    level_db, openness = articulation(times_s, spans, example.breaths, voice, rng)
    f0_hz = 440 * 2 ** ((cents - 6900) / 1200)

    sample_s = np.arange(int(n_control * SAMPLE_RATE / CONTROL_RATE)) / SAMPLE_RATE
    f0_samples = np.interp(sample_s, times_s, f0_hz)
    # jitter: a slow random walk of the period, about 0.2 %, as voices have
    jitter = gaussian_filter1d(rng.normal(size=len(sample_s)), 40) * np.sqrt(2 * np.sqrt(np.pi) * 40)
    phase = 2 * np.pi * np.cumsum(f0_samples * (1 + 0.002 * jitter)) / SAMPLE_RATE
    voiced = harmonics(phase, f0_hz, openness, sample_s, times_s, voice, rng)
    amplitude = np.interp(sample_s, times_s, 10 ** (level_db / 20))
    breath = breath_noise(sample_s, times_s, spans, example.breaths, voice, rng)
    room = 10 ** (-62 / 20) * rng.normal(size=len(sample_s))
    waveform = voiced * amplitude * (1 + 10 ** (voice.breath_db / 20) * rng.normal(size=len(sample_s))) + breath + room
    return (PEAK * waveform / np.abs(waveform).max()).astype(np.float32)


def melody_cents(
    times_s: np.ndarray, spans: list[tuple[float, float, int]], voice: Voice, rng: np.random.Generator
) -> np.ndarray:
    """Compute the pitch (K,) in cents above MIDI note 0, at the times (K,).

    Each step is smoothed to a glide. Each note begins with a scoop and has vibrato after 0.2 s. The whole drifts.
    """
    target = np.full(len(times_s), 100.0 * spans[0][2])
    ornaments = np.zeros(len(times_s))
    for n, (onset_s, _, midi) in enumerate(spans):
        sung = 100.0 * midi + rng.normal(scale=6)  # a singer misses a note by some cents
        target[times_s >= onset_s] = sung
        age_s = np.maximum(times_s - onset_s, 0)
        stop_s = spans[n + 1][0] if n + 1 < len(spans) else np.inf
        inside = (times_s >= onset_s) & (times_s < stop_s)
        settled = np.clip((age_s - 0.2) / 0.25, 0, 1)
        vibrato = voice.vibrato_cents * settled * np.sin(2 * np.pi * voice.vibrato_hz * age_s)
        scoop = voice.scoop_cents * np.exp(-age_s / 0.03)
        ornaments[inside] = (vibrato + scoop)[inside]
    drift = gaussian_filter1d(rng.normal(size=len(times_s)), 0.12 * CONTROL_RATE)
    glided = gaussian_filter1d(target, voice.glide_s * CONTROL_RATE)
    return glided + gaussian_filter1d(ornaments, 0.012 * CONTROL_RATE) + 5 * drift / drift.std()


def articulation(
    times_s: np.ndarray,
    spans: list[tuple[float, float, int]],
    breaths: tuple[int, ...],
    voice: Voice,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute level (K,) dB and openness (K,) 0 to 1.

    Between two notes the lips close ("mm") and the level dips. Between two notes of the same pitch the tongue stops the
    air ("da da"); otherwise they would be one note. At a breath the voice stops.
    """
    level_db = np.full(len(times_s), -80.0)
    openness = np.zeros(len(times_s))
    for n, (onset_s, offset_s, midi) in enumerate(spans):
        begins_db = -34 if n > 0 and spans[n - 1][2] == midi else -13
        ends_db = -34 if n + 1 < len(spans) and spans[n + 1][2] == midi else -13
        linked = n + 1 < len(spans) and n + 1 not in breaths
        inside = (times_s >= onset_s - 0.03) & (times_s < offset_s + (0.0 if linked else 0.05))
        age_s, left_s = times_s - onset_s, offset_s - times_s
        attack_db = begins_db * np.clip(1 - (age_s + 0.03) / 0.09, 0, 1)
        release_db = (ends_db if linked else -40) * np.clip(1 - (left_s + (0 if linked else 0.05)) / 0.09, 0, 1)
        swell_db = -1.5 * np.clip(age_s, 0, None) + rng.normal(scale=1.0)
        level_db[inside] = (swell_db + attack_db + release_db)[inside]
        open_lips = np.clip(np.minimum(age_s / 0.07, left_s / 0.07), 0, 1)
        openness[inside] = voice.openness * open_lips[inside]
    level = gaussian_filter1d(10 ** (level_db / 20), 0.008 * CONTROL_RATE)
    return 20 * np.log10(level + 1e-5), gaussian_filter1d(openness, 0.012 * CONTROL_RATE)


def harmonics(
    phase: np.ndarray,
    f0_hz: np.ndarray,
    openness: np.ndarray,
    sample_s: np.ndarray,
    times_s: np.ndarray,
    voice: Voice,
    rng: np.random.Generator,
) -> np.ndarray:
    """Sum the harmonics below 6 kHz, with their levels by tilt and moving resonances: (T,) at unit level."""
    waveform = np.zeros(len(sample_s))
    n_harmonics = int(6000 / f0_hz.min())
    for k in range(1, n_harmonics + 1):
        partial_hz = k * f0_hz
        open_gain = resonances(partial_hz, voice.formants)
        hum_gain = resonances(partial_hz, voice.hum_formants)
        gain = openness * open_gain + (1 - openness) * hum_gain
        gain = gain * 10 ** (voice.tilt_db * np.log2(k) / 20) * (partial_hz < 6000)
        waveform += np.interp(sample_s, times_s, gain) * np.sin(k * phase + rng.uniform(0, 0.5))
    return waveform


def resonances(frequency_hz: np.ndarray, formants: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """Compute the gain of parallel resonances at each frequency. A formant of level 0 dB adds 1 at its peak."""
    gain = np.full(frequency_hz.shape, 0.02)
    for centre_hz, bandwidth_hz, level_db in formants:
        gain = gain + 10 ** (level_db / 20) / np.sqrt(1 + ((frequency_hz - centre_hz) / bandwidth_hz) ** 2)
    return gain


def breath_noise(
    sample_s: np.ndarray,
    times_s: np.ndarray,
    spans: list[tuple[float, float, int]],
    breaths: tuple[int, ...],
    voice: Voice,
    rng: np.random.Generator,
) -> np.ndarray:
    """Compute the noise of the breath before the first note and before each phrase, with the open formants: (T,)."""
    envelope = np.zeros(len(times_s))
    for n in (0, *breaths):
        envelope += np.exp(-0.5 * ((times_s - (spans[n][0] - 0.13)) / 0.035) ** 2)
    spectrum = np.fft.rfft(rng.normal(size=len(sample_s)))
    frequency_hz = np.fft.rfftfreq(len(sample_s), 1 / SAMPLE_RATE)
    noise = np.fft.irfft(spectrum * resonances(frequency_hz, voice.formants), len(sample_s))
    return 10 ** (-34 / 20) * np.interp(sample_s, times_s, envelope) * noise / noise.std()


def main() -> None:
    """Write every example into the folder of this file."""
    for example in EXAMPLES:
        soundfile.write(example.path, sing(example), SAMPLE_RATE, subtype="PCM_16")
        info = soundfile.info(example.path)
        print(f"{example.path.name}: {info.duration:.1f} s, {example.path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
