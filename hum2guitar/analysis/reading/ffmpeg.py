"""Read m4a, webm, mp4 and some more formats with FFmpeg, by PyAV."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, BinaryIO

import av
import numpy as np
from av.container import InputContainer

from hum2guitar.analysis.limits import check_sample_rate
from hum2guitar.analysis.reading.opening import Blocks, UnreadableError, open_nameless
from hum2guitar.errors import AudioError

# FFmpeg's names of the containers and of the decoders that are used. All others are refused: lists that name other
# files, streams of the network, and the pictures of a film.
CONTAINERS = "aac,aiff,amr,asf,caf,flac,matroska,mov,mp3,ogg,wav"
DECODERS = (
    "aac,aac_latm,ac3,alac,amrnb,amrwb,eac3,flac,mp2float,mp3,mp3float,opus,vorbis,wmav1,wmav2,"
    "adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,pcm_alaw,pcm_mulaw,pcm_s8,pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,"
    "pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be"
)
OPTIONS = {
    "format_whitelist": CONTAINERS,
    "codec_whitelist": DECODERS,
    "protocol_whitelist": "none",  # no protocol has this name, so FFmpeg opens nothing by itself
}
# Until version 19, PyAV raises an error for tags that are not UTF-8, unless it is told how to decode them.
TAGS: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
FRAMES = 32  # frames in a block; a frame has 1024 samples in most formats


def blocks(path: str) -> Blocks:
    """Decode the first sound of a file.

    Yields
    ------
    block : (n, channels) float32
    sample_rate : Hz

    Raises
    ------
    UnreadableError
        If FFmpeg does not read the file, or if its container or its codec is not one of those above.
    AudioError
        If the file holds no sound, changes midway, cannot be opened, or has an impossible sample rate.
    """
    name = os.path.basename(path)
    try:
        with open_nameless(path) as file, _open(file) as container:
            if not container.streams.audio:
                raise AudioError(f"the file {name} holds no sound; choose a recording")
            codec = container.streams.audio[0].codec_context
            if codec is None or codec.name not in DECODERS.split(","):
                raise UnreadableError
            sample_rate = codec.sample_rate
            check_sample_rate(sample_rate)
            yield from ((block, sample_rate) for block in _arrays(container, sample_rate, name))
    except av.error.MemoryError:  # it is an FFmpegError too
        raise
    except av.FFmpegError as error:
        raise UnreadableError from error


def _open(file: BinaryIO) -> InputContainer:
    return av.open(file, "r", container_options=OPTIONS, **TAGS)


def _arrays(container: InputContainer, sample_rate: int, name: str) -> Iterator[np.ndarray]:
    """Yield arrays (n, channels) float32 of FRAMES frames each."""
    frames = _packed(_of_one_kind(container.decode(audio=0), name), sample_rate)
    empty = True
    while some := [frame.to_ndarray().reshape(-1, frame.layout.nb_channels) for frame in islice(frames, FRAMES)]:
        empty = False
        yield np.concatenate(some)
    if empty:
        raise AudioError(f"the file {name} holds no sound; record again, or choose another file")


def _of_one_kind(frames: Iterator[av.AudioFrame], name: str) -> Iterator[av.AudioFrame]:
    """Raise AudioError at the first frame that is of another kind than the frames before it."""
    first: dict[str, object] = {}
    for frame in frames:
        kind = {
            "sample rate": frame.sample_rate,
            "number of channels": frame.layout.nb_channels,
            "order of channels": frame.layout.name,
            "sample format": frame.format.name,
        }
        first = first or kind
        for what in kind:
            if kind[what] != first[what]:
                raise AudioError(
                    f"the {what} of {name} changes midway; export it again as one recording, as wav or flac"
                )
        yield frame


def _packed(frames: Iterator[av.AudioFrame], sample_rate: int) -> Iterator[av.AudioFrame]:
    """Convert frames to packed float32.

    PyAV looks for the planes of a planar frame up to their end mark, and eight planes have none.
    """
    resampler = av.AudioResampler(format="flt", rate=sample_rate)
    for frame in chain(frames, [None]):  # None flushes the resampler
        yield from resampler.resample(frame)
