"""Computed samples of plucked notes, and folders of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE = 44100


def pluck(midi: float, seconds: float = 1.5, rate: int = RATE) -> np.ndarray:
    """(T,) float32 — a plucked string: 12 decaying partials that start after 5 ms; higher ones decay faster."""
    f0_hz = 440 * 2 ** ((midi - 69) / 12)
    t = np.arange(int(seconds * rate)) / rate
    partials = [
        np.exp(-(1.5 + 0.8 * k) * t) * np.sin(2 * np.pi * k * f0_hz * t + k) / k
        for k in range(1, 13)
        if k * f0_hz < rate / 2
    ]
    sound = np.concatenate([np.zeros(int(0.005 * rate)), 0.3 * np.sum(partials, axis=0)])
    return sound.astype(np.float32)


def write_samples(folder: Path, guitars: dict[str, range]) -> Path:
    """Write a folder for ``train corpus sampled --notes``; each guitar has the notes of its range."""
    for guitar, notes in guitars.items():
        (folder / guitar).mkdir(parents=True)
        for midi in notes:
            soundfile.write(folder / guitar / f"{midi:03d}.flac", pluck(midi), RATE)
    manifest = ["file,pack,licence,source"] + [f"{name}/x.flac,{name},CC0 1.0,computed" for name in guitars]
    (folder / "manifest.csv").write_text("\n".join(manifest) + "\n")
    return folder
