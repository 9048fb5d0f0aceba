"""Two recordings of one performance, aligned in time by cross-correlation."""

from __future__ import annotations

from dataclasses import dataclass

import librosa
import numpy as np
import scipy

from hum2guitar.analysis import audio

RATE = 22050  # Hz
HOP, N_FFT, N_MELS, HIGHEST_HZ = 110, 1024, 40, 8000.0  # 5 ms, of a coarse mel
FLOOR_DB = 50.0
MIN_OVERLAP = 0.5  # of the shorter sound
ALIKE = 0.35  # two renderings of one performance correlate above 0.41 (chords) or 0.7 (melodies), others below 0.3
SAME_WAVEFORM = 0.5  # above this correlation the waveforms themselves are aligned
NEAR_S = 0.012  # in which they are: more than two hops


@dataclass(frozen=True)
class Alignment:
    """Where the second sound lies against the first.

    Attributes
    ----------
    offset_s : s, how much later the same moment comes in the second sound; 0 where nothing can be aligned
    correlation : of the two mels in dB where they overlap, 1 for the same sound
    """

    offset_s: float
    correlation: float

    @property
    def found(self) -> bool:
        """Whether the sounds are so much alike that the offset means something."""
        return self.correlation >= ALIKE


def align(first: np.ndarray, second: np.ndarray, sample_rate: int) -> Alignment:
    """Find the offset at which the coarse mels of two sounds correlate best, to 5 ms.

    Where the waveforms correlate too, as those of a copy do, the offset is that of the waveforms, to a sample at
    22 050 Hz. The shorter sound overlaps with at least half of its length.

    Parameters
    ----------
    first, second : (T,) and (T',) float32
    sample_rate : Hz, of both
    """
    first, second = (audio.resample(sound, sample_rate, RATE) for sound in (first, second))
    offset_s, correlation = _best(*(_coarse_mel(sound) for sound in (first, second)))
    if correlation < ALIKE:
        return Alignment(0.0, correlation)
    return Alignment(_by_waveform(first, second, offset_s), correlation)


def overlapping(first: np.ndarray, second: np.ndarray, offset: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut two sounds to the part that they share, where the second one is ``offset`` samples late."""
    first, second = first[max(0, -offset) :], second[max(0, offset) :]
    n_samples = min(len(first), len(second))
    return first[:n_samples], second[:n_samples]


def _coarse_mel(waveform: np.ndarray) -> np.ndarray:
    """Compute a mel (M, N) in dB that is limited from below; the mean of each row is 0."""
    power = librosa.feature.melspectrogram(
        y=waveform, sr=RATE, n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS, fmax=HIGHEST_HZ
    )
    mel_db = librosa.power_to_db(power, amin=1e-10, top_db=FLOOR_DB)
    centred: np.ndarray = mel_db - mel_db.mean(axis=1, keepdims=True)
    return centred


def _best(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Return the offset in s and the correlation of the best alignment of two pictures (M, N) and (M, N').

    It is the normalised cross-correlation by FFT and running sums (Lewis, "Fast template matching", Vision Interface
    1995).
    """
    n_first, n_second = first.shape[1], second.shape[1]
    lags = np.arange(1 - n_first, n_second)
    products = sum(scipy.signal.correlate(b, a, method="fft") for a, b in zip(first, second, strict=True))
    start, stop = np.maximum(0, -lags), np.minimum(n_first, n_second - lags)  # of the overlap, in the first
    energies = (np.append(0, np.cumsum((x**2).sum(axis=0, dtype=np.float64))) for x in (first, second))
    in_first, in_second = next(energies), next(energies)
    energy = (in_first[stop] - in_first[start]) * (in_second[stop + lags] - in_second[start + lags])
    long_enough = stop - start >= MIN_OVERLAP * min(n_first, n_second)
    correlation = np.where(long_enough, products / np.sqrt(np.maximum(energy, 1e-9)), -1)
    best = int(correlation.argmax())
    return float(lags[best] * HOP / RATE), float(correlation[best])


def _by_waveform(first: np.ndarray, second: np.ndarray, offset_s: float) -> float:
    """Refine an offset by the waveforms (T,) and (T',), where these correlate; return it in s."""
    near, offset = round(NEAR_S * RATE), round(offset_s * RATE)
    a, b = overlapping(first, second, offset)
    products = np.abs(scipy.signal.correlate(b, a, method="fft")[len(a) - 1 - near : len(a) + near])
    if products.max() < SAME_WAVEFORM * np.sqrt((a**2).sum() * (b**2).sum()):
        return offset_s
    return (offset + int(products.argmax()) - near) / RATE
