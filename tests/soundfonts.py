"""A SoundFont small enough to write by hand: one preset, one sample over all keys (SoundFont 2.04, section 7)."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from note_samples import pluck

RATE = 44100
SAMPLE_MODES, SAMPLE_ID, INSTRUMENT = 54, 53, 41


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def listing(kind: bytes, *chunks: bytes) -> bytes:
    return chunk(b"LIST", kind + b"".join(chunks))


def named(name: str) -> bytes:
    return name.encode().ljust(20, b"\0")


def write_soundfont(path: Path, midi: int = 60, program: int = 24, preset: str = "Test Guitar") -> Path:
    """A plucked string recorded at one key, played at any; FluidSynth itself makes it softer at lower velocities."""
    sound = (pluck(midi) * 20000).astype("<i2")
    n = len(sound)
    bags = struct.pack("<HHHH", 0, 0, 1, 0)
    pdta = listing(
        b"pdta",
        chunk(
            b"phdr",
            named(preset)
            + struct.pack("<HHHIII", program, 0, 0, 0, 0, 0)
            + named("EOP")
            + struct.pack("<HHHIII", 0, 0, 1, 0, 0, 0),
        ),
        chunk(b"pbag", bags),
        chunk(b"pmod", bytes(10)),
        chunk(b"pgen", struct.pack("<HHHH", INSTRUMENT, 0, 0, 0)),
        chunk(b"inst", named("string") + struct.pack("<H", 0) + named("EOI") + struct.pack("<H", 1)),
        chunk(b"ibag", struct.pack("<HHHH", 0, 0, 2, 0)),
        chunk(b"imod", bytes(10)),
        chunk(b"igen", struct.pack("<HHHHHH", SAMPLE_MODES, 0, SAMPLE_ID, 0, 0, 0)),
        chunk(
            b"shdr",
            named("string") + struct.pack("<IIIIIBbHH", 0, n, 8, n - 8, RATE, midi, 0, 0, 1) + named("EOS") + bytes(26),
        ),
    )
    info = listing(
        b"INFO", chunk(b"ifil", struct.pack("<HH", 2, 1)), chunk(b"isng", b"EMU8000\0"), chunk(b"INAM", b"test\0\0")
    )
    samples = listing(b"sdta", chunk(b"smpl", np.concatenate([sound, np.zeros(46, "<i2")]).tobytes()))
    path.write_bytes(chunk(b"RIFF", b"sfbk" + info + samples + pdta))
    return path
