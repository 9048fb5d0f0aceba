"""Phase-gradient heap integration: the phase from the magnitude alone, with no iteration.

Průša, Balazs and Søndergaard, "A noniterative method for reconstruction of phase from STFT magnitude", IEEE/ACM TASLP
25(5), 2017. The packages on PyPI that offer it are years old (pghipy 2021, tifresi 2020); numba comes with librosa.
"""

from __future__ import annotations

import numpy as np

from hum2guitar.config import Config
from hum2guitar.synthesis.inversion.magnitude import mel_to_magnitude, mel_to_power
from hum2guitar.synthesis.inversion.pieces import Spectrum, invert_in_pieces

GAMMA = 0.25645  # of the Gaussian nearest to a Hann window, times its length squared (the paper, table I)
RANGE = 1e-6  # -120 dB: what lies this far under the loudest cell gets a random phase
TINY = 1e-10


def invert(
    mel_db: np.ndarray,
    f0_hz: np.ndarray,
    n_samples: int,
    config: Config,
    *,
    iterations: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Invert a mel as ``Inversion.invert`` says, by default with no iteration of Griffin-Lim."""

    def spectrum_of(start: int, stop: int, known: np.ndarray | None) -> Spectrum:
        magnitude = mel_to_magnitude(mel_to_power(mel_db[:, start:stop], config), config)
        steps = phase_steps(magnitude, config)
        return magnitude, integrate(magnitude, *steps, config, seed=seed, known=known)

    return invert_in_pieces(spectrum_of, mel_db.shape[1], n_samples, config, iterations or 0)


def phase_steps(magnitude: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """How far the phase of a magnitude (F, N) moves from each cell to the next, in radians.

    For a Gaussian window the phase's gradient is that of the logarithm of the magnitude, turned by 90° (the paper,
    equations 14 and 15); a Hann window's nearest Gaussian has the width ``GAMMA``. A cell's two gradients are averaged
    with its neighbour's: the trapezoidal rule.

    Returns along time (F, N - 1), less the bin's own 2π·hop·bin / n_fft, and along frequency (F - 1, N), less the -π
    that comes of counting a frame's phase from its beginning.
    """
    log = np.log(np.maximum(magnitude, max(TINY, RANGE * float(magnitude.max(initial=0)))))
    scale = config.hop_length / (GAMMA * config.n_fft)
    along_time = scale * _slope(log, 0)
    along_frequency = -_slope(log, 1) / scale
    return _between(along_time, 1), _between(along_frequency, 0)


def _slope(x: np.ndarray, axis: int) -> np.ndarray:
    return np.gradient(x, axis=axis) if x.shape[axis] > 1 else np.zeros_like(x)


def _between(x: np.ndarray, axis: int) -> np.ndarray:
    return (np.take(x, range(1, x.shape[axis]), axis) + np.take(x, range(x.shape[axis] - 1), axis)) / 2


def integrate(
    magnitude: np.ndarray,
    along_time: np.ndarray,
    along_frequency: np.ndarray,
    config: Config,
    *,
    seed: int = 0,
    known: np.ndarray | None = None,
) -> np.ndarray:
    """Add up the steps from the loudest cells outwards: where errors are heard least, they are largest.

    magnitude (F, N), the steps as ``phase_steps`` gives them, ``known`` (F, K) the phases of the first K frames
    → (F, N) float32 radians. Each region that silence surrounds begins at 0, cells in silence have a random phase.
    """
    from hum2guitar.synthesis.inversion._heap import spread  # here: numba takes a second to import, and compiles once

    n_bins, n_frames = magnitude.shape
    n_known = 0 if known is None else known.shape[1]
    advance = 2 * np.pi * np.mod(np.arange(n_bins) * config.hop_length / config.n_fft, 1)
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi, (n_bins, n_frames))
    if known is not None:
        phase[:, :n_known] = known
    audible = magnitude > max(TINY, RANGE * float(magnitude.max(initial=0)))
    spread(
        phase,
        np.ascontiguousarray(magnitude, dtype=np.float32),
        audible,
        np.ascontiguousarray(along_time + advance[:, None], dtype=np.float64),
        np.ascontiguousarray(along_frequency - np.pi, dtype=np.float64),
        n_known,
    )
    return np.mod(phase, 2 * np.pi).astype(np.float32)
