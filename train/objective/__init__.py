"""What a generator is trained for: each objective is one module and one line of ``OBJECTIVES``."""

from __future__ import annotations

from train.objective.adversarial import Adversarial
from train.objective.energy import Energy
from train.objective.flow_matching import FlowMatching
from train.objective.objective import Objective
from train.objective.original import Original
from train.objective.regression import Regression
from train.objective.relativistic import Relativistic

OBJECTIVES: dict[str, type[Objective]] = {
    "regression": Regression,
    "adversarial": Adversarial,
    "original": Original,
    "relativistic": Relativistic,
    "energy": Energy,
    "flow_matching": FlowMatching,
}
