"""Waveform → F0 and confidence on the frames of the mel spectrogram.

``condition`` prepares the waveform and ``track`` cleans the F0 track. Both are the same for every tracker.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy

from hum2guitar.analysis.audio import loud_value, resample
from hum2guitar.analysis.trackers.tracker import VOICED_CONFIDENCE, Tracker
from hum2guitar.config import Config

REST_FRAMES = 3  # this many unvoiced frames (0.07 s) separate two phrases; gaps within a phrase are shorter
LOWEST_RATE = 22050  # Hz; trackers and note thresholds were set at this rate
QUIET_DB = 40.0  # a frame that lies this far below the loud ones counts as unvoiced


def track(conditioned: np.ndarray, config: Config, tracker: Tracker) -> tuple[np.ndarray, np.ndarray]:
    """Track F0 on the frames of the mel spectrogram.

    Parameters
    ----------
    conditioned : (T,) float32 — at ``config.sample_rate``, from ``condition``
    config : the settings of the checkpoint
    tracker : the F0 tracker

    Returns
    -------
    f0_hz : (N,) float32 — Hz, NaN where unvoiced
    confidence : (N,) float32 — 0 to 1
    """
    times_s, f0_hz, confidence = tracker.detect(conditioned, config.sample_rate, config.f0_min_hz, config.f0_max_hz)
    n_frames = config.n_frames(len(conditioned))
    f0_hz, confidence = to_frames(times_s, f0_hz, confidence, np.arange(n_frames) * config.frame_s)
    # a pitch outside the range is found at the nearest edge of it: pYIN finds mains hum at f0_min
    in_range = (f0_hz > 1.001 * config.f0_min_hz) & (f0_hz < config.f0_max_hz / 1.001)
    voiced = in_range & (confidence >= VOICED_CONFIDENCE) & loud_enough(conditioned, config)
    return smooth(np.where(voiced, f0_hz, np.nan)).astype(np.float32), confidence.astype(np.float32)


def analysis_grid(config: Config) -> Config:
    """Choose the grid on which pitch and notes are found: the sample rate, halved while it stays at 22 050 Hz or more.

    The frames keep their times. Pitch and notes need nothing above 11 kHz, and pYIN, the cepstrum and the high-pass
    filter would be slower and would find other notes.

    Returns
    -------
    grid : the Config itself below 44.1 kHz; of another grid only the settings of time and pitch have a meaning
    """
    rate, n_fft, hop_length = config.sample_rate, config.n_fft, config.hop_length
    if rate < 2 * LOWEST_RATE or rate % 2 or n_fft % 2 or hop_length % 2:
        return config
    fmax_hz = min(config.fmax_hz, rate / 4)
    return analysis_grid(
        replace(config, sample_rate=rate // 2, n_fft=n_fft // 2, hop_length=hop_length // 2, n_mels=16, fmax_hz=fmax_hz)
    )


def to_grid(waveform: np.ndarray, config: Config, grid: Config) -> np.ndarray:
    """Resample a recording to the sample rate of its ``analysis_grid``, with the same number of frames.

    Parameters
    ----------
    waveform : (T,) float32 — at ``config.sample_rate``
    config : the settings of the checkpoint
    grid : from ``analysis_grid``

    Returns
    -------
    waveform : (T // k,) float32 — at ``grid.sample_rate``, k times lower; ``waveform`` itself if the rates are equal
    """
    factor = config.sample_rate // grid.sample_rate
    if factor == 1:
        return waveform
    return resample(waveform, config.sample_rate, grid.sample_rate)[: len(waveform) // factor]


def condition(waveform: np.ndarray, config: Config) -> np.ndarray:
    """Remove rumble and mains hum, then set the level.

    The filter is a zero-phase 4th-order high-pass at ``f0_min_hz``. It runs forwards and backwards, so its slope is
    48 dB per octave. At 65 Hz it attenuates 50 Hz by 19 dB and 60 Hz by 9 dB, and no tracker then finds a note in
    mains hum that is as loud as the singing. The level is set because swift-f0 finds 40 % fewer voiced frames at
    -34 dB.

    Parameters
    ----------
    waveform : (T,) float32 — at ``config.sample_rate``
    config : the settings of the checkpoint

    Returns
    -------
    conditioned : (T,) float32 — its loud samples are at ±0.5
    """
    high_pass = scipy.signal.butter(4, config.f0_min_hz, "highpass", fs=config.sample_rate, output="sos")
    filtered = scipy.signal.sosfiltfilt(high_pass, waveform, padlen=min(len(waveform) - 1, config.sample_rate))
    return (filtered * (0.5 / (loud_peak(np.abs(filtered), config.sample_rate) + 1e-9))).astype(np.float32)


def loud_peak(magnitude: np.ndarray, sample_rate: int) -> float:
    """Find the smallest of the loudest (T,) magnitudes: the loudest 0.5 %, or 0.1 s of them if that is less."""
    n_loud = max(1, min(sample_rate // 10, len(magnitude) // 200))
    return float(np.partition(magnitude, -n_loud)[-n_loud])


def loud_enough(waveform: np.ndarray, config: Config) -> np.ndarray:
    """Compare each frame with the loud ones: (T,) → (N,) bool, true if it is less than ``QUIET_DB`` below them."""
    padded = np.pad(waveform, config.n_fft // 4)
    frames = np.lib.stride_tricks.sliding_window_view(padded, config.n_fft // 2)[:: config.hop_length]
    level = np.sqrt((frames**2).mean(axis=1))
    n_frames = config.n_frames(len(waveform))
    level = np.pad(level, (0, max(0, n_frames - len(level))), mode="edge")[:n_frames]
    return level >= loud_value(level, config.frame_s) * 10 ** (-QUIET_DB / 20)


def to_frames(
    times_s: np.ndarray, f0_hz: np.ndarray, confidence: np.ndarray, frames_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Interpolate an F0 track to frame times, linearly in octaves.

    The nearer of two tracker frames is used, without interpolation, if one of them is unvoiced or if they are more
    than a whole tone apart. So no pitch is invented between two notes.

    Parameters
    ----------
    times_s : (K,) — s, increasing
    f0_hz : (K,) — Hz
    confidence : (K,) — 0 to 1
    frames_s : (N,) — s, the times of the result

    Returns
    -------
    f0_hz : (N,) — Hz
    confidence : (N,) — 0 to 1
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
    """Correct the errors of a tracker that no voice can make.

    - Octave errors of up to 5 frames (0.12 s; 3 frames at the ends of a phrase): a frame that lies an octave, within a
      whole tone, from the median of 11 voiced frames is moved to the octave of that median.
    - Outliers of one frame: a median over 3 frames replaces a frame that lies more than a whole tone from it.
    - Single voiced frames become unvoiced. A gap of one frame between two equal pitches is filled.

    No median extends over a rest of ``REST_FRAMES`` or more, so a short note between two rests keeps its octave.
    A median keeps edges, so steps between notes, glides and vibrato are not changed.

    Parameters
    ----------
    f0_hz : (N,) — Hz, NaN where unvoiced

    Returns
    -------
    f0_hz : (N,) — Hz, NaN where unvoiced; all NaN if fewer than 3 frames are voiced
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
        f0_hz[phrase] = 2 ** _correct_phrase(np.log2(f0_hz[phrase]))
    before, after = _neighbours(voiced)
    for n in np.flatnonzero(~voiced & before & after):
        if abs(np.log2(f0_hz[n - 1] / f0_hz[n + 1])) < 1 / 12:
            f0_hz[n] = np.sqrt(f0_hz[n - 1] * f0_hz[n + 1])
    return f0_hz


def _correct_phrase(octaves: np.ndarray) -> np.ndarray:
    """Correct octave errors and outliers in the voiced frames (K,) of one phrase, in octaves."""
    # mirrored: with repeated edge values, an octave error at an end would be the majority there
    deviation = octaves - scipy.ndimage.median_filter(octaves, 11, mode="mirror")
    octave_error = (np.abs(np.abs(deviation) - 1) < 2 / 12) & (np.abs(deviation) > 0.5)
    octaves = np.where(octave_error, octaves - np.sign(deviation), octaves)
    median = scipy.ndimage.median_filter(octaves, 3, mode="nearest")
    return np.where(np.abs(octaves - median) > 2 / 12, median, octaves)


def _neighbours(voiced: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tell whether the frame before, and the frame after, is voiced: (N,) bool → two of (N,) bool."""
    return np.append(False, voiced[:-1]), np.append(voiced[1:], False)
