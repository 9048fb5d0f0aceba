"""How a sound plays the notes it was told to: pitch, attacks, onsets, decay.

Audio is (T,) float32, mono, at 22 050 Hz. True notes are (K, 3) arrays of onset s, offset s, MIDI number.
"""

from __future__ import annotations

from collections.abc import Callable

import librosa
import mir_eval
import numpy as np

from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.note import hz_to_midi
from train.evaluate.measured import Measured, in_segments, mean, median, ratio
from train.evaluate.metrics import HOP, SAMPLE_RATE

ONSET_WINDOW_S = 0.05
BEFORE_S, AFTER_S = 0.06, 0.12  # where a rise is looked for around an onset
PITCH_RANGE_HZ = (65.0, 1600.0)
PITCH_RESOLUTION = 0.2  # semitones; fine enough for a tolerance of 0.5, and four times as fast as librosa's 0.1


def note_accuracy(waveform: np.ndarray, truth: np.ndarray) -> Measured:
    """Share of true notes whose median F0 in the waveform lies within 50 cents of them, octaves folded.

    F0 is swift-f0's on a peak-normalised copy, over frames of confidence above 0.5 from 20 ms after the onset.
    """
    peak = waveform / (np.abs(waveform).max() + 1e-9)
    times_s, f0_hz, confidence = load_tracker("swift").detect(peak, SAMPLE_RATE, 46.875, 2093.75)
    notes = inside(truth, waveform)
    correct = []
    for onset_s, offset_s, midi in notes:
        heard = (times_s >= onset_s + 0.02) & (times_s <= offset_s) & (confidence > 0.5)
        if heard.sum() < 2:
            correct.append(False)
            continue
        cents = 100 * (float(hz_to_midi(np.median(f0_hz[heard]))) - midi)
        correct.append(abs((cents + 600) % 1200 - 600) <= 50)
    return _by_note(np.array(correct), notes, waveform, mean)


def attacked(waveform: np.ndarray, truth: np.ndarray, rise_s: float = 0.03, near_s: float = ONSET_WINDOW_S) -> Measured:
    """Share of true notes that begin with a pluck.

    That is: a peak of the spectral flux within ``near_s`` of the onset, and a level that rises from 10 to 90 % of
    its height within ``rise_s`` around it.
    """
    onsets_s, notes = detect_onsets(waveform), inside(truth, waveform)
    rises = [
        rise_time(waveform, onset_s) if len(onsets_s) and np.abs(onsets_s - onset_s).min() <= near_s else np.inf
        for onset_s, _, _ in notes
    ]
    return _by_note(np.array(rises) <= rise_s, notes, waveform, mean)


def attack_time(waveform: np.ndarray, truth: np.ndarray) -> Measured:
    """Median milliseconds that the level takes from 10 to 90 % of its height at the true onsets.

    The logarithmic attack time's definition without its logarithm (Peeters, "A large set of audio features", IRCAM
    2004). A note that hardly rises counts as the longest rise that could be seen, 180 ms.
    """
    notes = inside(truth, waveform)
    rises = [1000 * min(rise_time(waveform, onset_s), BEFORE_S + AFTER_S) for onset_s, _, _ in notes]
    return _by_note(np.array(rises), notes, waveform, median)


def rise_time(waveform: np.ndarray, onset_s: float) -> float:
    """Seconds that the level takes from 10 to 90 % around an onset; infinite where it hardly rises at all."""
    hop = 64
    start = int(max(0, onset_s - BEFORE_S) * SAMPLE_RATE / hop)
    stop = int((onset_s + AFTER_S) * SAMPLE_RATE / hop)
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


def detect_onsets(waveform: np.ndarray) -> np.ndarray:
    """(K,) s — the peaks of the spectral flux (librosa; Böck, Krebs and Schedl, ISMIR 2012)."""
    found: np.ndarray = librosa.onset.onset_detect(
        y=waveform, sr=SAMPLE_RATE, hop_length=128, units="time", backtrack=False, delta=0.05
    )
    return found


def onsets(waveform: np.ndarray, truth: np.ndarray) -> dict[str, Measured]:
    """Precision, recall and F1 of the onsets detected in the waveform against the true notes'.

    As ``mir_eval.onset.f_measure`` (Raffel et al., ISMIR 2014), whose matching this uses: an onset is right within
    ``ONSET_WINDOW_S``, and each is matched at most once.
    """
    true_s = np.sort(inside(truth, waveform)[:, 0])
    found_s = detect_onsets(waveform)
    matched = [i for i, _ in mir_eval.util.match_events(true_s, found_s, ONSET_WINDOW_S)]
    n = (len(true_s), len(found_s), len(matched))
    counts = np.repeat(np.eye(3), n, axis=0)  # a row an event: true, found, matched
    times_s = np.concatenate([true_s, found_s, true_s[matched]])
    segments = in_segments(counts, times_s, len(waveform) / SAMPLE_RATE)

    def share(weights: tuple[float, float]) -> Measured:
        return Measured(segments, lambda rows: ratio(rows[:, 2].sum(), rows[:, :2].sum(axis=0) @ weights))

    return {
        "onset precision": share((0, 1)),
        "onset recall": share((1, 0)),
        "onset F1": share((0.5, 0.5)),
    }


def pitch(waveform: np.ndarray, times_s: np.ndarray, f0_hz: np.ndarray) -> dict[str, Measured]:
    """How well the pitch heard in the waveform follows the true F0, (N,) Hz at times (N,) s, NaN where unvoiced.

    By mir_eval.melody (Salamon et al., "Melody extraction from polyphonic music signals", IEEE SPM 31(2), 2014): raw
    pitch accuracy within 50 cents, voicing recall and false alarms; the octave rate is the share of voiced frames
    right but for their octave (raw chroma less raw pitch accuracy). The listener is pYIN, because the label was drawn
    from swift-f0's F0 and a tracker should not be its own judge.
    """
    heard_hz, _, _ = librosa.pyin(
        waveform, fmin=PITCH_RANGE_HZ[0], fmax=PITCH_RANGE_HZ[1], sr=SAMPLE_RATE, frame_length=2048, hop_length=HOP,
        resolution=PITCH_RESOLUTION,
    )  # fmt: skip
    heard_s = np.arange(len(heard_hz)) * HOP / SAMPLE_RATE
    frames = np.stack(
        mir_eval.melody.to_cent_voicing(times_s, np.nan_to_num(f0_hz), heard_s, np.nan_to_num(heard_hz)), axis=1
    )  # (N, 4): voiced, cents; heard as voiced, cents
    segments = in_segments(frames, times_s, len(waveform) / SAMPLE_RATE)
    return {
        "pitch accuracy": Measured(segments, _pitch_accuracy),
        "octave rate": Measured(segments, _octave_rate),
        "voicing recall": Measured(segments, _voicing_recall),
        "voicing false alarm": Measured(segments, _false_alarm),
    }


def _pitch_accuracy(frames: np.ndarray) -> float:
    return float(mir_eval.melody.raw_pitch_accuracy(*frames.T)) if _both_voiced(frames) else _nothing_heard(frames)


def _octave_rate(frames: np.ndarray) -> float:
    if not _both_voiced(frames):
        return _nothing_heard(frames)
    return float(mir_eval.melody.raw_chroma_accuracy(*frames.T) - mir_eval.melody.raw_pitch_accuracy(*frames.T))


def _voicing_recall(frames: np.ndarray) -> float:
    return float(mir_eval.melody.voicing_recall(frames[:, 0], frames[:, 2])) if frames[:, 0].any() else float("nan")


def _false_alarm(frames: np.ndarray) -> float:
    unvoiced = frames[:, 0] == 0
    return float(mir_eval.melody.voicing_false_alarm(frames[:, 0], frames[:, 2])) if unvoiced.any() else float("nan")


def _both_voiced(frames: np.ndarray) -> bool:
    return bool(frames[:, 0].any() and frames[:, 2].any())


def _nothing_heard(frames: np.ndarray) -> float:
    """The accuracy where mir_eval would only warn: 0 where nothing is heard, NaN where nothing was to be heard."""
    return 0.0 if frames[:, 0].any() else float("nan")


def slopes(waveform: np.ndarray, truth: np.ndarray, min_s: float = 0.35) -> tuple[np.ndarray, np.ndarray]:
    """(K,) dB/s of the level from 60 ms after the onset to the offset, and the notes (K, 3) of ``min_s`` or more."""
    rate = SAMPLE_RATE / 64
    level_db = 20 * np.log10(librosa.feature.rms(y=waveform, frame_length=256, hop_length=64)[0] + 1e-6)
    found, notes = [], []
    for note in inside(truth, waveform):
        onset_s, offset_s, _ = note
        piece = level_db[int((onset_s + 0.06) * rate) : int(offset_s * rate)]
        if offset_s - onset_s >= min_s and len(piece) > 10:
            found.append(np.polyfit(np.arange(len(piece)) / rate, piece, 1)[0])
            notes.append(note)
    return np.array(found), np.array(notes).reshape(-1, 3)


def decay(
    waveform: np.ndarray, truth: np.ndarray, reference: Callable[[np.ndarray], np.ndarray]
) -> dict[str, Measured]:
    """The median slope of the level over the true notes, and the median of slope / slope of a real string.

    The slope is ``slopes``'. ``reference`` is the decay curve: MIDI (K,) → dB/s (K,) (``decay_curve.read``); the
    notes' pitches are those that sound. A ratio of 1 is a guitar's decay, 0 an organ's.
    """
    found, notes = slopes(waveform, truth)
    return {
        "decay (dB/s)": _by_note(found, notes, waveform, median),
        "decay / reference": _by_note(found / reference(notes[:, 2]), notes, waveform, median),
    }


def inside(truth: np.ndarray, waveform: np.ndarray) -> np.ndarray:
    """The notes that end before the waveform does."""
    return truth[truth[:, 1] <= len(waveform) / SAMPLE_RATE]


def _by_note(
    values: np.ndarray, notes: np.ndarray, waveform: np.ndarray, combine: Callable[[np.ndarray], float]
) -> Measured:
    """(K,) values of notes (K, 3) by the segment in which each note begins."""
    return Measured(in_segments(values, notes[:, 0], len(waveform) / SAMPLE_RATE), combine)
