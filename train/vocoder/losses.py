"""The losses of the vocoder, on the log magnitude and on the steps of the phase."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from hum2guitar.config import Config
from hum2guitar.synthesis.inversion.vocoder import Vocoder
from train.vocoder.material import Batch


@dataclass(frozen=True)
class Weights:
    """How much each loss counts, by its name. The first two are in units of 10 dB, the last two are 0 to 2."""

    level: float = 1.0
    delta_level: float = 0.5
    convergence: float = 1.0
    time: float = 1.0
    frequency: float = 1.0


def losses(network: Vocoder, batch: Batch, config: Config) -> dict[str, torch.Tensor]:
    """Compute each of the losses, a scalar.

    - ``level``, ``delta_level``: L1 of the log magnitude, and of its change from frame to frame.
    - ``convergence``: L1 of the magnitude over its sum.
    - ``time``, ``frequency``: 1 - cos of the error of the phase's steps along each axis, weighted by the square root
      of the magnitudes of the two cells. Whole turns, and the phase at which a partial began, make no difference, as
      in the anti-wrapping losses of Ai and Ling, "Neural speech phase prediction", ICASSP 2023.

    Parameters
    ----------
    network : the vocoder
    batch : as ``Material`` gives it, (B, …)
    config : whose mels the vocoder inverts
    """
    correction = network(batch["heard"].contiguous(memory_format=torch.channels_last))
    return _magnitude_losses(correction[:, 0], batch, config) | _phase_losses(correction[:, 1:], batch, config)


def _magnitude_losses(correction_db: torch.Tensor, batch: Batch, config: Config) -> dict[str, torch.Tensor]:
    """(B, F, N) dB to add to the magnitude of the mel → the losses of the magnitude."""
    floor_db, magnitude = config.mel_floor_db, batch["target"].abs()
    true_db = (20 * torch.log10(magnitude.clamp_min(1e-5))).clamp_min(floor_db)
    corrected_db = (batch["base_db"] + correction_db).clamp_min(floor_db)
    difference = (corrected_db - true_db) / 10
    corrected = torch.where(batch["base_db"] > floor_db, 10 ** (corrected_db / 20), 0.0)
    return {
        "level": difference.abs().mean(),
        "delta_level": difference.diff(dim=2).abs().mean(),
        "convergence": (corrected - magnitude).abs().sum() / magnitude.sum(),
    }


def _phase_losses(correction: torch.Tensor, batch: Batch, config: Config) -> dict[str, torch.Tensor]:
    """(B, 2, F, N) radians to add to the steps of the phase → the losses of the phase."""
    target, magnitude = batch["target"], batch["target"].abs()
    advance = 2 * torch.pi * torch.arange(config.n_bins) * config.hop_length / config.n_fft
    error_time = _step(target, 2) - advance[:, None] - batch["base_time"] - correction[:, 0, :, :-1]
    error_frequency = _step(target, 1) + torch.pi - batch["base_frequency"] - correction[:, 1, :-1]
    return {
        "time": _weighted(1 - error_time.cos(), magnitude[:, :, 1:] * magnitude[:, :, :-1]),
        "frequency": _weighted(1 - error_frequency.cos(), magnitude[:, 1:] * magnitude[:, :-1]),
    }


def _step(spectrum: torch.Tensor, dim: int) -> torch.Tensor:
    """Return how far the phase of (B, F, N) moves from a cell to the next, in radians."""
    n = spectrum.shape[dim] - 1
    return (spectrum.narrow(dim, 1, n) * spectrum.narrow(dim, 0, n).conj()).angle()


def _weighted(error: torch.Tensor, power: torch.Tensor) -> torch.Tensor:
    weight = power.sqrt().sqrt()
    return (error * weight).sum() / weight.sum()
