"""A small network that corrects what is computed: a sharper magnitude, and the steps of its phase.

Like Vocos (Siuzdak 2023) it draws a whole spectrum a frame and leaves the waveform to the inverse STFT, so that all of
it runs at 43 frames a second. Unlike Vocos it is not asked for the phase, which no spectral loss determines, but for
how far the phase moves from cell to cell, which is the same wherever a partial began; these steps are then added up as
in phase-gradient heap integration. (Masuyama et al., "Phase reconstruction based on recurrent phase unwrapping with
deep neural networks", ICASSP 2020, ask for the same two derivatives.) And it is two-dimensional, for pitch is a
translation: what it knows of one partial it knows of all.

Untrained it adds nothing: what comes out is ``pghi``.
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
from hum2guitar.synthesis import checkpoint
from hum2guitar.synthesis.generator.layers import Conv, add_height, fold, unfold
from hum2guitar.synthesis.inversion.magnitude import mel_to_magnitude, mel_to_power
from hum2guitar.synthesis.inversion.pghi import integrate, phase_steps
from hum2guitar.synthesis.inversion.pieces import Spectrum, invert_in_pieces

FILE_NAME = "vocoder.safetensors"
KIND = "hum2guitar vocoder"
GRID = ("sample_rate", "n_fft", "hop_length", "n_mels", "fmin_hz", "fmax_hz", "mel_floor_db", "mel_ceil_db")
ROWS = 4  # neighbouring bins that are folded into channels
DEPTH_DB = 20.0  # under the mel's floor, where a bin counts as empty
UNITS = (10.0, 1.0, 1.0)  # dB, radians, radians: what each output counts in


def invert(
    mel_db: np.ndarray,
    f0_hz: np.ndarray,
    n_samples: int,
    config: Config,
    *,
    iterations: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Invert a mel as ``Inversion.invert`` says, with the bundled network and by default without Griffin-Lim."""
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

    return invert_in_pieces(spectrum_of, n_frames, n_samples, config, iterations or 0)


@dataclass(frozen=True)
class Design:
    """What gives the weights their meaning: the sizes of the network, and the Config whose mels it hears."""

    config: Config = dataclasses.field(default_factory=Config)
    width: int = 32
    blocks: int = 4

    def __post_init__(self) -> None:
        if self.width < 1 or self.blocks < 0:
            raise ValueError(f"a vocoder of width {self.width} and {self.blocks} blocks cannot be")

    @property
    def context_frames(self) -> int:
        """How far to either side, in frames, it can look."""
        return 2 + 2 * self.blocks

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict; ``from_dict`` inverts it."""
        return {"width": self.width, "blocks": self.blocks, "config": self.config.to_dict()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Design:
        """Raises CheckpointError where the values do not hold together."""
        try:
            return cls(Config.from_dict(values["config"]), values["width"], values["blocks"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"the vocoder's design does not hold together: {error}") from error


class Block(nn.Module):
    """x + conv(silu(conv(silu(x)))), the second convolution starting at zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.widen, self.merge = Conv(width, width), Conv(width, width)
        for parameter in self.merge.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, H, N) → the same shape."""
        return x + self.merge(F.silu(self.widen(F.silu(x))))


class Vocoder(nn.Module):
    """(B, 4, F, N) of ``hear`` → (B, 3, F, N): a correction in dB, and radians along time and along frequency.

    The last two are to be added to the steps of ``pghi.phase_steps`` from a cell to the next.
    """

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.stem = Conv(4 * ROWS + 1, design.width)
        self.blocks = nn.ModuleList([Block(design.width) for _ in range(design.blocks)])
        self.head = Conv(design.width, len(UNITS) * ROWS)
        for parameter in self.head.parameters():
            nn.init.zeros_(parameter)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast on a CPU

    def forward(self, heard: torch.Tensor) -> torch.Tensor:
        """As the class says."""
        n_bins = heard.shape[2]
        heard = F.pad(heard, (0, 0, 0, -n_bins % ROWS), mode="replicate")
        x = self.stem(add_height(fold(heard, ROWS)))
        for block in self.blocks:
            x = block(x)
        drawn = unfold(self.head(F.silu(x)), ROWS)[:, :, :n_bins]
        return drawn * drawn.new_tensor(UNITS)[:, None, None]


def hear(magnitude: np.ndarray, f0_hz: np.ndarray, config: Config) -> np.ndarray:
    """(F, N) magnitude, (N,) Hz with NaN → (4, F, N) float32, what the network sees of a recording.

    The level, -1 to 1 by the mel's range; the distance to the nearest multiple of F0, in bins, up to 2, as a number
    from -1 to 1 and as nearness from 0 to 1; whether there is an F0.
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
    """Magnitude → dB, not below ``DEPTH_DB`` under the mel's floor."""
    lowest_db = config.mel_floor_db - DEPTH_DB
    return 20 * np.log10(np.maximum(magnitude, np.float32(10 ** (lowest_db / 20))))


@dataclass(frozen=True)
class Loaded:
    """A vocoder's file, read: the network in float32 eval mode, its design, and where it came from."""

    network: Vocoder
    design: Design
    provenance: dict[str, Any]


def save(path: Path, weights: dict[str, torch.Tensor], design: Design, provenance: dict[str, Any]) -> None:
    """Write weights (as float16) with everything needed to rebuild the vocoder, all or nothing."""
    checkpoint.write(path, KIND, weights, design.to_dict(), provenance)


def bundled() -> Path:
    """The vocoder that ships."""
    return checkpoint.bundled(FILE_NAME)


@lru_cache(maxsize=2)
def load(path: Path) -> Loaded:
    """Load a vocoder's file, once. Raises CheckpointError, one sentence for each way in which it can be unusable."""
    weights, described, provenance = checkpoint.read(path, KIND, "vocoder", "python -m train vocoder export")
    design = Design.from_dict(described)
    network = Vocoder(design)
    checkpoint.fill(network, weights, path.name)
    return Loaded(network.eval(), design, provenance)


def unlike(trained: Config, config: Config) -> str | None:
    """Name the first field in which the mels of two Configs differ; None where they are alike."""
    return next((name for name in GRID if getattr(trained, name) != getattr(config, name)), None)


def unfit(config: Config) -> str | None:
    """Say why the bundled vocoder cannot take the mels of a Config; None where it can."""
    learnt = load(bundled()).design.config
    name = unlike(learnt, config)
    if name is None:
        return None
    return (
        f"the vocoder was trained on mels with {name} {getattr(learnt, name)}, "
        f"and the checkpoint's have {getattr(config, name)}"
    )


@torch.inference_mode()
def correct(loaded: Loaded, magnitude: np.ndarray, f0_hz: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(F, N) magnitude of the mel, (N,) Hz → a better one (F, N), its phase's steps as ``pghi.phase_steps`` has them.

    What is silent stays silent.
    """
    heard = torch.from_numpy(hear(magnitude, f0_hz, loaded.design.config))[None]
    drawn = loaded.network(heard.contiguous(memory_format=torch.channels_last))[0].numpy()
    along_time, along_frequency = phase_steps(magnitude, loaded.design.config)
    better = magnitude * 10 ** (drawn[0] / 20)
    return better.astype(np.float32), along_time + drawn[1][:, :-1], along_frequency + drawn[2][:-1]
