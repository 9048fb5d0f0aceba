"""Read wav, flac, ogg, mp3 and the other formats of libsndfile."""

from __future__ import annotations

import numpy as np
import soundfile

from hum2guitar.analysis.limits import check_sample_rate
from hum2guitar.analysis.mixing import BLOCK
from hum2guitar.analysis.reading.opening import Blocks, UnreadableError, open_nameless


class _Forward(soundfile.SoundFile):
    """A file that is read from its start to its end.

    soundfile seeks after each block of a seekable file, and believes the number of frames in its header.
    """

    def seekable(self) -> bool:
        return False


def blocks(path: str) -> Blocks:
    """Decode a file.

    Yields
    ------
    block : (n, channels) float32 — the first one is empty: a file without samples has a sample rate too
    sample_rate : Hz

    Raises
    ------
    UnreadableError
        If libsndfile does not read the file, or not to its end.
    AudioError
        If the file cannot be opened, or if its sample rate is impossible.
    """
    try:
        with open_nameless(path) as file, _Forward(file) as sound:
            check_sample_rate(sound.samplerate)
            yield np.empty((0, sound.channels), np.float32), sound.samplerate
            n_frames = max(1, BLOCK // sound.channels)
            while len(block := sound.read(n_frames, dtype="float32", always_2d=True)):
                yield block, sound.samplerate
    except soundfile.LibsndfileError as error:
        raise UnreadableError from error
