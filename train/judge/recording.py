"""What lies between an instrument and the judge: a microphone, and a mel with its inversion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from scipy.signal import butter, sosfilt

from hum2guitar import mel
from hum2guitar.analysis import audio, f0
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import Config
from hum2guitar.synthesis.inversion import griffin_lim


def microphone(waveform: np.ndarray, sample_rate: int, noise_db: float, rng: np.random.Generator) -> np.ndarray:
    """Record a sound (T,) at ``sample_rate`` as a phone does: a limited band, noise, and sometimes distortion.

    Guitars and the others get the same, so that neither noise nor bandwidth tells a hum from a studio recording.
    ``noise_db`` is the level of the noise against that of the sound.
    """
    if rng.random() < 0.4:
        cutoff_hz = 10 ** rng.uniform(np.log10(3000), np.log10(10000))
        waveform = sosfilt(butter(4, cutoff_hz, fs=sample_rate, output="sos"), waveform)
    if rng.random() < 0.3:
        lowest_hz = rng.uniform(60, 250)
        waveform = sosfilt(butter(2, lowest_hz, "highpass", fs=sample_rate, output="sos"), waveform)
    spectrum = np.fft.rfft(rng.normal(size=len(waveform)))
    spectrum /= np.maximum(1, np.arange(len(spectrum))) ** rng.uniform(0, 0.8)
    noise = np.fft.irfft(spectrum, len(waveform))
    level = np.sqrt((waveform**2).mean()) * 10 ** (noise_db / 20)
    waveform = waveform + noise * level / noise.std()
    if rng.random() < 0.1:
        peak = np.abs(waveform).max()
        waveform = np.tanh(rng.uniform(1, 4) * waveform / peak)
    return waveform.astype(np.float32)


def vocode(waveform: np.ndarray, f0_hz: np.ndarray, config: Config, rng: np.random.Generator) -> np.ndarray:
    """Make a waveform (T,) into the Config's mel, blur and roughen it as a generator might, and invert it to (T,)."""
    mel_db = mel.power_to_mel_db(mel.power_spectrogram(torch.from_numpy(waveform), config), config).numpy()
    if rng.random() < 0.6:
        mel_db = gaussian_filter(mel_db, [rng.uniform(0, 1.2), rng.uniform(0, 0.8)])
        mel_db = mel_db + rng.uniform(0, 2) * rng.normal(size=mel_db.shape)
    mel_db = np.clip(mel_db, config.mel_floor_db, config.mel_ceil_db).astype(np.float32)
    iterations = int(rng.choice([2, 4, 8]))
    return griffin_lim.invert(
        mel_db, f0_hz, len(waveform), config, iterations=iterations, seed=int(rng.integers(1 << 30))
    )


def through_vocoder(path: Path, config: Config) -> np.ndarray:
    """Read a recording and invert its mel with its tracked F0; returns (T,) at the Config's rate."""
    waveform, sample_rate = audio.load(path)
    prepared = audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db)
    grid = f0.analysis_grid(config)
    f0_hz, _ = f0.track(f0.condition(f0.to_grid(prepared, config, grid), grid), grid, load_tracker("swift"))
    mel_db = mel.power_to_mel_db(mel.power_spectrogram(torch.from_numpy(prepared), config), config).numpy()
    return griffin_lim.invert(mel_db, f0_hz, len(prepared), config)
