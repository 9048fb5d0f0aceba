"""Label → mel: the generators, one behind each name in ``GENERATORS``."""

from __future__ import annotations

from hum2guitar.config import Config
from hum2guitar.errors import CheckpointError
from hum2guitar.synthesis import samplers
from hum2guitar.synthesis.generator.base import Generator
from hum2guitar.synthesis.generator.original import OriginalGenerator
from hum2guitar.synthesis.generator.pieces import forward_in_pieces
from hum2guitar.synthesis.generator.strided import StridedGenerator
from hum2guitar.synthesis.harmonics import CHANNELS

__all__ = ["GENERATORS", "Generator", "build", "forward_in_pieces"]

GENERATORS: dict[str, type[Generator]] = {"strided": StridedGenerator, "original": OriginalGenerator}


def build(config: Config) -> Generator:
    """Construct the untrained generator that a Config describes.

    Its input layers have room for the extra channels of the Config's sampler.

    Raises
    ------
    CheckpointError : the Config names an architecture, a sampler or a label channel that this version does not know
    UserError : the architecture cannot be built with these sizes or this sampler
    """
    if config.architecture == "paper":
        raise CheckpointError(
            "the architecture paper is no longer there: the preset original took its place and has other layers, "
            "those of the published network; train it anew, or use the version that made this checkpoint"
        )
    if config.architecture not in GENERATORS:
        raise CheckpointError(
            f"the architecture {config.architecture!r} is not known to this version of hum2guitar, which knows "
            f"{', '.join(GENERATORS)}; use the version that made this checkpoint, or another checkpoint"
        )
    for name in config.label_channels:
        if name not in CHANNELS:
            raise CheckpointError(
                f"the label channel {name!r} is not known to this version of hum2guitar, which knows "
                f"{', '.join(CHANNELS)}; use the version that made this checkpoint, or another checkpoint"
            )
    return GENERATORS[config.architecture](config, samplers.of(config).extra_channels)
