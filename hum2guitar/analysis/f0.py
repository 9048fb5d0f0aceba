"""Waveform → F0 and confidence on the mel's frames, by any of ``trackers``.

``condition`` prepares the waveform before tracking and ``track`` cleans the result, in the same way for every tracker.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter
from scipy.signal import butter, sosfiltfilt

from hum2guitar.analysis.audio import loud_value
from hum2guitar.analysis.trackers.tracker import VOICED_CONFIDENCE, Tracker
from hum2guitar.config import Config

REST_FRAMES = 3  # unvoiced frames (0.07 s) that part two phrases; a tracker loses fewer within one
QUIET_DB = 40.0  # a frame this far under the loud ones is not voiced, whatever the tracker says


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
