"""The objective ``energy``: a generator with a noise input, whose mels are to be distributed as the recordings' are.

A guitar never plays a note twice the same, and the label does not say everything. The L1 loss is smallest at the median
of all mels that fit a label. That is a sound that no guitar makes: where the treble may or may not ring, and where the
noise between the partials may have any level, the median is dull and clean. A discriminator would notice, but two
networks that learn against each other need many steps.

The energy distance (Székely and Rizzo, 2013) needs no second network. For each label two mels are generated, a and b,
from two noises. The loss, with the target t and a distance d, is

    (d(a, t) + d(b, t)) / 2 - d(a, b) / 2

The first part pulls both towards the recording, the second pushes them apart. It is a proper scoring rule (Gneiting and
Raftery, JASA 2007, section 5.1): no other distribution has a lower mean loss than that of the recordings. Gritsenko et
al., "A Spectral Energy Distance for Parallel Speech Synthesis" (NeurIPS 2020, arXiv 2008.01160), train a vocoder by it.
Here the distances are those of ``regression``, so levels of cells, their changes and the powers of patches are each
scored. The noise is that of the sampler ``note_noise``. An area of cells, as patches are, is scored in ``plucked``
alone: what is to resemble one recording is scored cell by cell.

In ``follow``, which is to resemble one recording, there is no noise, and the loss is that of ``regression``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from hum2guitar.synthesis.samplers.noise import NoteNoise, network_input
from train.objective.objective import Batch, Draw, Losses, Weights
from train.objective.regression import Regression, RegressionWeights


@dataclass(frozen=True)
class EnergyWeights(RegressionWeights):
    """How much each distance counts."""

    patch_power: float = 10.0


class Energy(Regression):
    """The energy distance of generated to recorded mels, by each of the losses of ``regression``."""

    Weights: ClassVar[type[Weights]] = EnergyWeights
    sampler: ClassVar[str] = "note_noise"
    weights: EnergyWeights

    def step(self, batch: Batch, draw: Draw) -> Losses:
        """Compute the losses of one step; a segment in ``follow`` is generated once, as nothing in it is random."""
        first, second = self._draw_twice(batch, draw)
        attraction = (self.mel_losses(batch, first), self.mel_losses(batch, second))
        mask = self.mask(batch, first)
        repulsion = self.distances(first, second, mask, self.area_mask(batch, mask))
        return {name: (attraction[0][name] + attraction[1][name] - apart) / 2 for name, apart in repulsion.items()}

    def area_mask(self, batch: Batch, mask: torch.Tensor) -> torch.Tensor:
        """Return how much each cell of a patch counts: not at all in ``follow``."""
        return mask * (batch.condition[:, -1, None, None, None] == 0)

    def _draw_twice(self, batch: Batch, draw: Draw) -> tuple[torch.Tensor, torch.Tensor]:
        """Return two mels (B, 1, M, N) for each label; they are the same one in ``follow``."""
        n_labels = len(batch.label)
        label, condition = (torch.cat([x, x[batch.plucked]]) for x in (batch.label, batch.condition))
        noise = NoteNoise().draw(label, batch.random)
        generated = draw(network_input(label, noise, condition), condition)
        first = generated[:n_labels]
        return first, first.index_copy(0, batch.plucked, generated[n_labels:])
