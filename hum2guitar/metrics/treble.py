"""What tells a pluck from a soft bow: the treble after an onset, the silence between harmonics, and the one before.

Audio is (T,) float32, mono, at ``SAMPLE_RATE`` or, for ``between_harmonics``, at ``metrics.SAMPLE_RATE``. All three
are levels in dB against the note itself, so the loudness of a recording does not matter. They are the project's own
definitions, so that figures of different days can be compared. Single recordings differ by 10 dB: pool the notes of
several.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import librosa
import numpy as np
import scipy

from hum2guitar import metrics
from hum2guitar.analysis import audio
from hum2guitar.metrics.measured import Measured, in_segments, median
from hum2guitar.metrics.tracking import detect_onsets, track
from hum2guitar.note import Note, hz_to_midi

SAMPLE_RATE = 44100
BODY_HZ = (150.0, 2000.0)
BANDS_HZ = {"5–10 kHz": (5000.0, 10000.0), "10–18 kHz": (10000.0, 18000.0)}
AT_MS = (10, 40, 100)
STEP = 220  # samples of the envelopes: 5 ms
MIDI = (45, 67)  # the notes that count; higher ones have few partials below 5 kHz
GAP_S = 0.25  # to the next onset at least
PEAK_STEPS = 20  # in which the peak of the body is looked for: 100 ms
AROUND_STEPS = 16  # in which the pluck is looked for on either side of a detected onset

BETWEEN = "between harmonics"
BETWEEN_S = (0.12, 0.35)  # after the onset
STEADY_CENTS = 30.0

BEFORE = "before a pluck"
BESIDE_S, GUARD_S = 0.020, 0.005
NEAR_S, REST_S = 0.06, 0.05


def treble(waveform: np.ndarray) -> dict[str, Measured]:
    """Level of each of ``BANDS_HZ`` at ``AT_MS`` after a pluck, in dB against the note's own peak in ``BODY_HZ``.

    The median over the notes with a pitch in ``MIDI`` and at least ``GAP_S`` to the next onset. Levels are the mean
    power of ``STEP`` samples after a Butterworth band-pass of order 4, run in both directions. Time 0 is where the
    level of the body rises fastest near a detected onset. So it depends neither on the onset detector nor on a click in
    the treble. A sound that was resampled from a lower rate has next to nothing above half of that rate.

    Returns
    -------
    levels : dB, by band and time, as in "5–10 kHz, 40 ms"
    """
    body_db, *bands_db = (_envelope_db(waveform, band) for band in (BODY_HZ, *BANDS_HZ.values()))
    steps = [round(ms / 1000 * SAMPLE_RATE / STEP) for ms in AT_MS]
    times_s, rows = [], []
    for onset_s in _low_notes(waveform):
        pluck = _steepest_rise(body_db, int(onset_s * SAMPLE_RATE / STEP))
        if pluck is None or pluck + max(PEAK_STEPS, *steps) >= len(body_db):
            continue
        peak_db = body_db[pluck : pluck + PEAK_STEPS].max()
        times_s.append(onset_s)
        rows.append([band_db[pluck + step] - peak_db for band_db in bands_db for step in steps])
    names = [f"{band}, {ms} ms" for band in BANDS_HZ for ms in AT_MS]
    seconds = len(waveform) / SAMPLE_RATE
    levels = np.array(rows).reshape(-1, len(names)).T
    return {
        name: Measured(in_segments(level, np.array(times_s), seconds), median)
        for name, level in zip(names, levels, strict=True)
    }


def _envelope_db(waveform: np.ndarray, band_hz: tuple[float, float]) -> np.ndarray:
    """Return the level (N,) dB of a band, in steps of ``STEP`` samples."""
    band = scipy.signal.butter(4, band_hz, btype="band", fs=SAMPLE_RATE, output="sos")
    power = scipy.signal.sosfiltfilt(band, waveform) ** 2
    n_steps = len(power) // STEP
    level_db: np.ndarray = 10 * np.log10(power[: n_steps * STEP].reshape(n_steps, STEP).mean(axis=1) + 1e-12)
    return level_db


def _low_notes(waveform: np.ndarray) -> Iterator[float]:
    """Yield the onsets, in s, of the notes that ``treble`` counts."""
    onsets_s = librosa.onset.onset_detect(y=waveform, sr=SAMPLE_RATE, hop_length=256, units="time", delta=0.05)
    times_s, f0_hz, confidence = track(audio.resample(waveform, SAMPLE_RATE, metrics.SAMPLE_RATE))
    for onset_s, next_s in pairwise([*onsets_s, np.inf]):
        heard = (times_s > onset_s + 0.03) & (times_s < onset_s + 0.2) & (confidence > 0.7)
        if next_s - onset_s < GAP_S or heard.sum() < 4:
            continue
        if MIDI[0] <= float(hz_to_midi(np.median(f0_hz[heard]))) <= MIDI[1]:
            yield float(onset_s)


def _steepest_rise(level_db: np.ndarray, near: int) -> int | None:
    """Return the step at which a level (N,) rises fastest around another step; None at the ends of the sound."""
    around = np.arange(max(1, near - AROUND_STEPS), min(len(level_db) - 1, near + AROUND_STEPS))
    if len(around) < PEAK_STEPS:
        return None
    return int(around[np.argmax(level_db[around + 1] - level_db[around - 1])])


def between_harmonics(waveform: np.ndarray) -> dict[str, Measured]:
    """Level midway between the harmonics 1 to 10, in dB against these, 120 to 350 ms after a pluck.

    The median over the notes that are steady within ``STEADY_CENTS`` and last at least 30 ms longer than that. A hazy
    sound is higher than a guitar, a sterile one lower. ``waveform`` is at ``metrics.SAMPLE_RATE``.
    """
    rate = metrics.SAMPLE_RATE
    times_s, f0_hz, confidence = track(waveform)
    onsets_s, levels = [], []
    for onset_s, next_s in pairwise([*detect_onsets(waveform), len(waveform) / rate]):
        start_s, stop_s = onset_s + BETWEEN_S[0], onset_s + BETWEEN_S[1]
        heard = (times_s > start_s) & (times_s < stop_s) & (confidence > 0.8)
        if next_s < stop_s + 0.03 or heard.sum() < 5:
            continue
        pitch_hz = float(np.median(f0_hz[heard]))
        if pitch_hz < 80 or np.abs(1200 * np.log2(f0_hz[heard] / pitch_hz)).max() > STEADY_CENTS:
            continue
        onsets_s.append(onset_s)
        levels.append(_valley_db(waveform[int(start_s * rate) : int(stop_s * rate)], pitch_hz))
    return {BETWEEN: Measured(in_segments(np.array(levels), np.array(onsets_s), len(waveform) / rate), median)}


def _valley_db(piece: np.ndarray, pitch_hz: float) -> float:
    """Return the mean level, in dB, of the valleys of a spectrum against the peak before each."""
    power = np.abs(np.fft.rfft(piece * np.blackman(len(piece)), 8 * len(piece))) ** 2
    harmonic = np.fft.rfftfreq(8 * len(piece), 1 / metrics.SAMPLE_RATE) / pitch_hz
    levels = []
    for k in range(1, 11):
        if (k + 0.7) * pitch_hz < 9500:
            valley = np.median(power[(harmonic > k + 0.35) & (harmonic < k + 0.65)])
            peak = power[(harmonic > k - 0.12) & (harmonic < k + 0.12)].max()
            levels.append(10 * np.log10(valley / peak + 1e-12))
    return float(np.mean(levels))


def pre_echo(waveform: np.ndarray, notes: Sequence[Note]) -> dict[str, Measured]:
    """Power of the 20 ms before a pluck, in dB against that of the 20 ms after it.

    The median over the plucked notes that begin at least ``REST_S`` after the last one has ended. The pluck is where
    the power of 5 ms rises fastest within ``NEAR_S`` of the note's onset. The last ``GUARD_S`` before it are left out:
    a plucked string needs as long to rise.

    Parameters
    ----------
    waveform : (T,) — at ``SAMPLE_RATE``
    notes : as they were played, in order of onset
    """
    step = SAMPLE_RATE // 1000
    n_steps = len(waveform) // step
    power = (waveform[: n_steps * step].astype(np.float64) ** 2).reshape(n_steps, step).mean(axis=1)
    smooth = np.convolve(power, np.full(5, 0.2), mode="same")
    per_s, silent_from_s = SAMPLE_RATE / step, -np.inf
    near, width, guard = (round(seconds * per_s) for seconds in (NEAR_S, BESIDE_S, GUARD_S))
    onsets_s, levels = [], []
    for note in notes:
        rested, silent_from_s = note.onset_s >= silent_from_s + REST_S, max(silent_from_s, note.offset_s)
        middle = int(note.onset_s * per_s)
        if not (rested and note.plucked and near + width + guard <= middle < n_steps - near - width):
            continue
        around = np.arange(middle - near, middle + near)
        pluck = int(around[np.argmax(smooth[around + 3] - smooth[around - 3])])
        before, after = power[pluck - guard - width : pluck - guard].mean(), power[pluck : pluck + width].mean()
        onsets_s.append(note.onset_s)
        levels.append(10 * np.log10(before / (after + 1e-20) + 1e-12))
    seconds = len(waveform) / SAMPLE_RATE
    return {BEFORE: Measured(in_segments(np.array(levels), np.array(onsets_s), seconds), median)}
