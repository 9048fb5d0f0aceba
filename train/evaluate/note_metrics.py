"""How a sound plays the notes that it should play: pitch, attacks, onsets, decay.

Audio is (T,) float32, mono, at ``SAMPLE_RATE``. True notes are (K, 3) arrays of onset s, offset s, MIDI number.
"""

from __future__ import annotations

from collections.abc import Callable

import librosa
import mir_eval
import numpy as np

from hum2guitar.metrics import SAMPLE_RATE
from hum2guitar.metrics.likeness import HOP
from hum2guitar.metrics.measured import Measured, in_segments, mean, median, ratio
from hum2guitar.metrics.tracking import detect_onsets, track
from hum2guitar.note import hz_to_midi

ONSET_WINDOW_S = 0.05
BEFORE_S, AFTER_S = 0.06, 0.12  # where a rise is looked for around an onset
PITCH_RANGE_HZ = (65.0, 1600.0)
PITCH_RESOLUTION = 0.2  # semitones; fine enough for a tolerance of 0.5, and four times as fast as librosa's 0.1


def note_accuracy(waveform: np.ndarray, truth: np.ndarray) -> Measured:
    """Share of true notes whose median F0 in the waveform is within 50 cents of them, octaves folded.

    Frames from 20 ms after the onset with a confidence above 0.5 count.
    """
    times_s, f0_hz, confidence = track(waveform)
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

    A pluck has a peak of the spectral flux within ``near_s`` of the onset, and a level that rises from 10 to 90 % of
    its height within ``rise_s`` around the onset.
    """
    onsets_s, notes = detect_onsets(waveform), inside(truth, waveform)
    rises = [
        rise_time(waveform, onset_s) if len(onsets_s) and np.abs(onsets_s - onset_s).min() <= near_s else np.inf
        for onset_s, _, _ in notes
    ]
    return _by_note(np.array(rises) <= rise_s, notes, waveform, mean)


def attack_time(waveform: np.ndarray, truth: np.ndarray) -> Measured:
    """Median milliseconds that the level takes from 10 to 90 % of its height at the true onsets.

    This is the definition of the logarithmic attack time without the logarithm (Peeters, "A large set of audio
    features", IRCAM 2004). A note that hardly rises counts as the longest rise that can be seen, 180 ms.
    """
    notes = inside(truth, waveform)
    rises = [1000 * min(rise_time(waveform, onset_s), BEFORE_S + AFTER_S) for onset_s, _, _ in notes]
    return _by_note(np.array(rises), notes, waveform, median)


def rise_time(waveform: np.ndarray, onset_s: float) -> float:
    """Return the seconds that the level takes from 10 to 90 % around an onset; infinite where it hardly rises."""
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


def onsets(waveform: np.ndarray, truth: np.ndarray) -> dict[str, Measured]:
    """Precision, recall and F1 of the onsets that are detected in the waveform, against those of the true notes.

    As ``mir_eval.onset.f_measure`` (Raffel et al., ISMIR 2014), whose matching this uses. An onset is right within
    ``ONSET_WINDOW_S``, and each onset is matched at most once.
    """
    true_s = np.sort(inside(truth, waveform)[:, 0])
    found_s = detect_onsets(waveform)
    matched = [i for i, _ in mir_eval.util.match_events(true_s, found_s, ONSET_WINDOW_S)]
    n = (len(true_s), len(found_s), len(matched))
    counts = np.repeat(np.eye(3), n, axis=0)  # a row for each event: true, found, matched
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
    """How well the pitch that pYIN hears in the waveform follows the true F0.

    The measures are those of mir_eval.melody (Salamon et al., "Melody extraction from polyphonic music signals", IEEE
    SPM 31(2), 2014): raw pitch accuracy within 50 cents, voicing recall, and voicing false alarm. The octave rate is
    the share of voiced frames that are right except for their octave (raw chroma accuracy less raw pitch accuracy). The
    label is made from the F0 of swift-f0, so another tracker listens.

    Parameters
    ----------
    times_s : (N,) — s
    f0_hz : (N,) — Hz, NaN where unvoiced
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
    """The accuracy where mir_eval would only warn: 0 where nothing is heard, NaN where nothing should be heard."""
    return 0.0 if frames[:, 0].any() else float("nan")


def slopes(waveform: np.ndarray, truth: np.ndarray, min_s: float = 0.35) -> tuple[np.ndarray, np.ndarray]:
    """Return the slope (K,) dB/s of each note's level from 60 ms after the onset to the offset, and the notes (K, 3).

    Notes shorter than ``min_s`` are left out.
    """
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
    """The median slope of the level over the true notes, and the median of that slope over a real string's.

    A ratio of 1 is the decay of a guitar, 0 that of an organ.

    Parameters
    ----------
    truth : (K, 3) — the true notes, at the pitch that sounds
    reference : the decay curve (``decay_curve.read``), MIDI (K,) → dB/s (K,)
    """
    found, notes = slopes(waveform, truth)
    return {
        "decay (dB/s)": _by_note(found, notes, waveform, median),
        "decay / reference": _by_note(found / reference(notes[:, 2]), notes, waveform, median),
    }


def inside(truth: np.ndarray, waveform: np.ndarray) -> np.ndarray:
    """Return the notes (K, 3) that end before the waveform does."""
    return truth[truth[:, 1] <= len(waveform) / SAMPLE_RATE]


def _by_note(
    values: np.ndarray, notes: np.ndarray, waveform: np.ndarray, combine: Callable[[np.ndarray], float]
) -> Measured:
    """Sort values (K,) of notes (K, 3) into the segments in which the notes begin."""
    return Measured(in_segments(values, notes[:, 0], len(waveform) / SAMPLE_RATE), combine)
