"""The cepstral tracker of the original Hum2Guitar."""

from __future__ import annotations

import numpy as np

from hum2guitar.analysis.trackers.tracker import Track


class CepstrumTracker:
    """Find F0 from the peak of the real cepstrum (Noll, "Cepstrum pitch determination", JASA 41, 1967).

    The highest peak between the shortest and the longest period is the period. A peak at 1/2 to 1/5 of it is used
    instead if it is nearly as high. A parabola places the peak between two bins. The confidence is the height of the
    peak over the spread of the cepstrum.

    The tracker of the original Hum2Guitar rounded F0 to STFT bins, found F0 in faint noise, and removed whole notes as
    outliers. This one does not.
    """

    N_FFT = 4096
    WINDOW = 1536
    HOP = 256
    FLOOR_DB = -80.0  # re the strongest bin of the frame; weaker bins hold rounding errors
    PEAK_AT_HALF = 5.5  # confidence 0.5: peak in standard deviations of the cepstrum; noise reaches less than 5
    NEARLY = 0.7  # of the height of the peak; multiples of a period have peaks too, sometimes higher ones

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
        # a low voice has more harmonics and therefore a higher peak; this factor compensates for it
        searched = cepstrum[:, shortest:longest] * np.minimum(1.0, quefrencies / (sample_rate / 400)) ** 0.5
        rows = np.arange(len(frames))
        highest = searched.argmax(axis=1)
        peak = self._shortest_period(cepstrum, rows, quefrencies[highest], shortest)
        period = peak + _parabola(cepstrum, rows, peak)
        spread = np.median(np.abs(searched), axis=1) / 0.6745
        prominence = searched[rows, highest] / (spread + 1e-9)
        confidence = 1 / (1 + np.exp(-(prominence - self.PEAK_AT_HALF)))
        return rows * self.HOP / sample_rate, sample_rate / period, confidence

    def _shortest_period(self, cepstrum: np.ndarray, rows: np.ndarray, peak: np.ndarray, shortest: int) -> np.ndarray:
        """Replace each peak (K,) by the one at its smallest fraction, 1/2 to 1/5, that is nearly as high."""
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
    """Fit a parabola to each peak (K,) and its two neighbours; return the offset of the vertex, -0.5 to 0.5 bins."""
    left, centre, right = values[rows, peak - 1], values[rows, peak], values[rows, peak + 1]
    curvature = left - 2 * centre + right
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = 0.5 * (left - right) / curvature
    return np.where(np.abs(offset) < 0.5, offset, 0.0)
