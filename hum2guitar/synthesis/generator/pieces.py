"""Apply a generator to a long label in pieces that fit in memory."""

from __future__ import annotations

import torch

from hum2guitar.stages import Report, no_report
from hum2guitar.synthesis.generator.base import Generator


@torch.inference_mode()
def forward_in_pieces(
    network: Generator,
    label: torch.Tensor,
    extra: torch.Tensor,
    condition: torch.Tensor,
    segment_frames: int,
    device: torch.device | str = "cpu",
    report: Report = no_report,
) -> torch.Tensor:
    """Apply the network once to a whole label, piece by piece.

    The pieces begin at multiples of the network's ``time_stride``. They overlap by its ``context_frames``, which is
    all that the network can see, so that they equal the whole. A network whose statistics span the whole
    (``context_frames`` is None) gets the whole label in one pass, however long it is.

    Parameters
    ----------
    network : in eval mode, on ``device``
    label : (C, M, N) float32
    extra : (C' - C, M, N) float32 — the sampler's extra channels; the network reads them after the label
    condition : (K,) float32
    segment_frames : how many new frames a pass generates, rounded up to a multiple of ``time_stride``
    report : called with the completed share, 0 to 1, before each piece but the first

    Returns
    -------
    (M, N) float32, on the CPU — the network's output as it is, which may overshoot [-1, 1]
    """
    n_frames, context, stride = label.shape[-1], network.context_frames, network.time_stride
    if context is None:
        context, segment_frames = 0, n_frames
    segment_frames = -(-segment_frames // stride) * stride
    condition_batch = condition[None].to(device)
    result = torch.empty(label.shape[1:])
    for start in range(0, n_frames, segment_frames):
        if start:
            report(start / n_frames)
        stop = min(start + segment_frames, n_frames)
        left, right = max(0, start - context), min(n_frames, stop + context)
        piece = torch.cat([label[:, :, left:right], extra[:, :, left:right]])[None].to(device)
        result[:, start:stop] = network(piece, condition_batch)[0, 0, :, start - left : stop - left].float().cpu()
    return result
