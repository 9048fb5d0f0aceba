"""What a run of the generator is told."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from train.data.augment import AugmentationConfig
from train.flags import check_numbers
from train.objective import OBJECTIVES
from train.objective.objective import Weights


@dataclass(frozen=True)
class Settings:
    """What a run is told and what its outcome depends on, saved beside its state.

    batch_size : segments of a step, over all processes
    joint_only : whether every step is of the last stage, as after a warm start
    log_steps : steps from one measurement of the gradient norms to the next; one costs a backward pass for each loss
    follow_only : guitars too noisy to be played as, from which ``follow`` alone learns
    objective : a name of ``OBJECTIVES``
    weights : an instance of the objective's ``Weights``; its defaults where it is left out

    Raises UserError for a number that no run can have.
    """

    steps: int = 3000
    batch_size: int = 4
    learning_rate: float = 5e-4
    seed: int = 0
    joint_only: bool = False
    save_minutes: float = 5.0
    log_steps: int = 50
    validate_steps: int = 500
    follow_only: tuple[str, ...] = ()
    objective: str = "adversarial"
    weights: Weights | Any = None
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)

    def __post_init__(self) -> None:
        check_numbers(self, steps=1, batch_size=1, seed=0, log_steps=1, validate_steps=1)
        kind = OBJECTIVES[self.objective].Weights
        if self.weights is None:
            object.__setattr__(self, "weights", kind())
        if type(self.weights) is not kind:
            raise ValueError(f"the weights of the objective {self.objective} are {kind.__name__}, not {self.weights!r}")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """Return the settings that a run.json holds. Raises TypeError or KeyError for another version's."""
        kind = OBJECTIVES[values["objective"]].Weights
        lists = {f.name: tuple(values[f.name]) for f in fields(cls) if isinstance(values.get(f.name), list)}
        return cls(
            **values
            | lists
            | {"weights": kind(**values["weights"]), "augmentation": AugmentationConfig(**values["augmentation"])}
        )
