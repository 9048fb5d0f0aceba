"""The golden output: a tiny generator that was trained in two minutes, and its committed conversion of one hum.

``python tests/golden.py`` writes both again. Do so only if the sound is meant to change, and note it in the CHANGELOG.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

from sounds import sung
from untrained import TINY

from hum2guitar import Conversion, Hum2Guitar
from hum2guitar.analysis import audio
from hum2guitar.synthesis import checkpoint, generator
from hum2guitar.synthesis.condition import build_condition
from hum2guitar.synthesis.controls import MAX_AGE_S, Controls
from hum2guitar.synthesis.harmonics import draw_label

DATA = Path(__file__).parent / "data"
WEIGHTS, OUTPUT, SOUND = DATA / "tiny.safetensors", DATA / "golden.npz", DATA / "golden.flac"
HUM_RATE = 44100
MELODY = [(0.15, 0.45, 57.0), (0.5, 0.8, 61.0), (0.85, 1.35, 64.0)]


def hum() -> np.ndarray:
    """(T,) float32 — the hum to convert, at ``HUM_RATE``."""
    return sung(MELODY, HUM_RATE, 1.5)


def convert() -> Conversion:
    """Convert the hum with the tiny generator."""
    return Hum2Guitar.from_pretrained(WEIGHTS).convert(hum(), HUM_RATE, guitar="nylon", inversion="griffin-lim", seed=0)


def teach(steps: int = 3000) -> generator.Generator:
    """Train a generator to copy the semantic harmonics with a decay of 30 dB per second of age."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    network = generator.build(TINY)
    optimizer = torch.optim.Adam(network.parameters(), lr=6e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        f0_hz = np.repeat(110 * 2 ** rng.uniform(0, 2, (8, 4)), 16, axis=1).astype(np.float32)
        f0_hz[rng.random(8) < 0.3] = np.nan
        level_db = np.repeat(rng.uniform(10, 40, (8, 4)), 16, axis=1).astype(np.float32)
        age_s = np.tile(np.arange(16) * TINY.frame_s, 4)[None].repeat(8, axis=0).astype(np.float32)
        onset = (age_s == 0).astype(np.float32)
        label = draw_label(Controls(f0_hz, level_db, onset, age_s).map(torch.from_numpy), TINY)
        span = TINY.mel_ceil_db - TINY.mel_floor_db
        target = (label[:, :1] - 2 * 30 * MAX_AGE_S * label[:, 2:] / span).clamp(-1, 1)
        condition = torch.from_numpy(build_condition("nylon", "plucked", TINY))[None].expand(8, -1)
        loss = (network(label, condition) - target).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    print(f"loss {loss.item():.4f}")
    return network.eval()


if __name__ == "__main__":
    torch.set_num_threads(1)
    provenance = {"made_by": "python tests/golden.py", "for": "the tests alone: it was taught to copy its label"}
    checkpoint.save(WEIGHTS, teach().state_dict(), TINY, provenance)
    conversion = convert()
    np.savez_compressed(
        OUTPUT,
        f0_hz=conversion.heard.f0_hz,
        notes=[[note.onset_s, note.offset_s, note.midi, note.velocity] for note in conversion.notes],
        guitar_mel_db=conversion.sound.mel_db.astype(np.float16),
    )
    audio.save(SOUND, conversion.waveform, conversion.sample_rate)
    print(conversion.summary, [f"{path.name}: {path.stat().st_size} bytes" for path in (WEIGHTS, OUTPUT, SOUND)])
