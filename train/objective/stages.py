"""The course of a training, as data: the global generator, then the enhancer alone, then both (Pix2PixHD)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hum2guitar.synthesis.generator import Generator


@dataclass(frozen=True)
class Stage:
    """A stretch of training.

    name : "global", "local" or "joint"
    steps : how many updates it has
    coarse : whether the global generator draws alone, at half the frequency resolution
    adversarial : whether a discriminator judges, where the objective has one
    """

    name: str
    steps: int
    coarse: bool
    adversarial: bool

    def learns(self, parameter: str) -> bool:
        """Whether the generator's parameter of that name learns in this stage."""
        is_global = parameter.startswith("global_generator.")
        return {"global": is_global, "local": not is_global and not self.coarse, "joint": True}[self.name]


def plan(steps: int) -> tuple[Stage, ...]:
    """Return the stages of a run of ``steps``: a third, a sixth, and half of it."""
    n_global, n_local = steps // 3, steps // 6
    return (
        Stage("global", n_global, coarse=True, adversarial=False),
        Stage("local", n_local, coarse=False, adversarial=False),
        Stage("joint", steps - n_global - n_local, coarse=False, adversarial=True),
    )


def last_alone(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """Return the last stage alone, as long as all of them: the course of a run that begins from trained weights."""
    return (replace(stages[-1], steps=sum(stage.steps for stage in stages)),)


def stage_at(stages: tuple[Stage, ...], step: int) -> Stage:
    """Return the stage that a step belongs to."""
    for stage in stages:
        if step < stage.steps:
            return stage
        step -= stage.steps
    return stages[-1]


def set_learning(generator: Generator, stage: Stage) -> None:
    """Freeze the parameters that do not learn in this stage, and no others."""
    for name, parameter in generator.named_parameters():
        parameter.requires_grad_(stage.learns(name))
