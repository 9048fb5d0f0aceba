"""Warm up in the background, so that the first visitor waits no longer than the second.

What takes time only once: imports that are made late, functions that numba compiles, and the first call of a network.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import numpy as np

from hum2guitar import Choices, Conversion, Hum2Guitar
from hum2guitar.analysis import audio
from hum2guitar.export import EXPORTS, details
from hum2guitar.synthesis.sound import Generate, render

from .jobs import Jobs

RATE = 44100  # Hz
NOTES_HZ = (196.0, 220.0, 247.0)
NOTE_S = 0.4

log = logging.getLogger("hum2guitar")


def start(jobs: Jobs, work: Callable[[], None]) -> Thread:
    """Do the work in a thread; jobs have their turns afterwards, whether it fails or not."""

    def run() -> None:
        try:
            work()
        except Exception:
            log.exception("the warm-up failed; the first conversion will take longer")
        finally:
            jobs.begin()

    thread = Thread(target=run, name="warm-up", daemon=True)
    thread.start()
    return thread


def warm_up(converter: Hum2Guitar, other: str, generate: Generate, folder: Path) -> None:
    """Do once all that a conversion does.

    Parameters
    ----------
    converter : of the page
    other : the inversion of the second sound
    generate : (label, condition, seed=…, report=…) → mel in dB; ``silence`` where the GPU is lent to visitors alone
    folder : for temporary files
    """
    choices = Choices()
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as name:
        path = Path(name, "hum.wav")
        audio.save(path, hum(), RATE)
        heard = converter.analyse(*audio.load(path), choices)
        played = converter.arrange(heard, choices)
        sound = render(played, choices, generate)
        render(played, Choices(inversion=other), generate)
        conversion = Conversion(heard, played, sound, choices)
        audio.save(path, conversion.waveform, conversion.sample_rate)
        details.save(Path(name, "notes.json"), conversion)
        EXPORTS["figure"].save(Path(name, "picture.png"), conversion)


def silence(n_mels: int) -> Generate:
    """Make a function that generates nothing, where the generator cannot be called."""
    return lambda label, condition, **_: np.full((n_mels, label.shape[-1]), -60.0, np.float32)


def hum() -> np.ndarray:
    """A hum of three notes, with overtones and vibrato: (T,) float32 at ``RATE``."""
    f0_hz = np.repeat(NOTES_HZ, int(NOTE_S * RATE))
    f0_hz = f0_hz * 2 ** (0.3 / 12 * np.sin(2 * np.pi * 5 * np.arange(len(f0_hz)) / RATE))
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    partials = np.arange(1, 9)
    return (0.1 * (np.sin(np.outer(phase, partials)) / partials).sum(axis=1)).astype(np.float32)
