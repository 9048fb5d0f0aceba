"""The losses, each a function of mels or scores that gives a scalar."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from train.objective.discriminator import Scores

AUDIBLE_DB = -15.0  # 50 dB under a strong pluck
PATCHES = ((4, 4), (8, 8), (32, 1))  # rows × frames, each shifted by half its size
LAGS = ((1, 0), (3, 0), (10, 0), (0, 4), (0, 12))  # rows and frames
POWER_RANGE = (-2.0, 2.0)  # mels lie in [-1, 1]; what overshoots by more would overflow


def loss_mask(
    generated: torch.Tensor, target: torch.Tensor, condition: torch.Tensor, inaudible: float, audible: float
) -> torch.Tensor:
    """Return how much each cell of two mels counts.

    In ``follow``, a cell counts 1 where either mel lies above ``audible``, else ``inaudible``. Most of a guitar's
    cells lie more than 50 dB under its attacks, and the label does not say which of them sound. The mask lets the
    generator raise such cells up to the level at which they are heard as a haze. So in ``plucked``, where no single
    recording is to be matched, every cell counts 1.

    Parameters
    ----------
    generated, target : (B, 1, M, N) in [-1, 1]
    condition : (B, G + 2), its last column 1 for ``follow``
    inaudible : 0 to 1
    audible : ``AUDIBLE_DB`` on the scale of the mels

    Returns
    -------
    (B, 1, M, N). The losses are means over cells, not over this mask, so that a batch shared among processes has the
    gradient of the whole.
    """
    follow = condition[:, -1, None, None, None] > 0
    heard = torch.maximum(generated.detach(), target) > audible
    return torch.where(heard | ~follow, 1.0, inaudible)


def l1_loss(generated: torch.Tensor, target: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean over the cells of mels (B, 1, M, N) of the absolute difference times the mask."""
    return ((generated - target).abs() * mask).mean()


def delta_mel_loss(generated: torch.Tensor, target: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the L1 between the frame-to-frame differences of mels (B, 1, M, N).

    It keeps attacks short: without it the level rose over 2.5 frames at a pluck where the corpus rises over 1.7, with
    it over 1.8. A cell's difference counts as much as the larger mask of its two frames.
    """
    mask = torch.maximum(mask[..., 1:], mask[..., :-1])
    return ((generated.diff(dim=-1) - target.diff(dim=-1)).abs() * mask).mean()


def texture_loss(generated: torch.Tensor, target: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean L1 between the differences of cells that lie ``LAGS`` apart, of mels (B, 1, M, N).

    Differences over several lags show which cells vary together (the variogram of Scheuerer and Hamill, Monthly Weather
    Review 143(4), 2015). Scored cell by cell, a generator with noise may draw the right levels in the wrong shapes:
    clouds, where a guitar has partials that are thin in frequency and long in time.
    """
    losses = []
    for lag in LAGS:
        (a, b), (c, d), both = (_apart(image, lag) for image in (generated, target, mask))
        losses.append(((a - b - (c - d)).abs() * torch.maximum(*both)).mean())
    return torch.stack(losses).mean()


def _apart(image: torch.Tensor, lag: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return all cells that have one a lag of rows and frames away, and those."""
    n_rows, n_frames = (size - step for size, step in zip(image.shape[-2:], lag, strict=True))
    return image[..., lag[0] :, lag[1] :], image[..., :n_rows, :n_frames]


def patch_power_loss(
    generated: torch.Tensor, target: torch.Tensor, mask: torch.Tensor, db_per_unit: float
) -> torch.Tensor:
    """Return the L1, in units of the mel, between the mean powers of small overlapping patches.

    What is random in a sound, such as the noise of an attack, has a power that varies from cell to cell. The L1 of the
    cells in dB is smallest at the median, and the median of exponentially distributed power lies 10 log10(ln 2) = 1.59
    dB under its mean. So a generator trained by it alone makes noise too soft. The mean power of a patch varies little,
    and its median is nearly its mean: 0.09 dB lower for 16 independent cells.

    A patch of few rows and frames is a detail. One of many rows and one frame is the level of a band at one time: the
    frame before a pluck is as silent as it should be only where its power is scored without that of the pluck. The
    gradient of a patch is shared among its cells by their power, and its sum is at most the mask. A patch counts as
    much as the largest mask in it.

    Parameters
    ----------
    generated, target, mask : (B, 1, M, N), M at least 32, N at least 8
    db_per_unit : dB by which a mel rises from 0 to 1
    """
    nepers = db_per_unit * math.log(10) / 10
    power = [(nepers * mel.clip(*POWER_RANGE)).exp() for mel in (generated, target)]
    losses = []
    for size in PATCHES:
        stride = (size[0] // 2, max(1, size[1] // 2))
        a, b = (F.avg_pool2d(image, size, stride).log() / nepers for image in power)
        losses.append(((a - b).abs() * F.max_pool2d(mask, size, stride)).mean())
    return torch.stack(losses).mean()


def adversarial_loss(scores: Scores, real: bool) -> torch.Tensor:
    """Return the least-squares GAN loss (Mao et al., ICCV 2017), summed over scales.

    It is 0 where every patch score is 1 and ``real`` holds, or 0 and it does not.
    """
    losses = [((scale[-1] - float(real)) ** 2).mean() for scale in scores]
    return torch.stack(losses).sum()


def relativistic_loss(scores: Scores, others: Scores) -> torch.Tensor:
    """Return the loss of one kind of mels that are to score above another kind, summed over scales.

    Each patch is paired with the patch of the same label and place (RpGAN, Jolicoeur-Martineau, ICLR 2019). Its loss is
    softplus(other - score): near 0 where the score is far above the other one, log 2 where they are equal. A
    discriminator wants real mels above generated ones, a generator the opposite.
    """
    losses = [F.softplus(b[-1] - a[-1]).mean() for a, b in zip(scores, others, strict=True)]
    return torch.stack(losses).sum()


def feature_distances(generated: Scores, real: Scores) -> torch.Tensor:
    """Return the L1 between the discriminator's features of generated and real mels, one value a layer and scale.

    Pix2PixHD, equation 3. The scores themselves do not count, and the real features get no gradient.
    """
    losses = [
        F.l1_loss(a, b.detach())
        for x, y in zip(generated, real, strict=True)
        for a, b in zip(x[:-1], y[:-1], strict=True)
    ]
    return torch.stack(losses)


def gradient_penalty(discriminator: nn.Module, label: torch.Tensor, mel: torch.Tensor) -> torch.Tensor:
    """Return the zero-centred gradient penalty: how steeply the scores of mels change with the mel.

    On real mels it is R1, on generated ones R2 (Mescheder et al., ICML 2018, equations 9 and 10). It is the squared
    gradient of the summed patch scores, averaged over the mel's cells so that a weight means the same for any size. It
    is differentiated twice, which torch.compile cannot do, so ``forward`` is called directly.

    Parameters
    ----------
    label : (B, C, M, N)
    mel : (B, 1, M, N)
    """
    mel = mel.detach().requires_grad_()
    scores = torch.stack([scale[-1].sum() for scale in discriminator.forward(label, mel)]).sum()
    (gradient,) = torch.autograd.grad(scores, mel, create_graph=True)
    return (gradient**2).mean()
