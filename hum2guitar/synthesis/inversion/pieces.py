"""Invert a long mel spectrogram in pieces, to limit the memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hum2guitar.config import Config
from hum2guitar.stages import Report, no_report
from hum2guitar.synthesis.inversion.fast_griffin_lim import reconstruct

SEGMENT_FRAMES = 1024  # 24 s
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
    fade = (OVERLAP_FRAMES - 1) * config.hop_length  # between the first and the last of the overlapping frames
    known = None
    for start in range(0, max(1, n_frames - OVERLAP_FRAMES), SEGMENT_FRAMES - OVERLAP_FRAMES):
        if start:
            report(start / n_frames)
        stop = min(start + SEGMENT_FRAMES, n_frames)
        magnitude, phase = spectrum_of(start, stop, known)
        known = phase[:, -OVERLAP_FRAMES:]
        first = start * config.hop_length
        length = n_samples - first if stop == n_frames else (stop - start - 1) * config.hop_length
        piece = reconstruct(magnitude, length, config, phase=phase, iterations=iterations)
        if last_step is not None:
            piece = last_step(piece, start, stop)
        if start:
            ramp = np.linspace(0, 1, min(fade, len(piece)), dtype=np.float32)
            piece[: len(ramp)] *= ramp
            waveform[first : first + len(ramp)] *= 1 - ramp
        waveform[first : first + len(piece)] += piece
    return waveform
