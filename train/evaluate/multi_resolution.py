"""The multi-resolution STFT distance to a recording, by auraloss; audio is as in ``hum2guitar.metrics.likeness``."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
from auraloss.freq import MultiResolutionSTFTLoss

from hum2guitar.metrics import SAMPLE_RATE
from hum2guitar.metrics.measured import SEGMENT_S, Measured


def multi_resolution_stft(reference: np.ndarray, estimate: np.ndarray) -> Measured:
    """Spectral convergence plus L1 of log magnitudes over three STFT sizes, by auraloss; levels as they are.

    Yamamoto, Song and Kim, "Parallel WaveGAN", ICASSP 2020; Steinmetz and Reiss, "auraloss", DMRN+15, 2020. The mean
    over the clip's segments.
    """
    n = min(len(reference), len(estimate))
    n_segments = max(1, round(n / SAMPLE_RATE / SEGMENT_S))
    edges = [round(i * SEGMENT_S * SAMPLE_RATE) for i in range(n_segments)] + [n]
    losses = []
    for start, stop in pairwise(edges):
        a, b = (torch.from_numpy(np.ascontiguousarray(x[None, None, start:stop])) for x in (reference, estimate))
        losses.append(np.array([float(_stft_loss()(b, a))]))
    return Measured(tuple(losses), lambda rows: float(rows.mean()))


@lru_cache(maxsize=1)
def _stft_loss() -> MultiResolutionSTFTLoss:
    return MultiResolutionSTFTLoss()
