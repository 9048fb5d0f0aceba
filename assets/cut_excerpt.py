"""Cut the guitar recording that the lab offers from a solo of GuitarSet.

    python assets/cut_excerpt.py GUITARSET/audio_mono-mic/05_Rock1-130-A_solo_mic.wav

GuitarSet is Zenodo record 3371780. Its licence, CC BY 4.0, asks for what ``assets/README.md`` and the tags of the file
say: who made the recording, under which licence it is, and what was changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile

EXCERPT = Path(__file__).parent / "guitarset-rock-solo.flac"
START_S, STOP_S = 0.8, 9.1  # both in rests
FADE_S = 0.02
TAGS = {
    "title": "GuitarSet 05_Rock1-130-A_solo, microphone, excerpt",
    "artist": "Q. Xi, R. Bittner, J. Pauwels, X. Ye and J. P. Bello (GuitarSet, ISMIR 2018)",
    "license": "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    "comment": "https://zenodo.org/records/3371780; changed: cut to 0.8 to 9.1 s, with fades of 20 ms",
}


def cut(waveform: np.ndarray, sample_rate: int) -> np.ndarray:
    """Cut a recording (T,) int16 from ``START_S`` to ``STOP_S``, and fade both ends."""
    piece = waveform[round(START_S * sample_rate) : round(STOP_S * sample_rate)].astype(np.float64)
    fade = np.sin(np.linspace(0, np.pi / 2, round(FADE_S * sample_rate))) ** 2
    piece[: len(fade)] *= fade
    piece[-len(fade) :] *= fade[::-1]
    return np.round(piece).astype(np.int16)


def main() -> None:
    """Write the excerpt of the recording that the command names, with its attribution as tags."""
    waveform, sample_rate = soundfile.read(sys.argv[1], dtype="int16")
    piece = cut(waveform, sample_rate)
    with soundfile.SoundFile(EXCERPT, "w", sample_rate, 1, "PCM_16", format="FLAC", compression_level=1.0) as file:
        for name, text in TAGS.items():
            setattr(file, name, text)
        file.write(piece)
    print(f"{EXCERPT.name}: {len(piece) / sample_rate:.1f} s, {EXCERPT.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
