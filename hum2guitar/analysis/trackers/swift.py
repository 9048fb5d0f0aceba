"""SwiftF0."""

from __future__ import annotations

import os

import numpy as np

from hum2guitar.analysis.trackers.tracker import Track

CHUNK_S = 8.0  # longer chunks leave the cache of the processor, and shorter ones the second core idle


class SwiftTracker:
    """swift-f0 (Nieradzik 2025), a network of 95 000 parameters in ONNX.

    Its weights are in the wheel. It runs 50 times faster than real time on one CPU core.
    """

    def __init__(self) -> None:
        import torch

        # onnxruntime, which swift-f0 runs on, reports its use to its maker from the moment when it is imported
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        from swift_f0 import SwiftF0

        self._detector = SwiftF0(threads=torch.get_num_threads(), spin=False)

    def detect(self, waveform: np.ndarray, sample_rate: int, f0_min_hz: float, f0_max_hz: float) -> Track:
        """As ``Tracker.detect``."""
        from swift_f0 import PitchStream, concat

        stream = PitchStream(self._detector, f0_min_hz, f0_max_hz)
        step = round(CHUNK_S * sample_rate)
        parts = [stream.push(waveform[start : start + step], sample_rate) for start in range(0, len(waveform), step)]
        result = concat([*parts, stream.flush()])
        return result.timestamps, result.pitch_hz, result.confidence
