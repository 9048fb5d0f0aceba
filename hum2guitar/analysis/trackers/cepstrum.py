"""The cepstral tracker of the original Hum2Guitar."""

from __future__ import annotations

import numpy as np

from hum2guitar.analysis.trackers.tracker import Track


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
