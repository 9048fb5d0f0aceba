"""Griffin-Lim: magnitude from the mel spectrogram, initial phase from F0, then fast Griffin-Lim."""

from __future__ import annotations

import numpy as np

from hum2guitar.config import Config
from hum2guitar.stages import Report, no_report
from hum2guitar.synthesis.inversion.magnitude import mel_to_magnitude, mel_to_power
from hum2guitar.synthesis.inversion.match import equalise
from hum2guitar.synthesis.inversion.pieces import Spectrum, invert_in_pieces

ITERATIONS = 32


def invert(
    mel_db: np.ndarray,
    f0_hz: np.ndarray,
    n_samples: int,
    config: Config,
    *,
    iterations: int | None = None,
    seed: int = 0,
    report: Report = no_report,
    method: str = "multiplicative",
) -> np.ndarray:
    """Invert a mel spectrogram as described in ``Invert``; ``method`` is one of ``magnitude.METHODS``."""

    def spectrum_of(start: int, stop: int, known: np.ndarray | None) -> Spectrum:
        magnitude = mel_to_magnitude(mel_to_power(mel_db[:, start:stop], config), config, method)
        return magnitude, harmonic_phase(f0_hz, config, seed, start, stop)

    def last_step(waveform: np.ndarray, start: int, stop: int) -> np.ndarray:
        return equalise(waveform, mel_db[:, start:stop], config)

    n_iterations = ITERATIONS if iterations is None else iterations
    return invert_in_pieces(spectrum_of, mel_db.shape[1], n_samples, config, n_iterations, last_step, report)


def harmonic_phase(f0_hz: np.ndarray, config: Config, seed: int, start: int = 0, stop: int | None = None) -> np.ndarray:
    """Compute the initial phase of Griffin-Lim: every bin has the phase of the nearest harmonic.

    The phase of harmonic k advances by 2π·k·F0·hop / rate per frame. It starts at a random value, because equal values
    would add up to a click in each period. The bins of one main lobe alternate in sign, because the phase of a frame is
    relative to its first sample. The phase of an unvoiced bin advances by the centre frequency of the bin.

    Parameters
    ----------
    f0_hz : (N,) — Hz, NaN where unvoiced
    config : the settings of the STFT
    seed : of the random phases
    start, stop : the frames to compute; all by default

    Returns
    -------
    phase : (F, stop - start) float32 — radians
    """
    rng = np.random.default_rng(seed)
    first_phase = rng.uniform(0, 2 * np.pi, config.n_bins + 1)  # of each harmonic
    bin_hz = (np.arange(config.n_bins) * config.sample_rate / config.n_fft)[:, None]
    voiced = np.isfinite(f0_hz)
    f0 = np.where(voiced, f0_hz, 1.0).astype(np.float64)
    cycles = np.cumsum(np.where(voiced, f0, 0.0)) * config.frame_s
    frames = np.arange(len(f0_hz))[start:stop]
    voiced, f0, cycles = voiced[frames], f0[frames], cycles[frames]
    k = np.clip(np.rint(bin_hz / f0), 1, config.n_bins).astype(int)
    alternate = np.pi * (np.arange(config.n_bins) % 2)[:, None]
    voiced_phase = 2 * np.pi * np.mod(k * cycles, 1) + first_phase[k] + alternate
    unvoiced_phase = 2 * np.pi * np.mod(bin_hz * frames * config.frame_s, 1) + rng.uniform(0, 2 * np.pi, bin_hz.shape)
    return np.where(voiced, voiced_phase, unvoiced_phase).astype(np.float32)
