"""What the vocoder learns: from mels real, damaged and generated, the spectra of the recordings they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from hum2guitar import Hum2Guitar, mel
from hum2guitar.config import Config
from hum2guitar.synthesis import harmonics
from hum2guitar.synthesis.controls import Controls
from hum2guitar.synthesis.inversion import vocoder
from hum2guitar.synthesis.inversion.magnitude import mel_to_magnitude, mel_to_power
from hum2guitar.synthesis.inversion.pghi import phase_steps
from hum2guitar.synthesis.inversion.vocoder import Vocoder, decibels
from train.data.augment import AugmentationConfig
from train.data.dataset import SEGMENT_FRAMES, Example, Segments

AUGMENTATION = AugmentationConfig(hum_like=0.4)  # hums' faults in the F0, which the vocoder is shown
KINDS = {"real": 0.4, "damaged": 0.2, "generated": 0.4}  # shares of the mels
NOISY = 0.5  # share of the recordings that get a noise, which is then to be reproduced
Batch = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Weights:
    """How much each loss counts. Level and motion are in units of 10 dB, the phases' are 0 to 2."""

    level: float = 1.0
    motion: float = 0.5
    convergence: float = 1.0
    time: float = 1.0
    frequency: float = 1.0


class Material:
    """Segments of a corpus as the vocoder sees them; example i is the same on every machine, drawn from (seed, i).

    An example holds ``heard`` (4, F, N) of ``vocoder.hear``, ``base_db`` (F, N) and the steps ``base_time`` and
    ``base_frequency`` of the mel's magnitude, which the network corrects, and ``target`` (F, N) complex.
    """

    def __init__(
        self, corpus: Path, split: str, converter: Hum2Guitar, seed: int, kinds: dict[str, float] | None = None
    ) -> None:
        self.segments = Segments(corpus, split, converter.config, seed=seed, augmentation=AUGMENTATION)
        self.converter, self.seed, self.kinds = converter, seed, kinds or KINDS

    def __getitem__(self, index: int) -> Batch:
        config = self.converter.config
        example = self.segments[index]
        rng = np.random.default_rng([self.seed, index, 1])
        kind = str(rng.choice(list(self.kinds), p=list(self.kinds.values())))
        waveform = example["waveform"]
        if kind != "generated" and rng.random() < NOISY:
            waveform = waveform + torch.from_numpy(noise(len(waveform), rng))
        margin = self.segments.margin
        target = mel.stft(waveform, config)[:, margin : margin + SEGMENT_FRAMES]
        mel_db = mel.power_to_mel_db(target.real**2 + target.imag**2, config).numpy()
        if kind == "generated":
            mel_db = generated(self.converter, example, mel_db)
        elif kind == "damaged":
            mel_db = damaged(mel_db, config, rng)
        return inputs(mel_db, example["controls"][0].numpy(), config) | {"target": target}

    def batch(self, first: int, size: int) -> Batch:
        """Examples from ``first`` on, ``size`` of them, stacked."""
        examples = [self[i] for i in range(first, first + size)]
        return {name: torch.stack([example[name] for example in examples]) for name in examples[0]}


def noise(n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """(T,) float32: a room's or a microphone's, its spectrum falling by 0 to 6 dB an octave, 40 to 80 dB under 1."""
    spectrum = np.fft.rfft(rng.normal(size=n_samples)) / np.maximum(1, np.arange(n_samples // 2 + 1)) ** rng.uniform()
    found = np.fft.irfft(spectrum, n_samples)
    return (found / found.std() * 10 ** (-rng.uniform(40, 80) / 20)).astype(np.float32)


def inputs(mel_db: np.ndarray, f0_hz: np.ndarray, config: Config) -> Batch:
    """What the network hears of a mel (M, N) dB and an F0 (N,), and what it corrects."""
    magnitude = mel_to_magnitude(mel_to_power(mel_db, config), config)
    along_time, along_frequency = phase_steps(magnitude, config)
    arrays = {
        "heard": vocoder.hear(magnitude, f0_hz, config),
        "base_db": decibels(magnitude, config),
        "base_time": along_time,
        "base_frequency": along_frequency,
    }
    return {name: torch.from_numpy(np.asarray(array, dtype=np.float32)) for name, array in arrays.items()}


@torch.inference_mode()
def generated(converter: Hum2Guitar, example: Example, true_db: np.ndarray) -> np.ndarray:
    """The mel (M, N) dB that the generator draws for an example's label, its level that of the truth in ``follow``."""
    label = harmonics.draw_label(Controls(*example["controls"]), converter.config)
    drawn_db = converter.generate(label.numpy(), example["condition"].numpy())
    follow = bool(example["condition"][-1] > 0)
    return mel.with_energy_of(drawn_db, true_db, converter.config) if follow else drawn_db


def damaged(mel_db: np.ndarray, config: Config, rng: np.random.Generator) -> np.ndarray:
    """(M, N) dB blurred, grained and hazed, each to a random degree, as generators do it."""
    blurred = gaussian_filter(mel_db, (rng.uniform(0, 1.5), rng.uniform(0, 0.8)))
    grain = gaussian_filter(rng.normal(size=mel_db.shape), rng.uniform(0.3, 1.5))
    grain *= rng.uniform(0, 2) / grain.std()
    haze = mel_db.max() - rng.uniform(60, 100) + 3 * gaussian_filter1d(rng.normal(size=mel_db.shape), 1.0, axis=1)
    louder = np.maximum(blurred + grain, haze)
    return np.clip(louder, config.mel_floor_db, None).astype(np.float32)


def losses(network: Vocoder, batch: Batch, config: Config) -> dict[str, torch.Tensor]:
    """Each of ``Weights``' losses, a scalar.

    ``level``, ``motion``: L1 of the log magnitude and of its frame-to-frame change. ``convergence``: L1 of the
    magnitude over its sum. ``time``, ``frequency``: 1 - cos of the error of the phase's steps, weighted by the square
    root of the two cells' magnitudes: indifferent to whole turns and to where a partial's phase began, like the
    anti-wrapping losses of Ai and Ling, "Neural speech phase prediction", ICASSP 2023.
    """
    drawn = network(batch["heard"].contiguous(memory_format=torch.channels_last))
    floor_db = config.mel_floor_db
    target = batch["target"]
    magnitude = target.abs()
    true_db = (20 * torch.log10(magnitude.clamp_min(1e-5))).clamp_min(floor_db)
    drawn_db = (batch["base_db"] + drawn[:, 0]).clamp_min(floor_db)
    difference = (drawn_db - true_db) / 10
    loud = torch.where(batch["base_db"] > floor_db, 10 ** (drawn_db / 20), 0.0)
    advance = 2 * torch.pi * torch.arange(config.n_bins) * config.hop_length / config.n_fft
    error_time = _step(target, 2) - advance[:, None] - batch["base_time"] - drawn[:, 1, :, :-1]
    error_frequency = _step(target, 1) + torch.pi - batch["base_frequency"] - drawn[:, 2, :-1]
    return {
        "level": difference.abs().mean(),
        "motion": difference.diff(dim=2).abs().mean(),
        "convergence": (loud - magnitude).abs().sum() / magnitude.sum(),
        "time": _weighted(1 - error_time.cos(), magnitude[:, :, 1:] * magnitude[:, :, :-1]),
        "frequency": _weighted(1 - error_frequency.cos(), magnitude[:, 1:] * magnitude[:, :-1]),
    }


def _step(spectrum: torch.Tensor, dim: int) -> torch.Tensor:
    """How far the phase of (B, F, N) moves from a cell to the next, in radians."""
    n = spectrum.shape[dim] - 1
    return (spectrum.narrow(dim, 1, n) * spectrum.narrow(dim, 0, n).conj()).angle()


def _weighted(error: torch.Tensor, power: torch.Tensor) -> torch.Tensor:
    weight = power.sqrt().sqrt()
    return (error * weight).sum() / weight.sum()
