"""Adds an inversion, and is a program that converts with it: python -m docs.examples.inversion hum.wav guitar.wav."""

import sys
from typing import Any

import numpy as np

from hum2guitar.__main__ import main
from hum2guitar.config import Config
from hum2guitar.synthesis.inversion import INVERSIONS, Inversion
from hum2guitar.synthesis.inversion.fast_griffin_lim import reconstruct
from hum2guitar.synthesis.inversion.magnitude import mel_to_magnitude, mel_to_power


def random_phase(
    mel_db: np.ndarray, f0_hz: np.ndarray, n_samples: int, config: Config, *, seed: int = 0, **unused: Any
) -> np.ndarray:
    """As ``Invert``, but with random phases and without iterations: the sound is hoarse."""
    magnitude = mel_to_magnitude(mel_to_power(mel_db, config), config)
    phase = np.random.default_rng(seed).uniform(-np.pi, np.pi, magnitude.shape)
    return reconstruct(magnitude, n_samples, config, phase=phase, iterations=0)


INVERSIONS["random-phase"] = Inversion(random_phase)
if __name__ == "__main__":
    sys.exit(main([*sys.argv[1:], "--inversion", "random-phase"]))
