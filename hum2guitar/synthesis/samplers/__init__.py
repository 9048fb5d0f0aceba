"""Network → mel: how a trained generator is used, one way behind each name in ``SAMPLERS``.

A new sampler is one file and one line in the table. Its name is saved in the checkpoint (``Config.sampler``).
"""

from __future__ import annotations

from hum2guitar.config import Config
from hum2guitar.errors import CheckpointError
from hum2guitar.synthesis.samplers.base import Forward, Sampler
from hum2guitar.synthesis.samplers.direct import Direct
from hum2guitar.synthesis.samplers.flow import Flow
from hum2guitar.synthesis.samplers.noise import Noise, NoteNoise

__all__ = ["SAMPLERS", "Forward", "Sampler", "of"]

SAMPLERS: dict[str, Sampler] = {"direct": Direct(), "flow": Flow(), "noise": Noise(), "note_noise": NoteNoise()}


def of(config: Config) -> Sampler:
    """Return the sampler that the Config names. Raises CheckpointError for a name that is not known."""
    if config.sampler not in SAMPLERS:
        raise CheckpointError(
            f"the sampler {config.sampler!r} is not known to this version of hum2guitar, which knows "
            f"{', '.join(SAMPLERS)}; use the version that made this checkpoint, or another checkpoint"
        )
    return SAMPLERS[config.sampler]
