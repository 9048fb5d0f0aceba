"""Control curves → label: the semantic harmonics, drawn as an image, and the channels beside them.

Every function here takes numpy arrays (one hum) or torch tensors (a batch, on any device) and answers in kind.
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
    """Ridges at the integer multiples of F0, in dB.

    Each multiple k·F0 below Nyquist gets a ridge of ``level_db - decay · k·F0`` (an exponential decay of amplitude
    with frequency) whose cross-section is a parabola in dB with the width of a Hann window's main lobe, or of the
    mel bin where that is wider. It peaks at exactly k·F0, between bins, with no loop over k: each mel bin asks
    which multiple is nearest.

    (..., N) Hz with NaN, (..., N) dB → (..., M, N) dB, not below ``mel_floor_db``.
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
    drawn = (partial < config.sample_rate / 2) & (ridge > config.mel_floor_db)  # NaN compares false: unvoiced
    return xp.where(drawn, ridge, xp.full_like(ridge, config.mel_floor_db))


def _library(array: Array) -> Any:
    """The library that the array is of; both have the functions used here, under the same names."""
    return torch if isinstance(array, torch.Tensor) else np


def _bin_geometry(config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Mel bins' centres and the half-widths (at -20 dB) of a ridge there, both (M, 1) float32 Hz."""
    centre = mel_frequencies(config).astype(np.float64)
    main_lobe = 1.5 * config.sample_rate / config.n_fft  # a Hann window's lobe is 20 dB down about here
    halfwidth = np.maximum(main_lobe, np.gradient(centre))
    return centre.astype(np.float32)[:, None], halfwidth.astype(np.float32)[:, None]


def draw_label(controls: Controls, config: Config) -> Array:
    """The generator's input: (..., N) curves → (..., C, M, N) float32.

    Channels: semantic harmonics in [-1, 1] by the mel's own range; the onsets, 0 to 1; the age of the note,
    0 at the pluck to 1 after ``MAX_AGE_S``. The last two are the same in every mel bin.
    """
    xp = _library(controls.f0_hz)
    harmonics = normalise(semantic_harmonics(controls.f0_hz, controls.level_db, config), config)
    onset, age = (
        xp.broadcast_to(curve[..., None, :], harmonics.shape) for curve in (controls.onset, controls.age_s / MAX_AGE_S)
    )
    return xp.asarray(xp.stack([harmonics, onset, age], -3), dtype=xp.float32)
