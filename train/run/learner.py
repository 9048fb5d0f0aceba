"""How a network learns: its gradients, its optimiser, its learning rate, and the running average of its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel

from train.run.machine import Processes

Tensors = tuple[torch.Tensor, ...] | list[torch.Tensor]
BETAS = (0.5, 0.999)  # as in Pix2PixHD


class Learner:
    """A network with its Adam and the schedule of its learning rate.

    Parameters
    ----------
    network : what learns
    learning_rate : the full one
    rate_factor : step → share of the full learning rate
    max_gradient_norm : gradients whose norm is larger are scaled down to it
    processes : those that share each batch
    """

    def __init__(
        self,
        network: nn.Module,
        learning_rate: float,
        rate_factor: Callable[[int], float],
        *,
        betas: tuple[float, float] = BETAS,
        max_gradient_norm: float = float("inf"),
        processes: Processes | None = None,
    ) -> None:
        self.network, self.rate_factor, self.max_gradient_norm = network, rate_factor, max_gradient_norm
        self.processes = processes or Processes()
        self.optimiser = torch.optim.Adam(network.parameters(), learning_rate, betas=betas, fused=True)
        self.schedule = LambdaLR(self.optimiser, rate_factor)

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next update."""
        return float(self.schedule.get_last_lr()[0])

    def backward(self, loss: torch.Tensor) -> torch.Tensor:
        """Fill the network's gradients with the whole batch's, clipped; return their norm before that, a scalar."""
        loss.backward()
        self.processes.average_gradients(self.network.parameters())
        return nn.utils.clip_grad_norm_(self.network.parameters(), self.max_gradient_norm)

    def update(self, refused: torch.Tensor | None = None) -> None:
        """Change the weights by their gradients; without gradients the learning rate alone moves on.

        refused : scalar float32 on the network's device, 1 where the weights are to stay as they are, else 0. The
            device looks at it, so that the host need not wait for it
        """
        self.optimiser.found_inf = refused  # type: ignore[attr-defined]  # of fused optimisers, for torch's GradScaler
        self.optimiser.step()
        self.schedule.step()

    def clear_gradients(self) -> None:
        """Forget the gradients of the last step."""
        self.optimiser.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Any]:
        """Return what the next update depends on, but for the step."""
        return {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}

    def load_state(self, state: dict[str, Any], step: int) -> None:
        """Go on from a saved state at a step."""
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule = LambdaLR(self.optimiser, self.rate_factor, last_epoch=step - 1)


def running_average(network: nn.Module, decay: float) -> AveragedModel:
    """Return an exponential average of a network's weights, to be moved on by ``update_parameters``.

    In the first steps it follows faster: at step n the decay is at most (1 + n) / (10 + n).
    """

    def move(averaged: Tensors, current: Tensors, _: torch.Tensor | int) -> None:
        n = int(average.n_averaged)  # on the CPU; the one that is given here has been copied to the device
        torch._foreach_lerp_(averaged, current, 1 - min(decay, (1 + n) / (10 + n)))

    average = AveragedModel(network, multi_avg_fn=move)
    return average.eval().requires_grad_(False)


def load_average(average: AveragedModel, weights: dict[str, torch.Tensor], step: int) -> None:
    """Give a running average the weights that it had at a step."""
    average.module.load_state_dict(weights)
    average.n_averaged.fill_(step)
