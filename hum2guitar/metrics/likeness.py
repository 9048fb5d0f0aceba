"""How far a sound is from a recording of the same performance: every function sees only audio.

Audio is (T,) float32, mono, at ``metrics.SAMPLE_RATE``. ``mel_l1``, ``delta_mel`` and ``logmag`` are the project's own
definitions, so that figures of different days can be compared.
"""

from __future__ import annotations

import librosa
import numpy as np
import scipy

from hum2guitar.metrics import SAMPLE_RATE
from hum2guitar.metrics.measured import Measured, in_segments, ratio

HOP = 512
FLOOR_DB = 50.0  # most cells of a mel lie more than 45 dB down and would measure the noise floor
MCD_ORDER = 24


def mel_l1(reference: np.ndarray, estimate: np.ndarray) -> Measured:
    """Mean |dB| between the mels of two recordings of one performance, levels aligned by RMS; lower is better.

    Over the cells of a 128-bin mel in which either recording is less than ``FLOOR_DB`` below the reference's maximum.
    Both are clipped at that floor. An offset of one hop costs 3 to 4 dB.
    """
    a, b, on = aligned_mels(reference, estimate)
    distance = np.where(on, np.abs(a - b), 0).sum(axis=0, dtype=np.float64)
    sums = np.stack([distance, on.sum(axis=0)], axis=1)  # (N, 2)
    segments = in_segments(sums, np.arange(len(sums)) * HOP / SAMPLE_RATE, _seconds(reference))
    return Measured(segments, lambda rows: ratio(*rows.sum(axis=0)))


def delta_mel(reference: np.ndarray, estimate: np.ndarray) -> tuple[Measured, Measured]:
    """Ratio and correlation of the mel's change from frame to frame, estimate against reference.

    Over the cells of ``mel_l1``. The ratio of an estimate that is too smooth is below 1. The correlation of noise that
    was added to hide it is near 0.
    """
    a, b, on = aligned_mels(reference, estimate)
    on = on[:, 1:]
    change_a, change_b = (np.where(on, np.diff(x, axis=1), 0.0).astype(np.float64) for x in (a, b))
    cells = (on, change_a, change_b, change_a**2, change_b**2, change_a * change_b, np.abs(change_a), np.abs(change_b))
    sums = np.stack([cell.sum(axis=0) for cell in cells], axis=1)  # (N - 1, 8)
    segments = in_segments(sums, np.arange(1, len(sums) + 1) * HOP / SAMPLE_RATE, _seconds(reference))
    return Measured(segments, _change_ratio), Measured(segments, _change_correlation)


def _change_ratio(sums: np.ndarray) -> float:
    *_, size_a, size_b = sums.sum(axis=0)
    return ratio(size_b, size_a)


def _change_correlation(sums: np.ndarray) -> float:
    """Pearson's correlation from the sums of a, b, a², b² and a·b."""
    n, a, b, aa, bb, ab, *_ = sums.sum(axis=0)
    if not n:
        return float("nan")
    return ratio(ab - a * b / n, np.sqrt(max(0.0, aa - a**2 / n) * max(0.0, bb - b**2 / n)))


def logmag(reference: np.ndarray, estimate: np.ndarray) -> Measured:
    """Mean |dB| of STFT magnitudes over four sizes, floored 80 dB below the reference's maximum, levels as they are.

    A frame of each size belongs to the segment in which its centre lies.
    """
    rows, times_s = [], []
    for i, n_fft in enumerate((512, 1024, 2048, 4096)):
        a, b = _floored_db(reference, estimate, n_fft, n_fft // 4)
        sums = np.zeros((a.shape[1], 4, 2))
        sums[:, i, 0], sums[:, i, 1] = np.abs(a - b).mean(axis=0, dtype=np.float64), 1
        rows.append(sums)
        times_s.append(np.arange(len(sums)) * (n_fft // 4) / SAMPLE_RATE)
    segments = in_segments(np.concatenate(rows), np.concatenate(times_s), _seconds(reference))
    return Measured(segments, lambda sums: float(np.mean([ratio(*size) for size in sums.sum(axis=0)])))


def log_spectral_distance(reference: np.ndarray, estimate: np.ndarray) -> Measured:
    """Root mean square over frequency of the difference of the power spectra in dB, its mean over frames.

    Gray and Markel, "Distance measures for speech processing", IEEE ASSP 24(5), 1976. STFT of 2048 samples every
    512, floored 80 dB below the reference's maximum, levels as they are.
    """
    a, b = _floored_db(reference, estimate, 2048, HOP)
    distance = np.sqrt(((a - b) ** 2).mean(axis=0))
    segments = in_segments(distance, np.arange(len(distance)) * HOP / SAMPLE_RATE, _seconds(reference))
    return Measured(segments, lambda distances: ratio(distances.sum(), len(distances)))


def mel_cepstral_distortion(reference: np.ndarray, estimate: np.ndarray) -> Measured:
    """10 / ln 10 · √(2 Σ Δc²) dB over the mel cepstrum's coefficients 1 to ``MCD_ORDER``, its mean over frames.

    Kubichek, "Mel-cepstral distance measure for objective speech quality assessment", IEEE PACRIM 1993. c is the
    DCT-II of the logarithm of ``mel_l1``'s mel (so that ln |H| = Σ c_m cos mω on the mel axis), clipped as there.
    Coefficient 0, the level, is left out. Both sounds are one performance, so frames are compared without time
    warping. Frames with no cell above the floor do not count.
    """
    a, b, on = aligned_mels(reference, estimate)
    cepstrum_a, cepstrum_b = (
        scipy.fft.dct(x * np.log(10) / 20, type=2, axis=0)[1 : MCD_ORDER + 1] / len(x) for x in (a, b)
    )
    distortion = 10 / np.log(10) * np.sqrt(2 * ((cepstrum_a - cepstrum_b) ** 2).sum(axis=0, dtype=np.float64))
    heard = on.any(axis=0)
    frames_s = np.arange(len(distortion)) * HOP / SAMPLE_RATE
    segments = in_segments(distortion[heard], frames_s[heard], _seconds(reference))
    return Measured(segments, lambda distortions: ratio(distortions.sum(), len(distortions)))


def clipped(reference_db: np.ndarray, estimate_db: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return two mels (M, N) dB clipped ``FLOOR_DB`` below the reference's maximum, and the cells that count, bool."""
    floor = reference_db.max() - FLOOR_DB
    on = (reference_db > floor) | (estimate_db > floor)
    return np.maximum(reference_db, floor), np.maximum(estimate_db, floor), on


def aligned_mels(reference: np.ndarray, estimate: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both mels (M, N) in dB, levels aligned by RMS and clipped at the floor, and the cells that count, bool."""
    n = min(len(reference), len(estimate))
    reference, estimate = reference[:n], estimate[:n]
    estimate = estimate * np.sqrt((reference**2).mean() / ((estimate**2).mean() + 1e-12))
    a, b = (
        librosa.power_to_db(
            librosa.feature.melspectrogram(y=x, sr=SAMPLE_RATE, n_fft=2048, hop_length=HOP, n_mels=128, fmax=10000),
            amin=1e-10,
            top_db=None,
        )
        for x in (reference, estimate)
    )
    return clipped(a, b)


def _floored_db(reference: np.ndarray, estimate: np.ndarray, n_fft: int, hop: int) -> tuple[np.ndarray, np.ndarray]:
    """STFT magnitudes (F, N) of both in dB, floored 80 dB below the reference's maximum."""
    n = min(len(reference), len(estimate))
    a, b = (np.abs(librosa.stft(x[:n], n_fft=n_fft, hop_length=hop)) for x in (reference, estimate))
    floor = a.max() * 1e-4
    return 20 * np.log10(np.maximum(a, floor)), 20 * np.log10(np.maximum(b, floor))


def _seconds(waveform: np.ndarray) -> float:
    return len(waveform) / SAMPLE_RATE
