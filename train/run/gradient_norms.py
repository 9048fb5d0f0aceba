"""How much each loss pulls at the generator: the norm of its weighted gradient."""

from __future__ import annotations

from collections import deque
from statistics import median

import torch
from torch import nn

from train.run.machine import Processes

KEPT = 20  # the last measurements, of which the median is reported: one batch's gradient is noisy


def gradient_norms(
    losses: dict[str, torch.Tensor], network: nn.Module, processes: Processes
) -> dict[str, torch.Tensor]:
    """Return the norm of each loss's gradient with respect to the weights that learn, over the whole batch.

    losses : scalars by name, whose graph is kept
    """
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    norms = {}
    for name, loss in losses.items():
        found = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
        flat = torch.cat([gradient.flatten() for gradient in found if gradient is not None])
        norms[name] = processes.mean(flat).norm()
    return norms


class RecentNorms:
    """The last few measurements of each loss's gradient norm in the present stage."""

    def __init__(self) -> None:
        self.stage = ""
        self.values: dict[str, deque[float]] = {}

    def add(self, stage: str, norms: dict[str, float]) -> None:
        """Take a measurement; one of another stage begins anew."""
        if stage != self.stage:
            self.stage, self.values = stage, {}
        for name, norm in norms.items():
            self.values.setdefault(name, deque(maxlen=KEPT)).append(norm)

    def latest(self) -> dict[str, float]:
        """Return the last norm of each loss."""
        return {name: norms[-1] for name, norms in self.values.items()}

    def medians(self) -> dict[str, float]:
        """Return the typical norm of each loss, to four digits."""
        return {name: float(f"{median(norms):.4g}") for name, norms in self.values.items()}

    def state(self) -> dict[str, object]:
        """Return what ``load_state`` goes on from."""
        return {"stage": self.stage, "values": {name: list(norms) for name, norms in self.values.items()}}

    def load_state(self, state: dict) -> None:
        """Go on from a saved state."""
        self.stage = state["stage"]
        self.values = {name: deque(norms, maxlen=KEPT) for name, norms in state["values"].items()}
