"""The STFT of ``hum2guitar.mel`` and its inverse, by one thread each, so that pieces can be inverted side by side.

torch would divide every operation among all threads. The pieces of a long sound are divided instead, which is faster,
and the result is the same on any number of threads.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.fft

from hum2guitar.config import Config
from hum2guitar.mel import window

BLOCK_FRAMES = 64  # transformed at a time, so that they stay in the cache


def stft(waveform: np.ndarray, config: Config) -> np.ndarray:
    """Compute the STFT as ``mel.stft`` does.

    Parameters
    ----------
    waveform : (T,) float32
    config : the settings of the STFT

    Returns
    -------
    spectrum : (F, N) complex64 — a frame's bins lie side by side in memory
    """
    padded = np.pad(waveform, config.n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, config.n_fft)[:: config.hop_length]
    weights = window(config).numpy()
    spectrum = np.empty((len(frames), config.n_bins), np.complex64)
    for start in range(0, len(frames), BLOCK_FRAMES):
        block = slice(start, start + BLOCK_FRAMES)
        spectrum[block] = scipy.fft.rfft(frames[block] * weights, overwrite_x=True)
    return spectrum.T


def istft(spectrum: np.ndarray, n_samples: int, config: Config) -> np.ndarray:
    """Invert an STFT in the least-squares sense, as ``torch.istft`` does.

    Parameters
    ----------
    spectrum : (F, N) complex64
    n_samples : length of the result
    config : the settings of the STFT

    Returns
    -------
    waveform : (n_samples,) float32
    """
    total = np.zeros(n_samples, np.float32)
    for start in range(0, spectrum.shape[1], BLOCK_FRAMES):
        frames = scipy.fft.irfft(spectrum[:, start : start + BLOCK_FRAMES].T, config.n_fft)
        _add(frames, start, total, config)
    return total / _summed_squares(config, spectrum.shape[1], n_samples)


@lru_cache(maxsize=8)
def _summed_squares(config: Config, n_frames: int, n_samples: int) -> np.ndarray:
    """Compute the sum of the squared windows of all frames: (n_samples,) float32."""
    total = np.zeros(n_samples, np.float32)
    _add(np.broadcast_to(window(config).numpy(), (n_frames, config.n_fft)), 0, total, config)
    return total


def _add(frames: np.ndarray, first: int, total: np.ndarray, config: Config) -> None:
    """Window centred frames (K, n_fft), of which the first has the number ``first``, and add them to a waveform."""
    from hum2guitar.synthesis.inversion._overlap_add import overlap_add  # imported here: numba takes a second

    start = first * config.hop_length - config.n_fft // 2
    overlap_add(np.ascontiguousarray(frames), window(config).numpy(), start, config.hop_length, total)
