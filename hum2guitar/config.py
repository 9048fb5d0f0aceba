"""Config: everything that gives a checkpoint's weights their meaning."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from hum2guitar.errors import CheckpointError
from hum2guitar.mel_scale import hz_to_mel, mel_to_hz, n_empty_triangles

KINDS: dict[str, tuple[Any, str]] = {  # of a field, by its annotation
    "int": (Integral, "a whole number"),
    "float": (Real, "a number"),
    "str": (str, "a name"),
    "tuple[str, ...]": (tuple, "a list of names"),
}
RANGES: dict[str, tuple[float, float]] = {  # a checkpoint from a stranger must not ask for all memory
    "sample_rate": (1000, 768_000),
    "n_fft": (1, 16_384),
    "hop_length": (1, 4096),
    "n_mels": (1, 4096),
    "mel_floor_db": (-200, 200),
    "mel_ceil_db": (-200, 200),
    "loudness_db": (-100, 0),
    "f0_min_hz": (10, 20_000),
    "f0_max_hz": (10, 20_000),
    "harmonic_decay_db_per_khz": (0, 100),
    "global_width": (1, 1024),
    "global_blocks": (1, 64),
    "local_width": (1, 1024),
    "local_blocks": (1, 64),
    "noise_scale": (0, 1),
}
MAX_GUITARS = 256
NAMES = ("label_channels", "guitars")  # the fields that are lists of names

BASE_CHANNELS = ("semantic harmonics", "onset", "age")  # every label begins with these
BASE_HZ = 10000.0  # where the mel of the first checkpoints ended


@dataclass(frozen=True)
class Config:
    """Settings of the analysis, the label and the network; frozen, checked at birth, saved inside the checkpoint.

    Shapes used everywhere: ``T`` samples, ``N = 1 + T // hop_length`` frames, ``F = n_fft // 2 + 1`` linear bins,
    ``M = n_mels`` mel bins, ``C`` label channels, ``B`` batch, ``G`` guitars, ``K = G + 2`` conditions. What a user
    chooses is not here but in ``Choices``.

    The defaults are those of the first checkpoints, because a file may lack a field that was added later. New runs
    begin from ``PRESETS``.

    Attributes
    ----------
    sample_rate : Hz, of all that is analysed and generated; recordings are resampled to it
    n_fft : samples, the length of the STFT's window and transform
    hop_length : samples from one frame to the next, at most a quarter of ``n_fft``
    n_mels : M, mel bins; a multiple of 16, for the generator's strides
    fmin_hz, fmax_hz : Hz, where the lowest mel triangle begins and where the highest ends
    mel_floor_db, mel_ceil_db : dB, what -1 and +1 mean in a normalised mel
    loudness_db : dB re full scale, the gated RMS that a recording is given before its mel is taken
    f0_min_hz, f0_max_hz : Hz, the range in which a pitch is searched
    harmonic_decay_db_per_khz : dB, by how much the label's harmonics fall with each kHz
    label_channels : what the label shows, entries of ``synthesis.harmonics.CHANNELS``, which is where an unknown name
        is refused; the first are ``BASE_CHANNELS``
    architecture : an entry of ``synthesis.generator.GENERATORS``, which is where an unknown name is refused
    sampler : an entry of ``synthesis.samplers.SAMPLERS``, likewise; how the trained network is used
    noise_scale : standard deviation of the noise that the sampler reads, where it reads any: 1 as in training, 0 for
        the cleanest sound
    global_width, local_width : channels at the full resolution of the global network and of the local enhancer
    global_blocks, local_blocks : residual blocks of each
    guitars : names of the guitars that the network knows, in the order of the condition
    default_guitar : the guitar that is plucked where the user names none; empty for no guitar in particular

    Raises
    ------
    ValueError : a value of the wrong type, or values that cannot work together; the message names them, and where it
        can, values that would work
    """

    sample_rate: int = 22050
    n_fft: int = 2048
    hop_length: int = 512  # 512 mel bins at hop 512 inverted best of the grids that were measured
    n_mels: int = 512
    fmin_hz: float = 0.0
    fmax_hz: float = 10000.0
    mel_floor_db: float = -45.0  # at the loudness below, 80 dB under a strong pluck
    mel_ceil_db: float = 45.0
    loudness_db: float = -26.0

    f0_min_hz: float = 65.0
    f0_max_hz: float = 2000.0
    harmonic_decay_db_per_khz: float = 8.0
    label_channels: tuple[str, ...] = BASE_CHANNELS

    architecture: str = "strided"
    sampler: str = "direct"
    noise_scale: float = 1.0
    global_width: int = 24
    global_blocks: int = 4
    local_width: int = 16
    local_blocks: int = 2
    guitars: tuple[str, ...] = ()
    default_guitar: str = ""

    def __post_init__(self) -> None:
        for name in NAMES:
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
        for field in dataclasses.fields(self):
            _check_kind(field.name, getattr(self, field.name), str(field.type))
        self._check_ranges()
        self._check_grid()
        self._check_names()

    def _check_names(self) -> None:
        for name in NAMES:
            values = getattr(self, name)
            if not all(isinstance(value, str) for value in values):
                raise ValueError(f"{name} is {values!r}; it must be a list of names")
        if self.label_channels[: len(BASE_CHANNELS)] != BASE_CHANNELS:
            raise ValueError(
                f"label_channels is {self.label_channels!r}; it must begin with {', '.join(BASE_CHANNELS)}"
            )
        if len(self.guitars) > MAX_GUITARS:
            raise ValueError(f"there are {len(self.guitars)} guitars; there can be at most {MAX_GUITARS}")
        for guitar in self.guitars:
            if not guitar.isprintable() or not guitar.strip() or set(guitar) & set(":,"):
                raise ValueError(f"a guitar has the name {guitar!r}; use printable characters, without colon and comma")
        if self.default_guitar not in ("", *self.guitars):
            raise ValueError(f"default_guitar is {self.default_guitar!r}; it must be one of the guitars, or empty")
        for name in NAMES:
            values = getattr(self, name)
            if len(set(values)) != len(values):
                raise ValueError(f"{name} names one twice: {', '.join(values)}")

    def _check_ranges(self) -> None:
        if not 0 <= self.fmin_hz < self.fmax_hz <= self.sample_rate / 2:
            raise ValueError(
                f"the mel range {self.fmin_hz} to {self.fmax_hz} Hz must rise and stay within "
                f"0 to {self.sample_rate / 2} Hz"
            )
        if not 0 < self.f0_min_hz < self.f0_max_hz <= self.fmax_hz:
            raise ValueError(f"the F0 range {self.f0_min_hz} to {self.f0_max_hz} Hz must rise within the mel's")
        if self.mel_floor_db >= self.mel_ceil_db:
            raise ValueError(f"mel_floor_db {self.mel_floor_db} must lie below mel_ceil_db {self.mel_ceil_db}")

    def _check_grid(self) -> None:
        if self.hop_length > self.n_fft // 4:
            raise ValueError(
                f"hop_length {self.hop_length} leaves less than 75 % overlap at n_fft {self.n_fft}; "
                f"use at most {self.n_fft // 4}"
            )
        if self.hop_length < self.n_fft // 64:
            raise ValueError(
                f"hop_length {self.hop_length} is short for n_fft {self.n_fft}; use at least {self.n_fft // 64}"
            )
        if self.n_mels % 16:
            raise ValueError(f"n_mels is {self.n_mels}; the generator's strides need a multiple of 16")
        n_empty = self._n_empty_mels(self.n_mels, self.n_fft)
        if n_empty:
            raise ValueError(
                f"{n_empty} of {self.n_mels} mel bins hold no STFT bin at sample_rate {self.sample_rate} and n_fft "
                f"{self.n_fft}; use {self._grids_that_work()}"
            )

    def _n_empty_mels(self, n_mels: int, n_fft: int) -> int:
        return n_empty_triangles(self.sample_rate, n_fft, n_mels, self.fmin_hz, self.fmax_hz)

    def _grids_that_work(self) -> str:
        """Name the largest ``n_mels`` that works with this ``n_fft``, and the next ``n_fft`` for this ``n_mels``."""
        n_mels, n_fft = self.n_mels, self.n_fft
        while n_mels and self._n_empty_mels(n_mels, self.n_fft):
            n_mels -= 16
        while self._n_empty_mels(self.n_mels, n_fft):
            n_fft *= 2
        return f"n_mels {n_mels} or n_fft {n_fft}" if n_mels else f"n_fft {n_fft}"

    @property
    def db_per_unit(self) -> float:
        """By how many dB a normalised mel rises from 0 to 1."""
        return (self.mel_ceil_db - self.mel_floor_db) / 2

    @property
    def n_bins(self) -> int:
        """F, the number of linear frequency bins."""
        return self.n_fft // 2 + 1

    @property
    def n_base_mels(self) -> int:
        """How many of the mel bins end below ``BASE_HZ``; all of them where the mel ends there or lower.

        What was set for a mel that ends there counts these bins alone: the onset strength is their mean, and the
        generator's height channel reaches 1 at the last of them.
        """
        if self.fmax_hz <= BASE_HZ:
            return self.n_mels
        lowest, highest, base = (hz_to_mel(hz) for hz in (self.fmin_hz, self.fmax_hz, BASE_HZ))
        return max(1, round((base - lowest) / (highest - lowest) * (self.n_mels + 1)) - 1)

    @property
    def frame_s(self) -> float:
        """Seconds from one frame to the next."""
        return self.hop_length / self.sample_rate

    def n_frames(self, n_samples: int) -> int:
        """N, the number of frames of ``n_samples`` samples."""
        return 1 + n_samples // self.hop_length

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict; ``from_dict`` inverts it."""
        return dataclasses.asdict(self) | {name: list(getattr(self, name)) for name in NAMES}

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


def _check_kind(name: str, value: Any, annotation: str) -> None:
    """Raise ValueError for a value that is not what its field's annotation says, or that lies outside ``RANGES``."""
    kind, described = KINDS[annotation]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}; it must be {described}")
    if annotation == "float" and not math.isfinite(value):
        raise ValueError(f"{name} is {value}; it must be a finite number")
    if name in RANGES:
        low, high = RANGES[name]
        if not low <= value <= high:
            raise ValueError(f"{name} is {_short(value)}; it must be from {low} to {high}")


def _short(value: float) -> str:
    """Write a number in a few digits; an int can be too large for a float."""
    return f"{value:.6g}" if abs(value) < 1e300 else "too large"


# 44.1 kHz with the frames and the STFT bins of the defaults. The mel bins go on at the same spacing: 112 more of them
# reach 20.7 kHz, and the first 512 are those of the defaults. The floor is lower: the treble of a string that rings and
# what is between its partials are spread over many bins, in each of which they lie under -45 dB.
SMALL = Config(
    sample_rate=44100,
    n_fft=4096,
    hop_length=1024,
    n_mels=624,
    fmax_hz=float(mel_to_hz(np.array(hz_to_mel(BASE_HZ) * 625 / 513))),
    mel_floor_db=-60.0,
    label_channels=(*BASE_CHANNELS, "upper partials"),
)
MEDIUM = dataclasses.replace(SMALL, global_width=36, local_width=24)
BASE = dataclasses.replace(SMALL, global_width=48, global_blocks=6, local_width=32, local_blocks=3)
ORIGINAL = dataclasses.replace(
    SMALL, architecture="original", global_width=64, global_blocks=3, local_width=32, local_blocks=3
)
PRESETS = {"small": SMALL, "medium": MEDIUM, "base": BASE, "original": ORIGINAL}
