"""Recordings in every format: encoded by PyAV and soundfile, as telephones, browsers and editors do it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import soundfile
from sounds import voice

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


def hum(sample_rate: int = 44100, seconds: float = 1.0, channels: int = 1) -> np.ndarray:
    """(T, channels) float32 — a voice at 220 Hz, the same in all channels."""
    return np.stack([voice(220.0, sample_rate, seconds)] * channels, axis=1)


def encode(
    path: Path,
    waveform: np.ndarray,
    sample_rate: int,
    codec: str,
    *,
    container: str | None = None,
    bit_rate: int | None = None,
    picture: bool = False,
    tags: dict[str, str] | None = None,
) -> Path:
    """Encode (T, channels) float32 with PyAV; ``picture`` adds a video of black pictures."""
    layout = LAYOUTS[waveform.shape[1]]
    with av.open(str(path), "w", format=container) as output:
        output.metadata.update(tags or {})
        stream = output.add_stream(codec, rate=sample_rate)
        stream.layout = layout
        if bit_rate is not None:
            stream.bit_rate = bit_rate
        if picture:
            add_picture(output)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(waveform).reshape(1, -1), "flt", layout)
        frame.sample_rate = sample_rate
        fifo = av.AudioFifo()
        fifo.write(frame)
        size = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=sample_rate)
        while chunk := fifo.read(size, partial=True):
            for ready in resampler.resample(chunk):
                output.mux(stream.encode(ready))
        output.mux(stream.encode(None))
    return path


def add_picture(output: av.container.OutputContainer) -> None:
    """Write a second of black pictures into a container that is open for writing."""
    stream = output.add_stream("mpeg4", rate=10)
    stream.width = stream.height = 32
    stream.pix_fmt = "yuv420p"
    for _ in range(10):
        output.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")))
    output.mux(stream.encode(None))


def write_every_format(folder: Path, seconds: float = 1.0) -> list[Path]:
    """Write one hum in every format that is read, in one, two and more channels."""
    paths = []
    for name, subtype, channels in (
        ("pcm16.wav", "PCM_16", 2),
        ("pcm24.wav", "PCM_24", 1),
        ("float.wav", "FLOAT", 8),
        ("ulaw.wav", "ULAW", 1),
        ("mono.flac", "PCM_16", 1),
        ("eight.flac", "PCM_24", 8),
        ("vorbis.ogg", "VORBIS", 2),
        ("opus.ogg", "OPUS", 1),
        ("stereo.mp3", "MPEG_LAYER_III", 2),
        ("pcm.aiff", "PCM_16", 1),
        ("pcm.au", "PCM_16", 1),
    ):
        paths.append(folder / name)
        soundfile.write(paths[-1], hum(48000, seconds, channels), 48000, subtype=subtype)
    for name, codec, container, channels in (
        ("mono.m4a", "aac", None, 1),
        ("eight.m4a", "aac", None, 8),
        ("six.m4a", "alac", None, 6),
        ("voice.webm", "libopus", None, 1),
        ("eight.webm", "libopus", None, 8),
        ("film.mp4", "aac", None, 2),
        ("film.mkv", "aac", "matroska", 2),
        ("stream.aac", "aac", "adts", 2),
        ("camera.mov", "pcm_s16le", None, 2),
        ("phone.caf", "alac", None, 1),
        ("plain.mp3", "libmp3lame", None, 1),
    ):
        sound, picture = hum(48000, seconds, channels), name.startswith("film")
        paths.append(encode(folder / name, sound, 48000, codec, container=container, picture=picture))
    return paths
