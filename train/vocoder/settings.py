"""What a run of the vocoder is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from train.flags import check_numbers
from train.vocoder.losses import Weights


@dataclass(frozen=True)
class Settings:
    """What a run is told and what its outcome depends on, saved beside its state.

    width, blocks : sizes of the network
    checkpoint : of the generator whose mels it learns from; None for the checkpoint that ships

    Raises UserError for a number that no run can have.
    """

    steps: int = 2000
    batch_size: int = 2
    learning_rate: float = 2e-3
    seed: int = 0
    width: int = 32
    blocks: int = 4
    checkpoint: str | None = None
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        check_numbers(self, steps=0, batch_size=1, seed=0, width=1, blocks=0)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """Return the settings that a run.json holds. Raises TypeError or KeyError for those of another version."""
        return cls(**values | {"weights": Weights(**values["weights"])})
