"""Config: everything that gives a checkpoint's weights their meaning."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from hum2guitar.errors import CheckpointError


@dataclass(frozen=True)
class Config:
    """Analysis, label and network settings; frozen, validated at birth, saved inside the checkpoint.

    Shapes used everywhere: ``T`` samples, ``N = 1 + T // hop_length`` frames, ``F = n_fft // 2 + 1`` linear
    bins, ``M = n_mels`` mel bins, ``C`` label channels, ``B`` batch, ``G`` guitars.
    What a visitor chooses (device, iterations, transposition) is not here but an argument of ``convert``.
    """

    # mel spectrogram: 512 bins at hop 512 inverted best of the grids measured (see README, "Measured").
    sample_rate: int = 22050
    n_fft: int = 2048
    hop_length: int = 512
    n_mels: int = 512
    fmin_hz: float = 0.0
    fmax_hz: float = 10000.0
    mel_floor_db: float = -45.0  # maps to -1; at the loudness below it lies 80 dB under a strong pluck
    mel_ceil_db: float = 45.0  # maps to +1
    loudness_db: float = -26.0  # gated RMS that every recording has when its mel is taken, dB re full scale

    # pitch and label
    f0_min_hz: float = 65.0
    f0_max_hz: float = 2000.0
    harmonic_decay_db_per_khz: float = 8.0

    # generator
    architecture: str = "strided"
    sampler: str = "direct"
    global_width: int = 24
    global_blocks: int = 4
    local_width: int = 16
    local_blocks: int = 2
    guitars: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "guitars", tuple(self.guitars))
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{field.name} is {value}; it must be a finite number")
        sizes = ("global_width", "global_blocks", "local_width", "local_blocks")
        for name in ("sample_rate", "n_fft", "hop_length", "n_mels", *sizes):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.hop_length > self.n_fft // 4:
            raise ValueError(
                f"hop_length {self.hop_length} leaves less than 75 % overlap at n_fft {self.n_fft}; "
                f"use at most {self.n_fft // 4}"
            )
        if self.n_mels % 16:
            raise ValueError(f"n_mels is {self.n_mels}; the generator's strides need a multiple of 16")
        if not 0 <= self.fmin_hz < self.fmax_hz <= self.sample_rate / 2:
            raise ValueError(
                f"the mel range {self.fmin_hz} to {self.fmax_hz} Hz must rise and stay within "
                f"0 to {self.sample_rate / 2} Hz"
            )
        if not 0 < self.f0_min_hz < self.f0_max_hz <= self.fmax_hz:
            raise ValueError(f"the F0 range {self.f0_min_hz} to {self.f0_max_hz} Hz must rise within the mel's")
        if self.mel_floor_db >= self.mel_ceil_db:
            raise ValueError(f"mel_floor_db {self.mel_floor_db} must lie below mel_ceil_db {self.mel_ceil_db}")
        if len(set(self.guitars)) != len(self.guitars):
            raise ValueError(f"guitars names one twice: {', '.join(self.guitars)}")

    @property
    def n_bins(self) -> int:
        """F, the number of linear frequency bins."""
        return self.n_fft // 2 + 1

    @property
    def frame_s(self) -> float:
        """Seconds from one frame to the next."""
        return self.hop_length / self.sample_rate

    def n_frames(self, n_samples: int) -> int:
        """N, the number of frames of ``n_samples`` samples."""
        return 1 + n_samples // self.hop_length

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict; ``from_dict`` inverts it."""
        return {**dataclasses.asdict(self), "guitars": list(self.guitars)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Config:
        """The Config of a checkpoint; raises CheckpointError naming a field that this version does not know."""
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise CheckpointError(
                f"the checkpoint's configuration has the unknown field {unknown[0]!r}; it was made by another "
                "version of hum2guitar, use that version or another checkpoint"
            )
        try:
            return cls(**values)
        except (TypeError, ValueError) as error:
            raise CheckpointError(f"the checkpoint's configuration does not hold together: {error}") from error


SMALL = Config()
MEDIUM = dataclasses.replace(SMALL, global_width=36, local_width=24)
BASE = dataclasses.replace(SMALL, global_width=48, global_blocks=6, local_width=32, local_blocks=3)
ORIGINAL = dataclasses.replace(
    SMALL, architecture="original", global_width=64, global_blocks=3, local_width=32, local_blocks=3
)
PRESETS = {"small": SMALL, "medium": MEDIUM, "base": BASE, "original": ORIGINAL}
