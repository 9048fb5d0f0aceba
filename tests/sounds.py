"""Computed voices, melodies and noise, and measures of pitch and level."""

from __future__ import annotations

import numpy as np


def voice(f0_hz: np.ndarray | float, sample_rate: int, seconds: float | None = None, partials: int = 30) -> np.ndarray:
    """(T,) float32 of RMS 0.1 — partials with amplitude 1/k, along a contour (T,) in Hz or at one pitch in Hz."""
    contour = np.full(int(seconds * sample_rate), f0_hz) if seconds is not None else np.asarray(f0_hz, dtype=float)
    phase = 2 * np.pi * np.cumsum(contour) / sample_rate
    sound = sum(np.sin(k * phase) / k * (k * contour < 0.5 * sample_rate) for k in range(1, partials + 1))
    return (0.1 * sound / np.sqrt((sound**2).mean())).astype(np.float32)


def sung(notes: list[tuple[float, float, float]], sample_rate: int, seconds: float) -> np.ndarray:
    """(T,) float32 — (onset_s, offset_s, midi), each a voice of RMS 0.1 that fades in and out over 15 ms."""
    sound = np.zeros(int(seconds * sample_rate), dtype=np.float32)
    fade = np.sin(np.linspace(0, np.pi / 2, int(0.015 * sample_rate))) ** 2
    for onset_s, offset_s, midi in notes:
        tone = voice(440 * 2 ** ((midi - 69) / 12), sample_rate, offset_s - onset_s)
        tone[: len(fade)] *= fade
        tone[-len(fade) :] *= fade[::-1]
        first = int(onset_s * sample_rate)
        sound[first : first + len(tone)] += tone
    return sound


def noise(n_samples: int, rng: np.random.Generator, *, pink: bool = False) -> np.ndarray:
    """(T,) float32 of RMS 0.1 — white, or falling by 3 dB per octave."""
    spectrum = np.fft.rfft(rng.standard_normal(n_samples))
    spectrum[0] = 0
    if pink:
        spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    sound = np.fft.irfft(spectrum, n_samples)
    return (0.1 * sound / sound.std()).astype(np.float32)


def cents(hz: np.ndarray | float, reference_hz: np.ndarray | float) -> np.ndarray:
    return 1200 * np.log2(np.asarray(hz) / reference_hz)


def rms_db(waveform: np.ndarray) -> float:
    return float(10 * np.log10((waveform.astype(np.float64) ** 2).mean() + 1e-30))


def strongest_hz(waveform: np.ndarray, sample_rate: int, low_hz: float = 0.0, high_hz: float = 1e9) -> float:
    """Frequency of the strongest partial between two frequencies, to a fraction of a cent: a parabola in dB."""
    n_fft = 1 << (len(waveform) - 1).bit_length() + 1
    spectrum_db = 20 * np.log10(np.abs(np.fft.rfft(waveform * np.hanning(len(waveform)), n_fft)) + 1e-12)
    hz = np.arange(len(spectrum_db)) * sample_rate / n_fft
    inside = (hz > low_hz) & (hz < high_hz)
    peak = int(np.argmax(np.where(inside, spectrum_db, -np.inf)))
    left, centre, right = spectrum_db[peak - 1 : peak + 2]
    return (peak + 0.5 * (left - right) / (left - 2 * centre + right)) * sample_rate / n_fft
