"""Mel → magnitude → waveform, in one of several ways behind one function, ``invert``.

``griffin-lim``: the magnitude by multiplicative updates, the phase from the F0 track, then fast Griffin-Lim.
``pghi``: the same magnitude, its phase by phase-gradient heap integration.
``vocoder``: a small network corrects that magnitude and the steps of its phase before they are integrated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.synthesis.inversion import griffin_lim, vocoder
from hum2guitar.synthesis.inversion.magnitude import METHODS, mel_to_magnitude, mel_to_power
from hum2guitar.synthesis.inversion.pghi import integrate, phase_steps

__all__ = ["INVERSIONS", "ITERATIONS", "METHODS", "beside", "check", "invert", "mel_to_magnitude"]

ITERATIONS = {"griffin-lim": 32, "pghi": 0, "vocoder": 0}  # of Griffin-Lim, where none are asked for
INVERSIONS = tuple(ITERATIONS)
SEGMENT_FRAMES = 1024  # 24 s; a longer mel is inverted piece by piece, so that memory stays bounded
OVERLAP_FRAMES = 32
Spectrum = tuple[np.ndarray, np.ndarray]  # magnitude and phase, (F, N) each


@dataclass(frozen=True)
class Task:
    """What is to be inverted: a whole mel (M, N) in dB with its F0 (N,), Hz or NaN."""

    mel_db: np.ndarray
    f0_hz: np.ndarray
    config: Config
    seed: int
    method: str

    def magnitude(self, start: int, stop: int) -> np.ndarray:
        """The frames' magnitude (F, stop - start), from their mel alone."""
        return mel_to_magnitude(mel_to_power(self.mel_db[:, start:stop], self.config), self.config, self.method)


def check(inversion: str, config: Config) -> None:
    """Raises UserError for a name that is unknown, or an inversion that this Config's mels are not for."""
    if inversion not in INVERSIONS:
        raise UserError(f"there is no inversion {inversion!r}; choose one of {', '.join(INVERSIONS)}")
    if inversion == "vocoder":
        vocoder.check(vocoder.load(vocoder.bundled()).design, config)


def beside(config: Config) -> str:
    """What measured best on generated mels (README): the vocoder, or ``pghi`` where it learnt from other mels."""
    return "vocoder" if vocoder.unlike(vocoder.load(vocoder.bundled()).design, config) is None else "pghi"


def invert(
    mel_db: np.ndarray,
    f0_hz: np.ndarray,
    n_samples: int,
    config: Config,
    inversion: str = "griffin-lim",
    *,
    iterations: int | None = None,
    seed: int = 0,
    method: str = "multiplicative",
) -> np.ndarray:
    """Mel in dB → waveform.

    (M, N) dB, (N,) Hz with NaN → (n_samples,) float32. ``iterations`` of Griffin-Lim follow whatever phase the
    inversion begins with (None: its own number, ``ITERATIONS``). Mels longer than ``SEGMENT_FRAMES`` are done in
    pieces that overlap by ``OVERLAP_FRAMES``, whose starting phases agree, cross-faded with equal gain.
    Raises UserError as ``check``.
    """
    check(inversion, config)
    if iterations is None:
        iterations = ITERATIONS[inversion]
    task = Task(mel_db, f0_hz, config, seed, method)
    waveform = np.zeros(n_samples, dtype=np.float32)
    fade = (OVERLAP_FRAMES - 1) * config.hop_length  # what two pieces share: n frames span n - 1 hops
    n_frames = mel_db.shape[1]
    known = None
    for start in range(0, max(1, n_frames - OVERLAP_FRAMES), SEGMENT_FRAMES - OVERLAP_FRAMES):
        stop = min(start + SEGMENT_FRAMES, n_frames)
        magnitude, phase = SPECTRA[inversion](task, start, stop, known)
        known = phase[:, -OVERLAP_FRAMES:]
        first = start * config.hop_length
        length = n_samples - first if stop == n_frames else (stop - start - 1) * config.hop_length
        piece = griffin_lim.reconstruct(magnitude, length, config, phase=phase, iterations=iterations)
        if start:
            ramp = np.linspace(0, 1, min(fade, len(piece)), dtype=np.float32)
            piece[: len(ramp)] *= ramp
            waveform[first : first + len(ramp)] *= 1 - ramp
        waveform[first : first + len(piece)] += piece
    return waveform


def _of_f0(task: Task, start: int, stop: int, known: np.ndarray | None) -> Spectrum:
    """The phase of the F0 track, which is the same for a piece as for the whole."""
    return task.magnitude(start, stop), griffin_lim.harmonic_phase(task.f0_hz, task.config, task.seed, start, stop)


def _of_heap(task: Task, start: int, stop: int, known: np.ndarray | None) -> Spectrum:
    """The phase integrated onwards from the ``known`` one (F, K) of the piece before."""
    magnitude = task.magnitude(start, stop)
    steps = phase_steps(magnitude, task.config)
    return magnitude, integrate(magnitude, *steps, task.config, seed=task.seed, known=known)


def _of_network(task: Task, start: int, stop: int, known: np.ndarray | None) -> Spectrum:
    """The same with what the network makes of the magnitude and of the steps; it sees a little beyond the piece."""
    loaded = vocoder.load(vocoder.bundled())
    context = loaded.design.context_frames
    left, right = max(0, start - context), min(task.mel_db.shape[1], stop + context)
    corrected = vocoder.correct(loaded, task.magnitude(left, right), task.f0_hz[left:right])
    magnitude, along_time, along_frequency = (x[:, start - left :] for x in corrected)
    n = stop - start
    steps = along_time[:, : n - 1], along_frequency[:, :n]
    return magnitude[:, :n], integrate(magnitude[:, :n], *steps, task.config, seed=task.seed, known=known)


SPECTRA: dict[str, Callable[[Task, int, int, np.ndarray | None], Spectrum]] = {
    "griffin-lim": _of_f0,
    "pghi": _of_heap,
    "vocoder": _of_network,
}
