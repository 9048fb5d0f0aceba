"""Mix channels to mono, as a whole or block by block."""

from __future__ import annotations

import numpy as np

from hum2guitar.errors import AudioError

CANCELLED = 0.01  # channels cancel each other if their mean has less than this share of the power of the loudest one
BLOCK = 1 << 16  # values


class Mixer:
    """Mix the blocks of a recording, and find out at its end whether the channels cancelled each other."""

    def __init__(self) -> None:
        self._power: np.ndarray | float = 0.0  # (channels,), summed over all samples so far
        self._mono_power = 0.0

    def add(self, block: np.ndarray) -> np.ndarray:
        """Mix (n, channels) float to (n,) float32. NaN and infinity are kept."""
        with np.errstate(invalid="ignore", over="ignore"):
            planes = np.ascontiguousarray(block.T, np.result_type(block.dtype, np.float32))
            mono = planes[0] + np.float32(0)  # which turns −0 into 0, as a mean does
            if len(planes) > 1:
                for plane in planes[1:]:
                    mono += plane
                mono /= len(planes)
                self._power = self._power + np.square(planes).sum(axis=1, dtype=np.float64)
                self._mono_power += float(np.square(mono).sum(dtype=np.float64))
            return mono.astype(np.float32, copy=False)

    def loudest_if_cancelled(self) -> int | None:
        """Return the channel to use instead of the mean of all channels, None if the mean can be used."""
        loudest = int(np.argmax(self._power))
        cancelled = self._mono_power < CANCELLED * np.atleast_1d(self._power)[loudest]
        return loudest if cancelled else None


def mix_to_mono(waveform: np.ndarray) -> np.ndarray:
    """Mix channels to mono and scale PCM to full scale 1.

    If the channels cancel each other (one of them has its polarity reversed), the loudest channel is returned.

    Parameters
    ----------
    waveform : (T,) or (T, channels) — any PCM or float dtype

    Returns
    -------
    waveform : (T,) float32 — the given array itself if it is such a one

    Raises
    ------
    AudioError
        If the array has another shape.
    """
    waveform = np.asarray(waveform)
    if np.issubdtype(waveform.dtype, np.integer):
        full_scale = 2.0 ** (np.iinfo(waveform.dtype).bits - 1)
        zero = full_scale if np.issubdtype(waveform.dtype, np.unsignedinteger) else 0.0  # the middle of unsigned PCM
        waveform = (waveform.astype(np.float64) - zero) / full_scale
    if waveform.ndim not in (1, 2) or (waveform.ndim == 2 and waveform.shape[1] == 0):
        raise AudioError(f"the waveform has the shape {waveform.shape}; give (samples,) or (samples, channels)")
    with np.errstate(over="ignore"):  # a float64 above the range of float32 becomes infinite; ``prepare`` rejects it
        if waveform.ndim == 1:
            return waveform.astype(np.float32, copy=False)
        mixer, step = Mixer(), max(1, BLOCK // waveform.shape[1])
        mono = [mixer.add(waveform[start : start + step]) for start in range(0, max(1, len(waveform)), step)]
        channel = mixer.loudest_if_cancelled()
        return np.concatenate(mono) if channel is None else waveform[:, channel].astype(np.float32)
