"""Phase-gradient heap integration: phase from magnitude, without iterations.

Z. Průša, P. Balazs and P. L. Søndergaard, "A noniterative method for reconstruction of phase from STFT magnitude",
IEEE/ACM TASLP 25(5), 2017. No package is used for it: the latest releases are from 2021 (pghipy) and 2020 (tifresi).
numba is a dependency of librosa.
"""

from __future__ import annotations

import numpy as np

from hum2guitar.config import Config
from hum2guitar.stages import Report, no_report
from hum2guitar.synthesis.inversion.magnitude import mel_to_magnitude, mel_to_power
from hum2guitar.synthesis.inversion.match import restore_mel
from hum2guitar.synthesis.inversion.pieces import Spectrum, invert_in_pieces

GAMMA = 0.25645  # the Gaussian window closest to a Hann window, divided by the squared length (the paper, table I)
RANGE = 1e-6  # -120 dB; bins this far below the loudest bin get a random phase
TINY = 1e-10
STEP_DB = 0.1  # bins whose levels differ by less are equally loud


def invert(
    mel_db: np.ndarray,
    f0_hz: np.ndarray,
    n_samples: int,
    config: Config,
    *,
    iterations: int | None = None,
    seed: int = 0,
    report: Report = no_report,
) -> np.ndarray:
    """Invert a mel spectrogram as described in ``Invert``, by default without iterations of Griffin-Lim."""

    def spectrum_of(start: int, stop: int, known: np.ndarray | None) -> Spectrum:
        magnitude = mel_to_magnitude(mel_to_power(mel_db[:, start:stop], config), config)
        steps = phase_steps(magnitude, config)
        return magnitude, integrate(magnitude, *steps, config, seed=seed, known=known)

    def last_step(waveform: np.ndarray, start: int, stop: int) -> np.ndarray:
        return restore_mel(waveform, mel_db[:, start:stop], config)

    return invert_in_pieces(spectrum_of, mel_db.shape[1], n_samples, config, iterations or 0, last_step, report)


def phase_steps(magnitude: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Compute the differences of the phase between neighbouring bins from the magnitude.

    For a Gaussian window, the gradient of the phase is the gradient of the log magnitude, rotated by 90° (the paper,
    equations 14 and 15). ``GAMMA`` is the width of the Gaussian that is closest to a Hann window. The gradients of two
    neighbouring bins are averaged (trapezoidal rule).

    Parameters
    ----------
    magnitude : (F, N)
    config : the settings of the STFT

    Returns
    -------
    along_time : (F, N - 1) — radians to the next frame, without the 2π·hop·bin / n_fft of the bin
    along_frequency : (F - 1, N) — radians to the next bin, without the -π of a phase relative to the first sample
    """
    log = np.log(np.maximum(magnitude, max(TINY, RANGE * float(magnitude.max(initial=0)))))
    scale = config.hop_length / (GAMMA * config.n_fft)
    across, along = _gradient(log, 0), _gradient(log, 1)
    return (across[:, 1:] + across[:, :-1]) * (scale / 2), (along[1:] + along[:-1]) * (-0.5 / scale)


def _gradient(x: np.ndarray, axis: int) -> np.ndarray:
    return np.gradient(x, axis=axis) if x.shape[axis] > 1 else np.zeros_like(x)


def integrate(
    magnitude: np.ndarray,
    along_time: np.ndarray,
    along_frequency: np.ndarray,
    config: Config,
    *,
    seed: int = 0,
    known: np.ndarray | None = None,
) -> np.ndarray:
    """Integrate phase differences from the loudest bins outwards, so that errors accumulate in quiet bins.

    Parameters
    ----------
    magnitude : (F, N)
    along_time, along_frequency : the differences from ``phase_steps``
    config : the settings of the STFT
    seed : of the random phases of silent bins
    known : (F, K) — radians, phases of the first K frames; None if no phase is known

    Returns
    -------
    phase : (F, N) float32 — radians; each region that is surrounded by silence starts at 0. A frame's bins lie side by
        side in memory.
    """
    from hum2guitar.synthesis.inversion._spread import KNOWN, spread  # imported here: numba takes a second

    n_bins, n_frames = magnitude.shape
    n_known = 0 if known is None else known.shape[1]
    phase = np.random.default_rng(seed).random((n_frames, n_bins), dtype=np.float32) * np.float32(2 * np.pi)
    if known is not None:
        phase[:n_known] = known.T
    loudest = float(magnitude.max(initial=0))
    softest = max(TINY, RANGE * loudest)
    if loudest > softest:
        steps = (20 / STEP_DB) * np.log10(loudest / np.maximum(magnitude.T, softest))
        softness = np.where(softest < magnitude.T, steps, KNOWN).astype(np.int16)
        advance = 2 * np.pi * np.mod(np.arange(n_bins) * config.hop_length / config.n_fft, 1).astype(np.float32)
        to_next_frame = np.ascontiguousarray(along_time.T + advance, dtype=np.float32)
        to_next_bin = np.ascontiguousarray(along_frequency.T - np.pi, dtype=np.float32)
        spread(phase, np.ascontiguousarray(softness), to_next_frame, to_next_bin, n_known)
    return np.mod(phase, np.float32(2 * np.pi)).T
