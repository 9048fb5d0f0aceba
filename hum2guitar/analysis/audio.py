"""Read, check, resample and write recordings. A waveform here is mono float32 with full scale 1."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import soundfile
import soxr

from hum2guitar.analysis import reading
from hum2guitar.analysis.limits import MAX_MAGNITUDE, MAX_SECONDS, check_duration, check_sample_rate
from hum2guitar.analysis.mixing import mix_to_mono
from hum2guitar.errors import AudioError
from hum2guitar.files import writing

HEADROOM_DB = 1.0
LOUD_S = 0.5  # seconds; the loudest half second sets the level of a recording
WRITABLE = ("WAV", "FLAC", "OGG", "MP3")
CLIPPED_SHARE = 0.001  # a recording counts as clipped if a larger share of its samples is at its peak


def load(path: str | os.PathLike[str], max_seconds: float | None = MAX_SECONDS) -> tuple[np.ndarray, int]:
    """Read a recording.

    What it contains decides how it is read: soundfile reads wav, flac, ogg and mp3, PyAV m4a, webm and mp4. A child
    process decodes it, with a limit of time and of memory.

    Parameters
    ----------
    path : the file to read
    max_seconds : the maximum duration in s, None for no maximum

    Returns
    -------
    waveform : (T,) float32 — mixed to mono, full scale is 1
    sample_rate : int — Hz, the sample rate of the file

    Raises
    ------
    AudioError
        If the file is missing, empty, not audio, or too long; if decoding takes too much time or memory, or crashes.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise AudioError(f"{path.name} is a folder; name a recording in it")
        if not path.is_file():
            raise AudioError(f"there is no file {path.name}; check the name, or record again")
        if path.stat().st_size == 0:
            raise AudioError(f"the file {path.name} is empty; record again, or choose another file")
    except OSError as error:
        raise AudioError(f"the file {path.name} cannot be opened: {error.strerror}; choose another file") from error
    return reading.read(path, max_seconds)


def prepare(
    waveform: np.ndarray,
    sample_rate: int,
    target_rate: int,
    loudness_db: float,
    max_seconds: float | None = MAX_SECONDS,
) -> np.ndarray:
    """Prepare a recording for the analysis: check it, mix it to mono, resample it, and set its loudness.

    Parameters
    ----------
    waveform : (T,) or (T, channels) — any PCM or float dtype
    sample_rate : Hz, of ``waveform``
    target_rate : Hz, of the result
    loudness_db : gated RMS of the result in dB re full scale (see ``loudness``)
    max_seconds : the maximum duration in s, None for no maximum

    Returns
    -------
    waveform : (T',) float32 — at ``target_rate``

    Raises
    ------
    AudioError
        If the recording is too short, too long or silent, if samples are NaN or infinite, or if the sample rate is
        not between 1 and 768 kHz.
    """
    check_sample_rate(sample_rate)
    mono = mix_to_mono(waveform)
    check_duration(len(mono) / sample_rate, max_seconds=max_seconds)
    peak = _peak(mono)
    if not np.isfinite(peak):
        raise AudioError("the recording has samples that are not numbers (NaN or infinite); export it again")
    if peak > MAX_MAGNITUDE:
        raise AudioError(f"the recording has samples of {peak:.0e} times full scale; export it again, as wav or flac")
    mono = mono - mono.mean(dtype=np.float64).astype(np.float32)  # a DC offset must not count as loudness
    if _peak(mono) < 1e-5:
        raise AudioError("the recording is silent; check that the right microphone is chosen and not muted")
    return set_loudness(resample(mono, sample_rate, target_rate), target_rate, loudness_db)


def _peak(waveform: np.ndarray) -> float:
    """The largest magnitude of (T,) float, NaN if a sample is NaN. It needs no second array of that length."""
    return float(np.maximum(waveform.max(), -waveform.min()))


def n_resampled(n_samples: int, sample_rate: int, target_rate: int) -> int:
    """Count the samples that a recording of ``n_samples`` has after resampling."""
    return round(n_samples * target_rate / sample_rate)


def resample(waveform: np.ndarray, sample_rate: int, target_rate: int) -> np.ndarray:
    """Resample with soxr at high quality: (T,) at ``sample_rate`` → (T',) float32 at ``target_rate`` (both Hz)."""
    resampled = soxr.resample(waveform, sample_rate, target_rate).astype(np.float32)
    n_samples = n_resampled(
        len(waveform), sample_rate, target_rate
    )  # the output of soxr can be one sample longer or shorter
    return np.pad(resampled, (0, max(0, n_samples - len(resampled))))[:n_samples]


def quality_warnings(waveform: np.ndarray, sample_rate: int) -> tuple[str, ...]:
    """Describe what is wrong with a recording that can still be converted.

    Parameters
    ----------
    waveform : (T,) or (T, channels) — any PCM or float dtype
    sample_rate : Hz

    Returns
    -------
    warnings : one sentence each, for clipping and for a sample rate below 16 kHz
    """
    magnitude = np.abs(mix_to_mono(waveform))
    warnings = []
    peak = magnitude.max()
    at_peak = magnitude >= 0.999 * peak
    clipped = float((at_peak[1:] & at_peak[:-1]).mean())  # two in a row: one sample at the peak is not clipping
    just_below = float(((magnitude >= 0.99 * peak) & ~at_peak).mean())
    # in a sine, fewer samples lie within 0.1 % of the peak than between 0.1 % and 1 % below it; in a clipped one, more
    if clipped > CLIPPED_SHARE and clipped > 2 * just_below:
        warnings.append(
            f"the recording is clipped ({100 * clipped:.1f} % of it at full scale); hum farther from the microphone"
        )
    if sample_rate < 16000:
        warnings.append(
            f"the recording is sampled at {sample_rate} Hz, telephone quality; pitch is found better at 16 kHz or more"
        )
    return tuple(warnings)


def loudness(waveform: np.ndarray, sample_rate: int) -> float:
    """Measure the gated RMS: the mean power of all 50 ms blocks that are less than 20 dB below the loud ones.

    The gate is like that of ITU-R BS.1770: rests do not count. There is no K-weighting, so the value describes the
    level of the mel spectrogram directly.

    Parameters
    ----------
    waveform : (T,) float
    sample_rate : Hz

    Returns
    -------
    loudness_db : dB re full scale
    """
    block = max(1, sample_rate // 20)
    padded = np.pad(waveform, (0, -len(waveform) % block)).reshape(-1, block)
    # row by row in float64: all at once, ten minutes would take 0.4 GB
    power = np.array([np.square(row, dtype=np.float64).mean() for row in padded])
    gate = loud_value(power, block / sample_rate) * 1e-2
    return float(10 * np.log10(power[power >= gate].mean() + 1e-20))


def loud_value(values: np.ndarray, step_s: float) -> float:
    """Find the smallest of the loudest values.

    The loudest values are those of the loudest ``LOUD_S`` seconds, or the loudest 5 % of all values if these are
    fewer. So a short hum in a long rest sets the result, and a single click does not.

    Parameters
    ----------
    values : (K,) — levels, one every ``step_s`` seconds
    step_s : s
    """
    n_loud = max(1, min(round(LOUD_S / step_s), round(len(values) / 20)))
    return float(np.partition(values, -n_loud)[-n_loud])


def set_loudness(waveform: np.ndarray, sample_rate: int, loudness_db: float) -> np.ndarray:
    """Scale (T,) float to a gated RMS of ``loudness_db`` dB re full scale. Samples may exceed 1; nothing is clipped."""
    gain_db = loudness_db - loudness(waveform, sample_rate)
    return (waveform * 10 ** (gain_db / 20)).astype(np.float32)


def limit_peak(waveform: np.ndarray, headroom_db: float = HEADROOM_DB) -> np.ndarray:
    """Scale (T,) float down if its peak is above ``-headroom_db`` dB re full scale; float32 that is not is returned."""
    ceiling = 10 ** (-headroom_db / 20)
    peak = _peak(waveform) if len(waveform) else 0.0
    return (waveform if peak <= ceiling else waveform * (ceiling / peak)).astype(np.float32, copy=False)


def save(path: str | os.PathLike[str], waveform: np.ndarray, sample_rate: int) -> None:
    """Write a 16-bit file. If writing fails, no partial file is left.

    Parameters
    ----------
    path : the file to write; its suffix chooses the format (wav, flac, ogg, mp3)
    waveform : (T,) float
    sample_rate : Hz; mp3 has no rates above 48 kHz

    Raises
    ------
    AudioError
        If the suffix is another one, if the format does not have the sample rate, if the folder does not exist, if a
        sample is NaN or infinite, or if writing fails.
    """
    path = Path(path)
    check_writable(path)
    check_sample_rate(sample_rate)
    if not np.isfinite(waveform).all():
        raise AudioError(f"cannot write {path.name}: it has samples that are not numbers (NaN or infinite)")
    encoded = io.BytesIO()  # libsndfile itself does not notice a disk that is full at the end of a file
    try:
        soundfile.write(encoded, waveform, int(sample_rate), format=path.suffix[1:].upper())
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"cannot write {path.name} at {sample_rate} Hz ({error.error_string.rstrip('.')}); use another sample "
            "rate, or a name that ends in .wav"
        ) from error
    with writing(path, AudioError) as partial:
        partial.write_bytes(encoded.getbuffer())


def check_writable(path: Path) -> None:
    """Raise AudioError if ``save`` cannot write that suffix, or if the folder does not exist."""
    if path.suffix[1:].upper() not in WRITABLE:
        raise AudioError(f"cannot write {path.name}; use a name that ends in .wav, .flac, .ogg or .mp3")
    if not os.path.isdir(path.parent):  # unlike Path's, it is False for whatever cannot be looked into
        raise AudioError(f"cannot write {path}; choose a folder that exists")
