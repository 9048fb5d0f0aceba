"""What the evaluation measures: every function sees only audio, mono float32 at 22 050 Hz, and true notes.

True notes are (K, 3) arrays of onset s, offset s, MIDI number. These are the project's own definitions, so that
figures of different days compare; where a library has the measure, it is used.
"""

from __future__ import annotations

import librosa
import numpy as np

from hum2guitar.f0 import load_tracker
from hum2guitar.notes import hz_to_midi

SAMPLE_RATE = 22050
FLOOR_DB = 50.0  # most cells of a mel lie more than 45 dB down and would measure the noise floor


def note_accuracy(waveform: np.ndarray, truth: np.ndarray) -> float:
    """Share of true notes whose median F0 in the waveform lies within 50 cents of them, octaves folded.

    F0 is swift-f0's on a peak-normalised copy, over frames of confidence above 0.5 from 20 ms after the onset.
    """
    peak = waveform / (np.abs(waveform).max() + 1e-9)
    times_s, f0_hz, confidence = load_tracker("swift").detect(peak, SAMPLE_RATE, 46.875, 2093.75)
    correct = []
    for onset_s, offset_s, midi in _inside(truth, waveform):
        heard = (times_s >= onset_s + 0.02) & (times_s <= offset_s) & (confidence > 0.5)
        if heard.sum() < 2:
            correct.append(False)
            continue
        cents = 100 * (float(hz_to_midi(np.median(f0_hz[heard]))) - midi)
        correct.append(abs((cents + 600) % 1200 - 600) <= 50)
    return float(np.mean(correct)) if correct else float("nan")


def attacked(waveform: np.ndarray, truth: np.ndarray, rise_s: float = 0.03, near_s: float = 0.05) -> float:
    """Share of true notes that begin with a pluck.

    That is: a peak of the spectral flux within ``near_s`` of the onset, and a level that rises from 10 to 90 % of
    its height within ``rise_s`` around it.
    """
    onsets_s = librosa.onset.onset_detect(
        y=waveform, sr=SAMPLE_RATE, hop_length=128, units="time", backtrack=False, delta=0.05
    )
    rises = [
        rise_time(waveform, onset_s) if len(onsets_s) and np.abs(onsets_s - onset_s).min() <= near_s else np.inf
        for onset_s, _, _ in _inside(truth, waveform)
    ]
    return float(np.mean(np.array(rises) <= rise_s)) if rises else float("nan")


def rise_time(waveform: np.ndarray, onset_s: float) -> float:
    """Seconds that the level takes from 10 to 90 % around an onset; infinite where it hardly rises at all."""
    hop = 64
    start, stop = int(max(0, onset_s - 0.06) * SAMPLE_RATE / hop), int((onset_s + 0.12) * SAMPLE_RATE / hop)
    first = max(0, start * hop - 512)
    piece = waveform[first : stop * hop + 512]
    level = librosa.feature.rms(y=piece, frame_length=256, hop_length=hop)[0]
    level = level[(start * hop - first) // hop : (stop * hop - first) // hop]
    if len(level) < 5:
        return float("inf")
    top = int(level.argmax())
    base = level[: top + 1].min()
    if level[top] <= 1.4 * base:
        return float("inf")
    height = level[top] - base
    high = np.flatnonzero(level[: top + 1] >= base + 0.9 * height)[0]
    low = np.flatnonzero(level[: top + 1] <= base + 0.1 * height)
    return float((high - low[low <= high].max(initial=0)) * hop / SAMPLE_RATE)


def mel_l1(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Mean |dB| between two recordings of one performance, levels aligned by RMS; lower is better.

    Over the cells of a 128-bin mel in which either is less than ``FLOOR_DB`` under the reference's maximum, both
    clipped there. An offset of one hop costs 3 to 4 dB.
    """
    a, b, on = _compared(reference, estimate)
    return float(np.abs(a - b)[on].mean())


def motion(reference: np.ndarray, estimate: np.ndarray) -> tuple[float, float]:
    """(ratio, correlation) of the mel's frame-to-frame change, estimate against reference, over the same cells.

    A blurred estimate has a ratio under 1; noise painted on has a correlation near 0.
    """
    a, b, on = _compared(reference, estimate)
    change_a, change_b = np.diff(a, axis=1)[on[:, 1:]], np.diff(b, axis=1)[on[:, 1:]]
    ratio = np.abs(change_b).mean() / np.abs(change_a).mean()
    return float(ratio), float(np.corrcoef(change_a, change_b)[0, 1])


def logmag(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Mean |dB| of STFT magnitudes over four sizes, floored 80 dB under the reference's maximum, levels as they are."""
    n = min(len(reference), len(estimate))
    errors = []
    for n_fft in (512, 1024, 2048, 4096):
        a, b = (np.abs(librosa.stft(x[:n], n_fft=n_fft, hop_length=n_fft // 4)) for x in (reference, estimate))
        floor = a.max() * 1e-4
        errors.append(20 * np.abs(np.log10(np.maximum(a, floor)) - np.log10(np.maximum(b, floor))).mean())
    return float(np.mean(errors))


def decay_db_per_s(waveform: np.ndarray, truth: np.ndarray, min_s: float = 0.35) -> float:
    """Median slope of the level in dB/s from 60 ms after the onset to the offset, over notes of ``min_s`` or more."""
    rate = SAMPLE_RATE / 64
    level_db = 20 * np.log10(librosa.feature.rms(y=waveform, frame_length=256, hop_length=64)[0] + 1e-6)
    slopes = []
    for onset_s, offset_s, _ in _inside(truth, waveform):
        piece = level_db[int((onset_s + 0.06) * rate) : int(offset_s * rate)]
        if offset_s - onset_s >= min_s and len(piece) > 10:
            slopes.append(np.polyfit(np.arange(len(piece)) / rate, piece, 1)[0])
    return float(np.median(slopes)) if slopes else float("nan")


def _inside(truth: np.ndarray, waveform: np.ndarray) -> np.ndarray:
    """The notes that end before the waveform does."""
    return truth[truth[:, 1] <= len(waveform) / SAMPLE_RATE]


def _compared(reference: np.ndarray, estimate: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both mels in dB, levels aligned and clipped at the floor, and the cells (M, N) bool to look at."""
    n = min(len(reference), len(estimate))
    reference, estimate = reference[:n], estimate[:n]
    estimate = estimate * np.sqrt((reference**2).mean() / ((estimate**2).mean() + 1e-12))
    a, b = (
        librosa.power_to_db(
            librosa.feature.melspectrogram(y=x, sr=SAMPLE_RATE, n_fft=2048, hop_length=512, n_mels=128, fmax=10000),
            amin=1e-10,
            top_db=None,
        )
        for x in (reference, estimate)
    )
    floor = a.max() - FLOOR_DB
    return np.maximum(a, floor), np.maximum(b, floor), (a > floor) | (b > floor)
