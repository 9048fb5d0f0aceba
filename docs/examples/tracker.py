"""Adds an F0 tracker, and is a program that converts with it: python -m docs.examples.tracker hum.wav guitar.wav."""

import sys

import numpy as np

from hum2guitar.__main__ import main
from hum2guitar.analysis.trackers import TRACKERS
from hum2guitar.analysis.trackers.tracker import Track


class Autocorrelation:
    """The lag at which a frame resembles itself most; how much it does is the confidence."""

    def detect(self, waveform: np.ndarray, sample_rate: int, f0_min_hz: float, f0_max_hz: float) -> Track:
        """As ``Tracker.detect``: times in s, F0 in Hz, confidence from 0 to 1, each (K,)."""
        size, hop = 2048, 256
        frames = np.lib.stride_tricks.sliding_window_view(np.pad(waveform, size // 2), size)[::hop]
        power = np.abs(np.fft.rfft(frames * np.hanning(size), 2 * size)) ** 2
        lags = np.arange(int(sample_rate / f0_max_hz), int(sample_rate / f0_min_hz))
        similarity = np.fft.irfft(power) / (power.mean(axis=1, keepdims=True) + 1e-9)
        best = similarity[:, lags].argmax(axis=1)
        confidence = np.clip(similarity[np.arange(len(frames)), lags[best]], 0, 1)
        return np.arange(len(frames)) * hop / sample_rate, sample_rate / lags[best], confidence


TRACKERS["autocorrelation"] = lambda device: Autocorrelation()
if __name__ == "__main__":
    sys.exit(main([*sys.argv[1:], "--tracker", "autocorrelation"]))
