"""Control curves → label, the input of the generator: semantic harmonics, onset and age.

Every function takes numpy arrays (one hum) or torch tensors (a batch, on any device) and returns the same type.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from hum2guitar.config import Config
from hum2guitar.mel import Array, mel_frequencies, normalise
from hum2guitar.synthesis.controls import MAX_AGE_S, Controls

CHANNELS = ("semantic harmonics", "onset", "age")


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
    xp = _library(f0_hz)
    frequency: Array
    halfwidth: Array
    frequency, halfwidth = _bin_geometry(config)
    if xp is torch:
        frequency = torch.as_tensor(frequency, device=f0_hz.device)
        halfwidth = torch.as_tensor(halfwidth, device=f0_hz.device)
    f0 = f0_hz[..., None, :]
    k = xp.round(frequency / f0)
    k = xp.where(k < 1, xp.ones_like(k), k)
    partial = k * f0
    distance = (frequency - partial) / halfwidth
    ridge = level_db[..., None, :] - config.harmonic_decay_db_per_khz * partial / 1000 - 20 * distance**2
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


def draw_label(controls: Controls, config: Config) -> Array:
    """Build the input of the generator.

    Parameters
    ----------
    controls : curves (..., N)
    config : the settings of the label

    Returns
    -------
    label : (..., C, M, N) float32 — the channels ``CHANNELS``: semantic harmonics, -1 to 1 on the scale of
        ``mel.normalise``; onset, -1 to 1; age, 0 at a pluck to 1 after ``MAX_AGE_S``. Onset and age are the same in
        every mel bin.
    """
    xp = _library(controls.f0_hz)
    harmonics = normalise(semantic_harmonics(controls.f0_hz, controls.level_db, config), config)
    onset, age = (
        xp.broadcast_to(curve[..., None, :], harmonics.shape) for curve in (controls.onset, controls.age_s / MAX_AGE_S)
    )
    return xp.asarray(xp.stack([harmonics, onset, age], -3), dtype=xp.float32)
