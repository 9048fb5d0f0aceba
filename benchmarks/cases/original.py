"""The path of Kim Seonjoo's Hum2Guitar: cepstrum, his network, NNLS and 32 plain Griffin-Lim iterations.

His grid is that of the default Config: 22 050 Hz and 512 mel bins, half the samples of the checkpoint that ships. The
network has his layers (preset ``original``) and computes in float32. Its weights are untrained, which changes no time.
So the mel that is inverted is not its output but the recording's own: NNLS takes as long as the mel is complicated.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import librosa
import numpy as np
import torch

from hum2guitar import mel
from hum2guitar.analysis import audio, f0
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import ORIGINAL, Config
from hum2guitar.stages import Clock
from hum2guitar.synthesis import generator, harmonics
from hum2guitar.synthesis.controls import follow_controls
from hum2guitar.synthesis.generator import forward_in_pieces
from hum2guitar.synthesis.inversion.magnitude import mel_to_power

SIZES = ("architecture", "global_width", "global_blocks", "local_width", "local_blocks")
ITERATIONS = 32


class Case:
    """Convert a recording as the original does. ``recording`` is a file."""

    def __init__(self, recording: str) -> None:
        self._recording = recording
        self._config = replace(Config(), **{name: getattr(ORIGINAL, name) for name in SIZES})
        self._network = generator.build(self._config).eval()
        self._tracker = load_tracker("cepstrum")

    def run(self) -> dict[str, float]:
        """As ``case.Case.run``: reading the file, then the stages that a conversion has too."""
        config, clock = self._config, Clock()
        start = time.perf_counter()
        recording, sample_rate = audio.load(self._recording)
        file_s = time.perf_counter() - start
        with clock.stage("reading"):
            waveform = audio.prepare(recording, sample_rate, config.sample_rate, config.loudness_db)
        with clock.stage("f0"):
            f0_hz, _ = f0.track(f0.condition(waveform, config), config, self._tracker)
            power = mel.power_spectrogram(torch.from_numpy(waveform), config)
            mel_db, energy_db = mel.power_to_mel_db(power, config), mel.frame_energy_db(power, config)
        with clock.stage("label"):
            controls = follow_controls(f0_hz, energy_db.numpy(), np.zeros_like(f0_hz), (), config)
            label = torch.from_numpy(harmonics.draw_label(controls, config))
        with clock.stage("generator"):
            condition = torch.zeros(len(config.guitars) + 2)  # the network does not read it
            forward_in_pieces(self._network, label, label[:0], condition, label.shape[-1])
        with clock.stage("inversion"):
            by_librosa(mel_db.numpy(), config, ITERATIONS, momentum=0.0)
        return {"file": file_s, **clock.seconds}

    def facts(self) -> dict[str, Any]:
        """As ``case.Case.facts``: nothing."""
        return {}


def by_librosa(mel_db: np.ndarray, config: Config, iterations: int, momentum: float) -> np.ndarray:
    """Invert a mel spectrogram as ``librosa.feature.inverse.mel_to_audio`` does: NNLS, then Griffin-Lim.

    Parameters
    ----------
    mel_db : (M, N) — dB
    config : the settings of the mel spectrogram
    iterations : of Griffin-Lim
    momentum : 0 for plain Griffin-Lim; librosa's default is 0.99, fast Griffin-Lim

    Returns
    -------
    waveform : (T,) float32 — whole hops
    """
    scale = (config.sample_rate / mel.UNSCALED_RATE) ** 2  # of librosa's window against ``mel.stft``'s, in power
    magnitude = librosa.feature.inverse.mel_to_stft(
        (mel_to_power(mel_db, config) * scale).astype(np.float32),
        sr=config.sample_rate,
        n_fft=config.n_fft,
        fmin=config.fmin_hz,
        fmax=config.fmax_hz,
        norm=1,
    )
    return librosa.griffinlim(
        magnitude,
        n_iter=iterations,
        hop_length=config.hop_length,
        n_fft=config.n_fft,
        momentum=momentum,
        pad_mode="constant",
        random_state=0,
    )
