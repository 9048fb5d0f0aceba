"""The judge: is this half-second a guitar, or something sung, whistled, bowed or blown?

A small network over log-mels. It is trained (``judge fit``) on instruments from which no generator learns, and hears
both classes after mel and inversion. So it knows neither the generator's guitars nor the traces of an inversion. A hash
fixes its weights, so that nobody tunes the judge together with a generator. Fréchet distances over MFCCs are the usual
measure for this purpose, but they compare recordings rather than instruments.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load as deserialise
from torch import nn

from hum2guitar import mel
from hum2guitar.analysis import audio
from hum2guitar.config import Config
from hum2guitar.errors import CheckpointError

WEIGHTS = Path(__file__).with_name("judge.safetensors")
SHA256 = "ad138062527b06163caab1acdecdf6492064e7b7065cffb066e6eba2b7d0efb7"
EAR = Config(n_fft=1024, hop_length=256, n_mels=96, fmin_hz=40.0, mel_floor_db=-100.0)  # a fine grid in time
FRAMES = 43  # of EAR: half a second
RANGE_DB = 50.0  # below the half-second's loudest cell; what is softer is noise of the recording
SILENT_DB = 30.0  # a half-second that is softer than the loudest one by more than this is not judged


class Network(nn.Module):
    """(B, 1, M, FRAMES) in 0 to 1 → (B,) logit, positive for a guitar. 110 k parameters.

    A second plane gives each cell its place in frequency, because the means of the last layers do not have it (Liu et
    al. 2018, "An intriguing failing of convolutional neural networks and the CoordConv solution").
    """

    def __init__(self, widths: tuple[int, ...] = (24, 48, 72, 96)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, width in zip((2, *widths), widths, strict=False):
            layers += [nn.Conv2d(before, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Linear(2 * widths[-1], 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1))

    def forward(self, heard: torch.Tensor) -> torch.Tensor:
        """Map (B, 1, M, FRAMES) to (B,); at the end mean and maximum are taken over time and frequency."""
        place = torch.linspace(0, 1, heard.shape[2], device=heard.device)[:, None].expand_as(heard)
        seen = self.body(torch.cat([heard, place], dim=1))
        return self.head(torch.cat([seen.mean(dim=(2, 3)), seen.amax(dim=(2, 3))], dim=1))[:, 0]


class Judge:
    """A trained network. It holds no state between calls."""

    def __init__(self, network: Network) -> None:
        self._network = network.eval()

    def scores(self, waveform: np.ndarray, sample_rate: int = EAR.sample_rate) -> np.ndarray:
        """Return the probability of a guitar, (K,), for each half-second of (T,) that is not silent."""
        return self.scores_of(half_seconds(hear(waveform, sample_rate)))

    @torch.inference_mode()
    def scores_of(self, windows: np.ndarray) -> np.ndarray:
        """Return the probability of a guitar, (K,), for windows (K, M, FRAMES) in dB."""
        if len(windows) == 0:
            return np.zeros(0, dtype=np.float32)
        return torch.sigmoid(self._network(normalise(torch.from_numpy(windows)))).numpy()

    def share(self, waveform: np.ndarray, sample_rate: int = EAR.sample_rate) -> float:
        """Return the share of the half-seconds of (T,) that are taken for a guitar; NaN where all is silent."""
        scores = self.scores(waveform, sample_rate)
        return float((scores > 0.5).mean()) if len(scores) else float("nan")


def load(path: Path = WEIGHTS, sha256: str = SHA256) -> Judge:
    """Load the judge with the weights that this version names. Raises CheckpointError for others, or none."""
    if not path.is_file():
        raise CheckpointError(
            f"the judge's weights {path} are missing; get them with the repository, train/judge/judge.safetensors"
        )
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise CheckpointError(
            f"the judge's weights {path.name} have the SHA-256 {found[:12]}…, this version's judge has {sha256[:12]}…; "
            "restore the file, or write the new hash into train/judge/judge.py before any generator is tuned"
        )
    return _judge(content)


@lru_cache(maxsize=2)
def _judge(content: bytes) -> Judge:
    network = Network()
    network.load_state_dict(deserialise(content))
    return Judge(network)


def hear(waveform: np.ndarray, sample_rate: int = EAR.sample_rate) -> np.ndarray:
    """Return the mel (M, N) in dB, on the judge's own grid, of a waveform (T,) float32.

    Another rate than that of the grid is resampled to it, so the judge hears nothing above 10 kHz at any rate.
    """
    if sample_rate != EAR.sample_rate:
        waveform = audio.resample(waveform, sample_rate, EAR.sample_rate)
    if len(waveform) == 0:
        return np.zeros((EAR.n_mels, 0), dtype=np.float32)
    power = mel.power_spectrogram(torch.from_numpy(np.ascontiguousarray(waveform, dtype=np.float32)), EAR)
    return mel.power_to_mel_db(power, EAR).numpy()


def half_seconds(mel_db: np.ndarray, depth_db: float = SILENT_DB) -> np.ndarray:
    """Cut a mel (M, N) dB into half-seconds; returns those that are ``audible``, (K, M, FRAMES)."""
    starts = [start for start in audible(mel_db, depth_db) if start % FRAMES == 0]
    return np.array([mel_db[:, start : start + FRAMES] for start in starts], dtype=np.float32)


def audible(mel_db: np.ndarray, depth_db: float = SILENT_DB) -> np.ndarray:
    """Return the frames (K,) of a mel (M, N) dB at which a half-second begins that is at most ``depth_db`` softer than
    the loudest one."""
    if mel_db.shape[1] < FRAMES:
        return np.zeros(0, dtype=int)
    level = np.convolve((10 ** (mel_db / 10)).sum(axis=0), np.ones(FRAMES) / FRAMES, mode="valid")
    nothing = 2 * EAR.n_mels * 10 ** (EAR.mel_floor_db / 10)
    return np.flatnonzero((level > level.max() * 10 ** (-depth_db / 10)) & (level > nothing))


def normalise(windows: torch.Tensor) -> torch.Tensor:
    """Scale windows (B, M, FRAMES) dB to (B, 1, M, FRAMES): 1 at the loudest cell of each, 0 at ``RANGE_DB`` below."""
    loudest = windows.amax(dim=(1, 2), keepdim=True)
    return ((windows - loudest) / RANGE_DB + 1).clamp(0, 1)[:, None]
