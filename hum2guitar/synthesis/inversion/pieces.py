"""Invert a long mel spectrogram in pieces, to use several threads and to limit the memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch

from hum2guitar.config import Config
from hum2guitar.stages import Report, no_report
from hum2guitar.synthesis.inversion.fast_griffin_lim import reconstruct

SEGMENT_FRAMES = 256  # 6 s
OVERLAP_FRAMES = 32
Spectrum = tuple[np.ndarray, np.ndarray]  # magnitude and phase, (F, N) each
# (first frame, frame after the last, phase of the frames that overlap with the piece before or None) → spectrum
SpectrumOf = Callable[[int, int, np.ndarray | None], Spectrum]
LastStep = Callable[[np.ndarray, int, int], np.ndarray]  # (waveform, first frame, frame after the last) → waveform


def invert_in_pieces(
    spectrum_of: SpectrumOf,
    n_frames: int,
    n_samples: int,
    config: Config,
    iterations: int,
    last_step: LastStep | None = None,
    report: Report = no_report,
) -> np.ndarray:
    """Invert pieces and cross-fade them with equal gain.

    The spectra are computed one after the other, because each begins with the phases of the one before. Meanwhile other
    threads turn them into sound. The result does not depend on the number of threads (``torch.get_num_threads``).

    Parameters
    ----------
    spectrum_of : computes magnitude and initial phase of a piece. Two pieces overlap by ``OVERLAP_FRAMES``, and their
        initial phases must agree there.
    n_frames : N
    n_samples : length of the waveform
    config : the settings of the STFT
    iterations : of Griffin-Lim
    last_step : changes the sound of a piece before the cross-fade
    report : called with the completed share, 0 to 1, before each piece but the first

    Returns
    -------
    waveform : (n_samples,) float32
    """
    waveform = np.zeros(n_samples, dtype=np.float32)
    threads = torch.get_num_threads()
    ahead = threads if threads > 1 else 0  # pieces whose sound is still computed when the next spectrum is

    def sound_of(start: int, stop: int, magnitude: np.ndarray, phase: np.ndarray) -> np.ndarray:
        last = stop == n_frames
        length = n_samples - start * config.hop_length if last else (stop - start - 1) * config.hop_length
        piece = reconstruct(magnitude, length, config, phase=phase, iterations=iterations)
        return piece if last_step is None else last_step(piece, start, stop)

    def add(start: int, piece: np.ndarray) -> None:
        first = start * config.hop_length
        if start:
            fade = (OVERLAP_FRAMES - 1) * config.hop_length  # between the first and the last of the overlapping frames
            ramp = np.linspace(0, 1, min(fade, len(piece)), dtype=np.float32)
            piece[: len(ramp)] *= ramp
            waveform[first : first + len(ramp)] *= 1 - ramp
        waveform[first : first + len(piece)] += piece

    known = None
    pending: deque[tuple[int, Future[np.ndarray]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, max(1, n_frames - OVERLAP_FRAMES), SEGMENT_FRAMES - OVERLAP_FRAMES):
            if start:
                report(start / n_frames)
            stop = min(start + SEGMENT_FRAMES, n_frames)
            magnitude, phase = spectrum_of(start, stop, known)
            known = phase[:, -OVERLAP_FRAMES:]
            pending.append((start, pool.submit(sound_of, start, stop, magnitude, phase)))
            while len(pending) > ahead:
                first, sound = pending.popleft()
                add(first, sound.result())
        for first, sound in pending:
            add(first, sound.result())
    return waveform
