"""Decode a recording block by block: its file → mono float32.

What a file contains decides how it is read, whatever its name is. The decoders get an open file without a name. So they
cannot open another one: not the next part of a playlist, not a file beside it. A child process runs this module
(``hum2guitar.analysis.reading.child``), so nothing here imports torch.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Protocol

import numpy as np

from hum2guitar.analysis.limits import check_size
from hum2guitar.analysis.mixing import Mixer
from hum2guitar.analysis.reading import ffmpeg, libsndfile
from hum2guitar.analysis.reading.opening import Reader, UnreadableError
from hum2guitar.errors import AudioError

READERS = (libsndfile.blocks, ffmpeg.blocks)


class Sink(Protocol):
    """What takes the decoded blocks."""

    def restart(self) -> None:
        """Forget all blocks so far."""

    def add(self, block: np.ndarray) -> None:
        """Append (n,) float32."""


def decode(path: str, max_seconds: float | None, sink: Sink) -> int:
    """Decode a file and mix it to mono.

    Parameters
    ----------
    path : the file
    max_seconds : the maximum duration in s, None for no maximum
    sink : takes the blocks of the waveform, full scale 1

    Returns
    -------
    sample_rate : int — Hz, the sample rate of the file

    Raises
    ------
    AudioError
        If the file cannot be read, is too long, holds no sound, or changes its channels or sample rate midway.
    """
    for reader in READERS:
        with suppress(UnreadableError):
            return _decode_with(reader, path, max_seconds, sink)
    name = os.path.basename(path)
    raise AudioError(f"the file {name} is not a recording that can be read; use wav, flac, ogg, mp3, m4a, webm or mp4")


def _decode_with(reader: Reader, path: str, max_seconds: float | None, sink: Sink) -> int:
    sink.restart()
    mixer, n_samples, sample_rate = Mixer(), 0, 0
    for block, sample_rate in reader(path):
        n_samples += len(block)
        check_size(n_samples, sample_rate, max_seconds)
        sink.add(mixer.add(block))
    channel = mixer.loudest_if_cancelled()
    if channel is not None:  # the file is decoded again: to keep all its channels could take gigabytes
        sink.restart()
        for block, _ in reader(path):
            sink.add(block[:, channel])
    return sample_rate
