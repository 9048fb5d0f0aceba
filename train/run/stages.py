"""Pix2PixHD's course of training, as data: the global generator, then the enhancer alone, then both."""

from __future__ import annotations

from dataclasses import dataclass

from hum2guitar.synthesis.generator import Generator


@dataclass(frozen=True)
class Stage:
    """A stretch of training: how many steps, at which resolution, what learns, and whether a discriminator judges."""

    name: str
    steps: int
    coarse: bool
    adversarial: bool

    def learns(self, parameter: str) -> bool:
        """Whether the generator's parameter of that name learns in this stage."""
        is_global = parameter.startswith("global_generator.")
        return {"global": is_global, "local": not is_global and not self.coarse, "joint": True}[self.name]


def plan(steps: int, joint_only: bool = False) -> tuple[Stage, ...]:
    """The stages of a run of ``steps``: a third, a sixth, and half of it; or all of them joint, for a warm start."""
    if joint_only:
        return (Stage("joint", steps, coarse=False, adversarial=True),)
    n_global, n_local = steps // 3, steps // 6
    return (
        Stage("global", n_global, coarse=True, adversarial=False),
        Stage("local", n_local, coarse=False, adversarial=False),
        Stage("joint", steps - n_global - n_local, coarse=False, adversarial=True),
    )


def stage_at(stages: tuple[Stage, ...], step: int) -> Stage:
    """The stage that a step belongs to."""
    for stage in stages:
        if step < stage.steps:
            return stage
        step -= stage.steps
    return stages[-1]


def set_learning(generator: Generator, stage: Stage) -> None:
    """Freeze what does not learn in this stage."""
    for name, parameter in generator.named_parameters():
        parameter.requires_grad_(stage.learns(name))
