"""Label → mel in dB, by a trained generator and its Config's sampler."""

from __future__ import annotations

from itertools import count

import numpy as np
import torch

from hum2guitar import mel
from hum2guitar.config import Config
from hum2guitar.errors import CheckpointError
from hum2guitar.stages import Report, no_report
from hum2guitar.synthesis import samplers
from hum2guitar.synthesis.arithmetic import arithmetic
from hum2guitar.synthesis.generator import Generator, forward_in_pieces

SEGMENT_FRAMES = 1728  # 40 s per pass at the default rate


@torch.inference_mode()
def generate(
    network: Generator,
    label: np.ndarray,
    condition: np.ndarray,
    config: Config,
    *,
    segment_frames: int = SEGMENT_FRAMES,
    seed: int = 0,
    device: torch.device | str = "cpu",
    report: Report = no_report,
) -> np.ndarray:
    """Generate the mel of one label.

    A label longer than ``segment_frames`` is generated in pieces, with the same result as in one pass, but for
    rounding.

    Parameters
    ----------
    network : the generator that ``config`` describes, in eval mode, on ``device``
    label : (C, M, N) float32, from ``harmonics.draw_label``
    condition : (G + 2,) float32, from ``condition.build_condition``
    segment_frames : new frames per pass; a network whose statistics span the whole ignores it
    seed : of the sampler's random start; the sampler ``direct`` has none
    report : called with the completed share, 0 to 1, every few seconds

    Returns
    -------
    (M, N) float32 — dB, within ``mel_floor_db`` and ``mel_ceil_db``

    Raises
    ------
    CheckpointError : the network generated NaN or infinity
    """
    sampler, passes = samplers.of(config), count()

    def forward(label: torch.Tensor, extra: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        done = next(passes)

        def report_pass(share: float) -> None:
            report((done + share) / sampler.passes)

        with arithmetic(device):
            output = forward_in_pieces(network, label, extra, condition, segment_frames, device, report_pass)
        if not torch.isfinite(output).all():  # samplers clip, which would hide infinity
            raise CheckpointError("the checkpoint generates values that are not finite; use another checkpoint")
        return output

    inputs = torch.from_numpy(label), torch.from_numpy(condition)
    generated = sampler.sample(forward, *inputs, seed, config.noise_scale)
    return mel.denormalise(generated, config).numpy()
