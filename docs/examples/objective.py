"""Adds an objective, and is a program that trains for it: python -m docs.examples.objective --corpus C --out RUN."""

import sys
from dataclasses import dataclass

from torch.nn import functional as F

from train.__main__ import main
from train.objective import OBJECTIVES
from train.objective.objective import Batch, Draw, Losses, Objective, Weights


@dataclass(frozen=True)
class HuberWeights(Weights):
    huber: float = 10.0


class Huber(Objective):
    """The Huber loss: squared where the mels are nearer than 0.1, which is 4.5 dB; absolute elsewhere."""

    Weights = HuberWeights

    def step(self, batch: Batch, draw: Draw) -> Losses:
        return {"huber": F.huber_loss(draw(batch.label, batch.condition), batch.target, delta=0.1)}


OBJECTIVES["huber"] = Huber
if __name__ == "__main__":
    sys.exit(main(["fit", "--objective", "huber", *sys.argv[1:]]))
