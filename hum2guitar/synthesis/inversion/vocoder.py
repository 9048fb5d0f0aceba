"""A small network that corrects the magnitude and the phase differences of ``pghi``.

Like Vocos (Siuzdak 2023), it generates a spectrum for each frame, and the inverse STFT makes the waveform. So the
network runs at 43 frames per second. Unlike Vocos, it does not generate the phase but the phase differences between
neighbouring bins, which do not depend on the time at which a partial started. ``pghi.integrate`` then adds them up.
Masuyama et al. ("Phase reconstruction based on recurrent phase unwrapping with deep neural networks", ICASSP 2020)
estimate the same two differences. The network is convolutional in time and frequency, because a change of pitch shifts
partials in frequency.

The output layers start at zero, so the result of an untrained network is that of ``pghi``.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from hum2guitar.config import Config
from hum2guitar.errors import CheckpointError
from hum2guitar.stages import Report, no_report
from hum2guitar.synthesis import checkpoint
from hum2guitar.synthesis.arithmetic import arithmetic
from hum2guitar.synthesis.generator.layers import Conv, add_height, fold, unfold
from hum2guitar.synthesis.inversion.magnitude import mel_to_magnitude, mel_to_power
from hum2guitar.synthesis.inversion.match import restore_mel
from hum2guitar.synthesis.inversion.pghi import integrate, phase_steps
from hum2guitar.synthesis.inversion.pieces import Spectrum, invert_in_pieces

FILE_NAME = "vocoder.safetensors"
KIND = "hum2guitar vocoder"
GRID = ("sample_rate", "n_fft", "hop_length", "n_mels", "fmin_hz", "fmax_hz")
ROWS = 4  # this many neighbouring bins are folded into channels
DEPTH_DB = 20.0  # levels are limited from below to this far under ``mel_floor_db``
BASE_HZ = 11025.0  # the height channel reaches 1 at the bin of this frequency, or at the highest bin below it
UNITS = (10.0, 1.0, 1.0)  # units of the three outputs: dB, radians, radians


def invert(
    mel_db: np.ndarray,
    f0_hz: np.ndarray,
    n_samples: int,
    config: Config,
    *,
    iterations: int | None = None,
    seed: int = 0,
    report: Report = no_report,
) -> np.ndarray:
    """Invert a mel spectrogram as described in ``Invert``, by default without iterations of Griffin-Lim."""
    loaded = load(bundled())
    context = loaded.design.context_frames
    n_frames = mel_db.shape[1]

    def spectrum_of(start: int, stop: int, known: np.ndarray | None) -> Spectrum:
        left, right = max(0, start - context), min(n_frames, stop + context)
        magnitude = mel_to_magnitude(mel_to_power(mel_db[:, left:right], config), config)
        corrected = correct(loaded, magnitude, f0_hz[left:right])
        magnitude, along_time, along_frequency = (x[:, start - left :] for x in corrected)
        n = stop - start
        steps = along_time[:, : n - 1], along_frequency[:, :n]
        return magnitude[:, :n], integrate(magnitude[:, :n], *steps, config, seed=seed, known=known)

    def last_step(waveform: np.ndarray, start: int, stop: int) -> np.ndarray:
        return restore_mel(waveform, mel_db[:, start:stop], config)

    return invert_in_pieces(spectrum_of, n_frames, n_samples, config, iterations or 0, last_step, report)


@dataclass(frozen=True)
class Design:
    """The settings of a vocoder, saved with its weights.

    Attributes
    ----------
    config : the settings of the mel spectrograms that it was trained on
    width : number of channels
    blocks : number of residual blocks
    """

    config: Config = dataclasses.field(default_factory=Config)
    width: int = 32
    blocks: int = 4

    def __post_init__(self) -> None:
        for name, low, high in (("width", 1, 1024), ("blocks", 0, 64)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise ValueError(f"{name} is {value!r}; it must be a whole number from {low} to {high}")

    @property
    def n_base_rows(self) -> int:
        """Folded rows of the bins up to ``BASE_HZ``."""
        highest = round(BASE_HZ * self.config.n_fft / self.config.sample_rate)
        return -(-min(self.config.n_bins, highest + 1) // ROWS)

    @property
    def context_frames(self) -> int:
        """Frames before and after a frame that its output depends on."""
        return 2 + 2 * self.blocks

    def to_dict(self) -> dict[str, Any]:
        """Convert to a JSON-ready dict, the inverse of ``from_dict``."""
        return {"width": self.width, "blocks": self.blocks, "config": self.config.to_dict()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Design:
        """Create a design from a dict. Raises CheckpointError if the values are not valid."""
        try:
            return cls(Config.from_dict(values["config"]), values["width"], values["blocks"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"the design of the vocoder is not valid: {error}; export the vocoder again"
            ) from error


class Block(nn.Module):
    """A residual block: x + conv(silu(conv(silu(x)))). The second convolution starts at zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.widen, self.merge = Conv(width, width), Conv(width, width)
        for parameter in self.merge.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the block: (B, C, H, N) → (B, C, H, N)."""
        return x + self.merge(F.silu(self.widen(F.silu(x))))


class Vocoder(nn.Module):
    """The network: (B, 4, F, N) from ``input_features`` → (B, 3, F, N).

    The outputs are a correction of the magnitude in dB and corrections of the two phase differences of
    ``pghi.phase_steps`` in radians.
    """

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.n_base_rows = design.n_base_rows
        self.stem = Conv(4 * ROWS + 1, design.width)
        self.blocks = nn.ModuleList([Block(design.width) for _ in range(design.blocks)])
        self.head = Conv(design.width, len(UNITS) * ROWS)
        for parameter in self.head.parameters():
            nn.init.zeros_(parameter)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast on a CPU

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Apply the network: (B, 4, F, N) → (B, 3, F, N)."""
        n_bins = features.shape[2]
        features = F.pad(features, (0, 0, 0, -n_bins % ROWS), mode="replicate")
        x = self.stem(add_height(fold(features, ROWS), self.n_base_rows))
        for block in self.blocks:
            x = block(x)
        generated = unfold(self.head(F.silu(x)), ROWS)[:, :, :n_bins]
        return generated * generated.new_tensor(UNITS)[:, None, None]


def input_features(magnitude: np.ndarray, f0_hz: np.ndarray, config: Config) -> np.ndarray:
    """Compute the input of the network.

    Parameters
    ----------
    magnitude : (F, N)
    f0_hz : (N,) — Hz, NaN where unvoiced
    config : the settings of the mel spectrogram

    Returns
    -------
    features : (4, F, N) float32 — the level, -1 to 1; the distance to the nearest multiple of F0, -1 to 1 for -2 to 2
        bins, else 0; 1 minus the absolute distance, else 0; 1 where voiced, else 0
    """
    floor_db, ceil_db = config.mel_floor_db - DEPTH_DB, config.mel_ceil_db
    level = 2 * (decibels(magnitude, config) - floor_db) / (ceil_db - floor_db) - 1
    bin_hz = config.sample_rate / config.n_fft
    frequency = (np.arange(config.n_bins, dtype=np.float32) * bin_hz)[:, None]
    voiced = np.isfinite(f0_hz)
    f0 = np.where(voiced, f0_hz, 1.0)
    distance = (frequency - np.maximum(np.rint(frequency / f0), 1) * f0) / bin_hz / 2
    near = voiced & (np.abs(distance) < 1)
    nearness = np.where(near, 1 - np.abs(distance), 0)
    planes = level, np.where(near, distance, 0), nearness, np.broadcast_to(voiced, level.shape)
    return np.stack(planes).astype(np.float32)


def decibels(magnitude: np.ndarray, config: Config) -> np.ndarray:
    """Convert magnitude to dB, at least ``mel_floor_db - DEPTH_DB``."""
    lowest_db = config.mel_floor_db - DEPTH_DB
    return 20 * np.log10(np.maximum(magnitude, np.float32(10 ** (lowest_db / 20))))


@dataclass(frozen=True)
class Loaded:
    """A loaded vocoder: its network in float32 and eval mode, its design, and how it was trained."""

    network: Vocoder
    design: Design
    provenance: dict[str, Any]


def save(path: Path, weights: dict[str, torch.Tensor], design: Design, provenance: dict[str, Any]) -> None:
    """Write weights as float16, with the design and the provenance, atomically."""
    checkpoint.write(path, KIND, weights, design.to_dict(), provenance)


def bundled() -> Path:
    """Find the file of the bundled vocoder."""
    return checkpoint.bundled(FILE_NAME)


@lru_cache(maxsize=2)
def load(path: Path) -> Loaded:
    """Load a vocoder; a second call returns the same one. Raises CheckpointError if the file cannot be used."""
    weights, described, provenance = checkpoint.read(path, KIND, "vocoder", "python -m train vocoder export")
    design = Design.from_dict(described)
    with torch.device("meta"):
        network = Vocoder(design)
    checkpoint.fill(network, weights, path.name)
    return Loaded(network.eval(), design, provenance)


def first_difference(trained: Config, config: Config) -> str | None:
    """Name the first setting in which the mel spectrograms of two Configs differ; None if they are equal."""
    return next((name for name in GRID if getattr(trained, name) != getattr(config, name)), None)


def incompatibility(config: Config) -> str | None:
    """Say why the bundled vocoder cannot use the mel spectrograms of a Config; None if it can."""
    trained = load(bundled()).design.config
    name = first_difference(trained, config)
    if name is None:
        return None
    return (
        f"the vocoder was trained on mels with {name} {getattr(trained, name)}, but the checkpoint has {name} "
        f"{getattr(config, name)}"
    )


@torch.inference_mode()
def correct(loaded: Loaded, magnitude: np.ndarray, f0_hz: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Correct the magnitude and compute the corrected phase differences. Silence stays silent.

    Parameters
    ----------
    loaded : the vocoder
    magnitude : (F, N) — from the mel spectrogram
    f0_hz : (N,) — Hz, NaN where unvoiced

    Returns
    -------
    magnitude : (F, N) float32
    along_time : (F, N - 1) — radians, as in ``pghi.phase_steps``
    along_frequency : (F - 1, N) — radians, as in ``pghi.phase_steps``
    """
    features = torch.from_numpy(input_features(magnitude, f0_hz, loaded.design.config))[None]
    with arithmetic():
        correction = loaded.network(features.contiguous(memory_format=torch.channels_last))[0].float().numpy()
    along_time, along_frequency = phase_steps(magnitude, loaded.design.config)
    corrected = (magnitude * 10 ** (correction[0] / 20)).astype(np.float32)
    return corrected, along_time + correction[1][:, :-1], along_frequency + correction[2][:-1]
