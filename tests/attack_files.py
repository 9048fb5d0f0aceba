"""Files that stopped, hung or emptied a server, and good recordings that were refused.

``ATTACKS`` has a maker for each. A maker writes the file, and whatever it points at, into a folder. Each attack is
answered with one sentence, or is converted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soundfile
from encoded import add_picture, encode, hum

UNREADABLE = "is not a recording that can be read"


@dataclass(frozen=True)
class Attack:
    """A file to upload: its name, its maker, and words of the sentence that answers it (None if it is converted)."""

    name: str
    make: Callable[[Path], object]
    sentence: str | None

    def write(self, folder: Path) -> Path:
        """Write the file into a folder and return its path."""
        path = folder / self.name
        self.make(path)
        return path


def good(folder: Path) -> Path:
    """Write a usual recording: ten seconds of a hum, wav."""
    path = folder / "good.wav"
    soundfile.write(path, hum(44100, 10.0), 44100)
    return path


# --- 1: eight channels -------------------------------------------------------------------------------------------


def eight_channels(path: Path) -> None:
    """A valid file of 8 channels: planar frames of it have no end mark, and reading their planes crashed."""
    encode(path, hum(48000, 1.0, 8), 48000, "libopus" if path.suffix == ".webm" else "aac", bit_rate=96000)


# --- 2: playlists ------------------------------------------------------------------------------------------------


def live_playlist(path: Path) -> None:
    """An HLS playlist without an end: a player asks for it again and again."""
    encode(path.with_name("segment.m4a"), hum(), 44100, "aac")
    path.write_text("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\nsegment.m4a\n")


def playlist_of_another_file(path: Path) -> None:
    """A playlist that ends, and names a file of the server."""
    other = encode(path.with_name("private.aac"), hum(), 44100, "aac", container="adts")
    path.write_text(
        f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.0,\n{other.resolve()}\n#EXT-X-ENDLIST\n"
    )


def concatenation(path: Path) -> None:
    """A list of files to play one after the other."""
    soundfile.write(path.with_name("private.wav"), hum(), 44100)
    path.write_text("ffconcat version 1.0\nfile private.wav\n")


def session_description(path: Path) -> None:
    """A text that asks for a stream of the network."""
    path.write_text("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n")


# --- 3: more samples than bytes ----------------------------------------------------------------------------------


def flac_of_constants(
    path: Path, seconds: float, channels: int = 8, sample_rate: int = 655350, value: int = 0, known_length: bool = True
) -> None:
    """A FLAC of frames that hold one number for each channel: a hundred bytes for half a million samples."""
    block = 65535
    n_blocks = int(np.ceil(seconds * sample_rate / block))
    header = block.to_bytes(2, "big") * 2 + bytes(6)
    packed = sample_rate << 44 | (channels - 1) << 41 | 15 << 36 | (n_blocks * block if known_length else 0)
    info = header + packed.to_bytes(8, "big") + bytes(16)
    with path.open("wb") as file:
        file.write(b"fLaC" + bytes([0x80, 0, 0, len(info)]) + info)
        file.writelines(_constant_frames(n_blocks, block, channels, value))


def _constant_frames(n_blocks: int, block: int, channels: int, value: int) -> Iterator[bytes]:
    subframes = (b"\x00" + value.to_bytes(2, "big", signed=True)) * channels
    for number in range(n_blocks):
        # 0x70: the size of the block follows, the rate is that of the stream; 8: 16 bits
        head = (
            b"\xff\xf8\x70" + bytes([(channels - 1) << 4 | 8]) + chr(number).encode() + (block - 1).to_bytes(2, "big")
        )
        frame = head + _crc(head, 0x07, 8) + subframes
        yield frame + _crc(frame, 0x8005, 16)


def _crc(data: bytes, polynomial: int, bits: int) -> bytes:
    value, top = 0, 1 << bits
    for byte in data:
        value ^= byte << (bits - 8)
        for _ in range(8):
            value = (value << 1) ^ (polynomial | top if value & top >> 1 else 0)
    return value.to_bytes(bits // 8, "big")


def many_channels(path: Path) -> None:
    """A wav of 1024 channels at 768 kHz."""
    soundfile.write(path, np.zeros((4096, 1024), np.int16), 768000, subtype="PCM_16")


def enormous_frames(path: Path) -> None:
    """A file whose header says that each of its frames has 16 million samples."""
    encode(path, hum(44100, 1.0, 2), 44100, "alac")
    frame_length, enormous = (b"alac" + bytes(4) + length.to_bytes(4, "big") for length in (4096, 1 << 24))
    path.write_bytes(path.read_bytes().replace(frame_length, enormous))


# --- 4: good recordings that were refused ------------------------------------------------------------------------


def tags_in_latin_1(path: Path) -> None:
    """A recording whose title is not UTF-8."""
    codec = "libmp3lame" if path.suffix == ".mp3" else "aac"
    encode(path, hum(44100, 2.0), 44100, codec, tags={"title": "Cafe-Cafe", "artist": "Cafe-Cafe"})
    path.write_bytes(path.read_bytes().replace(b"Cafe-Cafe", "Café-Caf\xe9".encode("latin-1")))


def flac_from_a_stream(path: Path) -> None:
    """A FLAC whose header does not say how long it is."""
    soundfile.write(path, hum(44100, 2.0), 44100)
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0  # 36 bits of the number of samples
    content[22:26] = bytes(4)
    path.write_bytes(content)


# --- 5: what changes or is not known -----------------------------------------------------------------------------


def unknown_codec(path: Path) -> None:
    """A container whose sound is in a format that no decoder reads."""
    encode(path, hum(), 44100, "aac")
    path.write_bytes(path.read_bytes().replace(b"mp4a", b"zzzz").replace(b"esds", b"zzzz"))


def channels_change(path: Path) -> None:
    """Mono, then stereo."""
    _joined(path, [(44100, 1), (44100, 2)])


def sample_rate_changes(path: Path) -> None:
    """44.1 kHz, then 22.05 kHz."""
    _joined(path, [(44100, 1), (22050, 1)])


def _joined(path: Path, parts: list[tuple[int, int]]) -> None:
    content = b""
    for sample_rate, channels in parts:
        encode(path, hum(sample_rate, 1.0, channels), sample_rate, "aac", container="adts")
        content += path.read_bytes()
    path.write_bytes(content)


def enormous_samples(path: Path) -> None:
    """Samples that are finite, and whose squares are not."""
    soundfile.write(path, hum() * np.float32(1e30), 44100, subtype="FLOAT")


def one_sample(path: Path) -> None:
    """A single sample."""
    soundfile.write(path, np.full((1, 1), 0.5), 44100)


def no_sample(path: Path) -> None:
    """A header alone."""
    soundfile.write(path, np.zeros((0, 1)), 44100)


def film_without_sound(path: Path) -> None:
    """A container that holds pictures only."""
    with av.open(str(path), "w") as output:
        add_picture(output)


ATTACKS = [
    Attack("h8.m4a", eight_channels, None),
    Attack("h8.webm", eight_channels, None),
    Attack("live.m3u8", live_playlist, UNREADABLE),
    Attack("live.wav", live_playlist, UNREADABLE),
    Attack("list.m3u8", playlist_of_another_file, UNREADABLE),
    Attack("list.m4a", playlist_of_another_file, UNREADABLE),
    Attack("concat.txt", concatenation, UNREADABLE),
    Attack("concat.flac", concatenation, UNREADABLE),
    Attack("stream.sdp", session_description, UNREADABLE),
    Attack("bomb.flac", lambda path: flac_of_constants(path, 590.0, 2), "longer than"),
    Attack("stream-bomb.flac", lambda path: flac_of_constants(path, 590.0, 1, known_length=False), "longer than"),
    Attack("long.flac", lambda path: flac_of_constants(path, 86400.0, 1, 8000), "longer than 10 minutes"),
    Attack("channels.wav", many_channels, "lasts 0.01 s"),
    Attack("frames.m4a", enormous_frames, "needs too much memory"),
    Attack("latin.m4a", tags_in_latin_1, None),
    Attack("latin.mp3", tags_in_latin_1, None),
    Attack("stream.flac", flac_from_a_stream, None),
    Attack("codec.m4a", unknown_codec, UNREADABLE),
    Attack("channels.m4a", channels_change, "channels"),
    Attack("rates.aac", sample_rate_changes, "sample rate"),
    Attack("enormous.wav", enormous_samples, "export it again"),
    Attack("one.wav", one_sample, "hum for at least"),
    Attack("none.wav", no_sample, "hum for at least"),
    Attack("film.mp4", film_without_sound, "holds no sound"),
]
