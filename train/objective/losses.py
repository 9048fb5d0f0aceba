"""The losses, each a function of images or scores that gives a scalar."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from train.objective.discriminator import MultiScaleDiscriminator, Scores

AUDIBLE = -1 / 3  # -15 dB by the Config's range: 50 dB under a strong pluck


@dataclass(frozen=True)
class LossWeights:
    """How much each loss counts. Mels lie in [-1, 1], so an L1 of 0.1 is 4.5 dB."""

    l1: float = 10.0
    motion: float = 20.0
    adversarial: float = 0.02  # five times as much cost the plucks their crispness: train/RUNS.md
    feature_matching: float = 0.2
    inaudible: float = 0.1  # what, in follow, a cell counts that lies below AUDIBLE in the drawn mel and in the target

    @property
    def uses_discriminator(self) -> bool:
        """Whether a discriminator has any say."""
        return self.adversarial > 0 or self.feature_matching > 0


def audibility(drawn: torch.Tensor, target: torch.Tensor, condition: torch.Tensor, inaudible: float) -> torch.Tensor:
    """What each cell of two mels (B, 1, M, N) counts; condition (B, G + 2) ends with 1 for ``follow``.

    In ``follow``, which is to come near to one recording, 1 where either mel lies above ``AUDIBLE``, else
    ``inaudible``: most of a guitar's cells lie more than 50 dB under its attacks. That lifts a cell of which the
    label does not say whether it sounds, up to where it is heard as a haze; so in ``plucked``, which is to sound like
    a guitar and like no recording, all cells count. The losses are means over cells, not over weights, so that a
    batch shared among processes has the gradient of the whole.
    """
    follow = condition[:, -1, None, None, None] > 0
    heard = torch.maximum(drawn.detach(), target) > AUDIBLE
    return torch.where(heard | ~follow, 1.0, inaudible)


def l1_loss(drawn: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean over the cells of two mels (B, 1, M, N) of the absolute difference times what the cell counts."""
    return ((drawn - target).abs() * weight).mean()


def motion_loss(drawn: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """L1 between frame-to-frame differences: what keeps an attack from being smeared over frames.

    Without it the level rose over 2.5 frames at a pluck where the corpus rises over 1.7; with it over 1.8.
    """
    weight = torch.maximum(weight[..., 1:], weight[..., :-1])
    return ((drawn.diff(dim=-1) - target.diff(dim=-1)).abs() * weight).mean()


def adversarial_loss(scores: Scores, real: bool) -> torch.Tensor:
    """Least-squares GAN (Mao et al., ICCV 2017): patch scores should be 1 for real, 0 for drawn; summed over scales."""
    losses = [((scale[-1] - float(real)) ** 2).mean() for scale in scores]
    return torch.stack(losses).sum()


def feature_matching_loss(drawn: Scores, real: Scores) -> torch.Tensor:
    """L1 between the discriminator's features of drawn and real (Pix2PixHD, equation 3), averaged over layers."""
    losses = [
        F.l1_loss(a, b.detach()) for x, y in zip(drawn, real, strict=True) for a, b in zip(x[:-1], y[:-1], strict=True)
    ]
    return torch.stack(losses).mean()


def gradient_penalty(discriminator: MultiScaleDiscriminator, label: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """R1 (Mescheder et al., ICML 2018, equation 9): how steeply the scores of real mels change with the mel.

    label (B, C, M, N), target (B, 1, M, N) → scalar: the squared gradient of the summed patch scores, averaged over
    the mel's cells so that a weight means the same for any size. It is differentiated twice, which torch.compile
    cannot do: ``forward`` is called as it was written.
    """
    target = target.detach().requires_grad_()
    scores = torch.stack([scale[-1].sum() for scale in discriminator.forward(label, target)]).sum()
    (gradient,) = torch.autograd.grad(scores, target, create_graph=True)
    return (gradient**2).mean()
