"""Give a sound the mel spectrogram that it was made from: the last step of an inversion.

The inverse STFT of a magnitude whose phase does not fit it loses level, because overlapping frames cancel each other.
The loss differs from cell to cell, so no fixed gain can make up for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from hum2guitar.config import Config
from hum2guitar.mel import mel_frequencies, sparse_basis
from hum2guitar.synthesis.inversion.magnitude import BLOCK_FRAMES
from hum2guitar.synthesis.inversion.transform import istft, stft

STEPS = 2
RELAXATION = 1.5  # exponent of the gains; two steps with 1.5 do as much as four with 1
LIMIT_DB = 12.0  # largest gain of a cell in one step
AUDIBLE_DB = 50.0  # cells further below the maximum do not count in ``equalise``
EQUALISE_LIMIT_DB = 3.0
EQUALISE_OCTAVES = 1 / 6  # standard deviation over which ``equalise`` averages
FEW_CELLS = 20  # a row with fewer audible cells nearby is corrected by less


def restore_mel(waveform: np.ndarray, mel_db: np.ndarray, config: Config) -> np.ndarray:
    """Apply ``match``, then ``equalise``; parameters and result are those of ``match``."""
    return equalise(match(waveform, mel_db, config), mel_db, config)


def match(waveform: np.ndarray, mel_db: np.ndarray, config: Config) -> np.ndarray:
    """Change a sound so that its mel spectrogram comes closer to a given one.

    Each step multiplies the STFT by gains and inverts it. The power gain of a bin is the mean of the ratios of given to
    actual mel power, weighted by the mel triangles over the bin. This is the update of ``mel_to_magnitude`` (Richardson
    1972, Lucy 1974) with the power of the sound itself as the estimate, and with over-relaxation. Frames keep their
    phases, so an attack stays where it is.

    Parameters
    ----------
    waveform : (T,) float32
    mel_db : (M, N) — dB, the given mel spectrogram
    config : the settings of the mel spectrogram

    Returns
    -------
    waveform : (T,) float32
    """
    _, transposed, column_sum = sparse_basis(config)
    seen = column_sum > column_sum.max() * 1e-3  # no triangle covers the other bins
    limit = np.float32(10 ** (LIMIT_DB / 10))
    for _ in range(STEPS):
        spectrum = stft(waveform, config)
        for block, given_db in _blocks(spectrum, mel_db):
            gain = np.where(seen, transposed @ _mel_ratio(block, given_db, config) / column_sum, 1)
            block *= gain.clip(1 / limit, limit) ** np.float32(RELAXATION / 2)
        waveform = istft(spectrum, len(waveform), config)
    return waveform


def equalise(waveform: np.ndarray, mel_db: np.ndarray, config: Config) -> np.ndarray:
    """Change the level of a sound over frequency, so that its mel has the mean level of a given one in dB.

    ``match`` cannot reach a mel that no sound has. Then the errors differ from frame to frame, but their mean over time
    can be removed. It is averaged over the audible cells within about a third of an octave.

    Parameters and result are those of ``match``.
    """
    spectrum = stft(waveform, config)
    audible = mel_db > mel_db.max() - AUDIBLE_DB
    ratio = np.concatenate([_mel_ratio(*pair, config) for pair in _blocks(spectrum, mel_db)], axis=1)
    error_db = np.where(audible, 10 * np.log10(ratio), 0)
    weights = _nearness(config)
    rows_db = weights @ error_db.sum(axis=1) / (weights @ audible.sum(axis=1) + FEW_CELLS)
    bins_hz = np.arange(config.n_bins) * config.sample_rate / config.n_fft
    gain_db = np.interp(bins_hz, mel_frequencies(config), rows_db.clip(-EQUALISE_LIMIT_DB, EQUALISE_LIMIT_DB))
    spectrum *= (10 ** (gain_db / 20)).astype(np.float32)[:, None]
    return istft(spectrum, len(waveform), config)


def _blocks(spectrum: np.ndarray, mel_db: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Split a spectrum (F, N) and a mel (M, N) into blocks of frames."""
    for start in range(0, mel_db.shape[1], BLOCK_FRAMES):
        block = slice(start, start + BLOCK_FRAMES)
        yield spectrum[:, block], mel_db[:, block]


def _mel_ratio(spectrum: np.ndarray, mel_db: np.ndarray, config: Config) -> np.ndarray:
    """Divide the given mel power by that of a spectrum (F, N): (M, N) float32, near 1 where both are on the floor."""
    power = spectrum.real**2 + spectrum.imag**2
    floor = np.float32(10 ** (config.mel_floor_db / 10))
    given = 10 ** (mel_db.astype(np.float32) / np.float32(10))
    return given / (sparse_basis(config)[0] @ power + floor)


@lru_cache(maxsize=4)
def _nearness(config: Config) -> np.ndarray:
    """Compute a Gaussian of the distance in octaves between each two mel rows: (M, M), 1 on the diagonal."""
    octaves = np.log2(np.maximum(mel_frequencies(config), config.sample_rate / config.n_fft))
    return np.exp(-0.5 * ((octaves[:, None] - octaves) / EQUALISE_OCTAVES) ** 2)
