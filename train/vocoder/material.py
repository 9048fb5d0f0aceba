"""What the vocoder learns from: real, damaged and generated mels, each with the spectrum of its recording."""

from __future__ import annotations

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
from train.data.augment import AugmentationConfig
from train.data.dataset import SEGMENT_FRAMES, Example, Segments

AUGMENTATION = AugmentationConfig(hum_like=0.4)  # faults of hums in the F0, which is an input of the vocoder
REAL, DAMAGED, GENERATED = "real", "damaged", "generated"
KINDS = {REAL: 0.4, DAMAGED: 0.2, GENERATED: 0.4}  # the share of each kind of mel
NOISY = 0.5  # share of the recordings to which a noise is added; the vocoder must reproduce it
Batch = dict[str, torch.Tensor]


class Material:
    """Segments of a corpus as the vocoder learns from them.

    Example i is drawn from (seed, i), so it is the same on every machine. It holds

    - ``heard`` (4, F, N), the network's input, of ``vocoder.input_features``,
    - ``base_db`` (F, N), ``base_time`` (F, N - 1) and ``base_frequency`` (F - 1, N), the magnitude of the mel and the
      steps of its phase, which the network corrects,
    - ``target`` (F, N) complex, the spectrum of the recording.
    """

    def __init__(
        self, corpus: Path, split: str, converter: Hum2Guitar, seed: int, kinds: dict[str, float] | None = None
    ) -> None:
        self.segments = Segments(corpus, split, converter.config, seed=seed, augmentation=AUGMENTATION)
        self.converter, self.seed, self.kinds = converter, seed, kinds or KINDS

    def __getitem__(self, index: int) -> Batch:
        config, margin = self.converter.config, self.segments.margin
        example = self.segments[index]
        rng = np.random.default_rng([self.seed, index, 1])
        kind = str(rng.choice(list(self.kinds), p=list(self.kinds.values())))
        waveform = example["waveform"]
        if kind != GENERATED and rng.random() < NOISY:
            waveform = waveform + torch.from_numpy(noise(len(waveform), rng))
        target = mel.stft(waveform, config)[:, margin : margin + SEGMENT_FRAMES]
        mel_db = mel.power_to_mel_db(target.real**2 + target.imag**2, config).numpy()
        if kind == GENERATED:
            mel_db = generated(self.converter, example, mel_db)
        elif kind == DAMAGED:
            mel_db = damaged(mel_db, config, rng)
        return inputs(mel_db, example["controls"][0].numpy(), config) | {"target": target}

    def batch(self, first: int, size: int) -> Batch:
        """Stack ``size`` examples from ``first`` on."""
        examples = [self[i] for i in range(first, first + size)]
        return {name: torch.stack([example[name] for example in examples]) for name in examples[0]}


def noise(n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Return the noise of a room or a microphone, (T,) float32.

    Its spectrum falls by 0 to 6 dB an octave, and its level is 40 to 80 dB below full scale.
    """
    spectrum = np.fft.rfft(rng.normal(size=n_samples)) / np.maximum(1, np.arange(n_samples // 2 + 1)) ** rng.uniform()
    found = np.fft.irfft(spectrum, n_samples)
    return (found / found.std() * 10 ** (-rng.uniform(40, 80) / 20)).astype(np.float32)


def inputs(mel_db: np.ndarray, f0_hz: np.ndarray, config: Config) -> Batch:
    """Return the network's input and what it corrects, of a mel (M, N) dB and an F0 (N,) Hz."""
    magnitude = mel_to_magnitude(mel_to_power(mel_db, config), config)
    along_time, along_frequency = phase_steps(magnitude, config)
    arrays = {
        "heard": vocoder.input_features(magnitude, f0_hz, config),
        "base_db": vocoder.decibels(magnitude, config),
        "base_time": along_time,
        "base_frequency": along_frequency,
    }
    return {name: torch.from_numpy(np.asarray(array, dtype=np.float32)) for name, array in arrays.items()}


@torch.inference_mode()
def generated(converter: Hum2Guitar, example: Example, true_db: np.ndarray) -> np.ndarray:
    """Generate the mel (M, N) dB of an example's label; in ``follow`` it gets the level of the true one."""
    label = harmonics.draw_label(Controls(*example["controls"]), converter.config)
    mel_db = converter.generate(label.numpy(), example["condition"].numpy())
    follow = bool(example["condition"][-1] > 0)
    return mel.with_energy_of(mel_db, true_db, converter.config) if follow else mel_db


def damaged(mel_db: np.ndarray, config: Config, rng: np.random.Generator) -> np.ndarray:
    """Blur a mel (M, N) dB and add grain and haze, each to a random degree, as a generator does."""
    blurred = gaussian_filter(mel_db, (rng.uniform(0, 1.5), rng.uniform(0, 0.8)))
    grain = gaussian_filter(rng.normal(size=mel_db.shape), rng.uniform(0.3, 1.5))
    grain *= rng.uniform(0, 2) / grain.std()
    haze = mel_db.max() - rng.uniform(60, 100) + 3 * gaussian_filter1d(rng.normal(size=mel_db.shape), 1.0, axis=1)
    louder = np.maximum(blurred + grain, haze)
    return np.clip(louder, config.mel_floor_db, None).astype(np.float32)
