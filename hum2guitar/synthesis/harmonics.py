"""Control curves → label, the input of the generator: one image for each channel that the Config names.

Every function takes numpy arrays (one hum) or torch tensors (a batch, on any device) and returns the same type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from hum2guitar.config import Config
from hum2guitar.mel import Array, mel_frequencies, normalise
from hum2guitar.synthesis.controls import MAX_AGE_S, Controls

UPPER_DECAY_DB_PER_KHZ = 2.0  # at 20 kHz a strong pluck is then 40 dB above the floor of the label
STIFFNESS = 3e-5  # B of a guitar string in f_k = k·F0·√(1 + B·k²); measured ones lie between 1e-5 and 1e-4


def semantic_harmonics(f0_hz: Array, level_db: Array, config: Config) -> Array:
    """Compute ridges at the integer multiples of F0 on the mel grid.

    Each multiple k·F0 below Nyquist has a ridge with the level ``level_db - harmonic_decay_db_per_khz · k·F0 / 1000``.
    The cross-section is a parabola in dB with the width of the main lobe of a Hann window, or of the mel bin if that is
    wider. The peak lies at exactly k·F0, also between two bins. There is no loop over k: each mel bin belongs to the
    nearest multiple.

    Parameters
    ----------
    f0_hz : (..., N) — Hz, NaN where unvoiced
    level_db : (..., N) — dB
    config : the settings of the label

    Returns
    -------
    ridges_db : (..., M, N) — dB, at least ``mel_floor_db``
    """
    return _ridges(f0_hz, level_db, config.harmonic_decay_db_per_khz, 0.0, config)


def upper_partials(f0_hz: Array, level_db: Array, config: Config) -> Array:
    """Compute ridges as ``semantic_harmonics`` does, with a decay that leaves them audible up to 20 kHz.

    The semantic harmonics of a strong pluck reach the floor at 12 kHz, and a generator would see nothing above. Partial
    k of a stiff string lies at k·F0·√(1 + B·k²) (Fletcher and Rossing, The Physics of Musical Instruments, section
    2.18), and B depends on the string. So each ridge is wider by the distance of that partial from k·F0, with B =
    ``STIFFNESS``, and far up the ridges merge into an envelope.

    Parameters and result are those of ``semantic_harmonics``.
    """
    return _ridges(f0_hz, level_db, UPPER_DECAY_DB_PER_KHZ, STIFFNESS, config)


def _ridges(f0_hz: Array, level_db: Array, decay_db_per_khz: float, stiffness: float, config: Config) -> Array:
    """Compute ridges at the multiples of (..., N) Hz: (..., M, N) dB, at least ``mel_floor_db``."""
    xp = _library(f0_hz)
    frequency, halfwidth = _bin_geometry(config) if xp is np else _bin_geometry_on(f0_hz.device, config)
    f0 = f0_hz[..., None, :]
    k = xp.round(frequency / f0)
    k = xp.where(k < 1, xp.ones_like(k), k)
    partial = k * f0
    distance = (frequency - partial) / (halfwidth + stiffness / 2 * k**2 * partial)
    ridge = level_db[..., None, :] - decay_db_per_khz * partial / 1000 - 20 * distance**2
    inside = (partial < config.sample_rate / 2) & (ridge > config.mel_floor_db)  # False for NaN: unvoiced
    return xp.where(inside, ridge, xp.full_like(ridge, config.mel_floor_db))


def _library(array: Array) -> Any:
    """Return torch for a tensor, else numpy; the functions used here have the same names in both."""
    return torch if isinstance(array, torch.Tensor) else np


def _bin_geometry(config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Compute the centre of each mel bin and the half-width of a ridge at -20 dB: (M, 1) float32 in Hz, each."""
    centre = mel_frequencies(config).astype(np.float64)
    main_lobe = 1.5 * config.sample_rate / config.n_fft  # where the main lobe of a Hann window is at -20 dB
    halfwidth = np.maximum(main_lobe, np.gradient(centre))
    return centre.astype(np.float32)[:, None], halfwidth.astype(np.float32)[:, None]


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def _bin_geometry_on(device: torch.device, config: Config) -> tuple[torch.Tensor, torch.Tensor]:
    """The same on a device, where it stays: a copy for each batch would make the host wait."""
    frequency, halfwidth = (torch.from_numpy(x).to(device) for x in _bin_geometry(config))
    return frequency, halfwidth


@dataclass(frozen=True)
class Channel:
    """One channel of the label.

    Attributes
    ----------
    draw : the function: control curves (..., N) → (..., M, N), or (..., 1, N) if all mel bins are equal
    silence : its value where nothing sounds; None if the value before is held
    normalised : whether it is a level, on the scale of ``mel.normalise``
    """

    draw: Callable[[Controls, Config], Array]
    silence: float | None
    normalised: bool = False


CHANNELS: dict[str, Channel] = {  # by the names in ``Config.label_channels``
    "semantic harmonics": Channel(
        lambda curves, config: normalise(semantic_harmonics(curves.f0_hz, curves.level_db, config), config), -1.0, True
    ),
    "onset": Channel(lambda curves, config: curves.onset[..., None, :], 0.0),
    "age": Channel(lambda curves, config: curves.age_s[..., None, :] / MAX_AGE_S, None),
    "upper partials": Channel(
        lambda curves, config: normalise(upper_partials(curves.f0_hz, curves.level_db, config), config), -1.0, True
    ),
}


def draw_label(controls: Controls, config: Config) -> Array:
    """Build the input of the generator.

    Parameters
    ----------
    controls : curves (..., N)
    config : the settings of the label

    Returns
    -------
    label : (..., C, M, N) float32 — the channels of ``config.label_channels``: semantic harmonics and upper partials,
        -1 to 1 on the scale of ``mel.normalise``; onset, -1 to 1; age, 0 at a pluck to 1 after ``MAX_AGE_S``. Onset and
        age are the same in every mel bin.
    """
    xp = _library(controls.f0_hz)
    shape = (*controls.f0_hz.shape[:-1], config.n_mels, controls.f0_hz.shape[-1])
    images = [xp.broadcast_to(CHANNELS[name].draw(controls, config), shape) for name in config.label_channels]
    return xp.asarray(xp.stack(images, -3), dtype=xp.float32)
