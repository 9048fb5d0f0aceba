"""What the generator is told beside the label: the guitar and the articulation, as one vector."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hum2guitar.config import Config


def build_condition(guitar: str | Mapping[str, float] | None, articulation: str, config: Config) -> np.ndarray:
    """Build the condition of one hum.

    The networks use the condition linearly where they read it, so a mix lies between its guitars.

    Parameters
    ----------
    guitar : a name of ``config.guitars``, None for "unknown", or a mix: the share of each guitar, at most 1 in all
    articulation : one of ``controls.ARTICULATIONS``

    Returns
    -------
    (G + 2,) float32 — the share of each guitar, then the share of "unknown" (what a mix leaves of 1), then 1 for
    ``follow`` and 0 for ``plucked``

    Raises
    ------
    ValueError : the Config does not name the guitar
    """
    shares = guitar if isinstance(guitar, Mapping) else {} if guitar is None else {guitar: 1.0}
    vector = np.zeros(condition_size(config), dtype=np.float32)
    for name, share in shares.items():
        vector[config.guitars.index(name)] = share
    vector[len(config.guitars)] = 1 - sum(shares.values())
    vector[-1] = articulation == "follow"
    return vector


def condition_size(config: Config) -> int:
    """Return K = G + 2: the guitars, "unknown", and the articulation."""
    return len(config.guitars) + 2
