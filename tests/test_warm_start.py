from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from untrained import random_generator

from hum2guitar import Config, generator
from hum2guitar.errors import CheckpointError
from train.warm_start import adapt


def drawn(
    network: generator.Generator, config: Config, guitar: str | None, articulation: str = "follow"
) -> torch.Tensor:
    label = torch.rand(1, 3, config.n_mels, 8, generator=torch.Generator().manual_seed(0))
    condition = torch.from_numpy(generator.condition(guitar, articulation, config))[None]
    with torch.no_grad():
        return network(label, condition)


def test_known_guitars_keep_their_sound_and_a_new_one_begins_as_no_guitar_in_particular(tiny: Config) -> None:
    before = random_generator(tiny)
    wider = replace(tiny, guitars=("banjo", "nylon", "steel"))
    after = generator.build(wider).eval()
    after.load_state_dict(adapt(before.state_dict(), tiny, wider))
    for guitar in ("nylon", "steel", None):
        for articulation in ("follow", "plucked"):
            torch.testing.assert_close(
                drawn(after, wider, guitar, articulation), drawn(before, tiny, guitar, articulation)
            )
    torch.testing.assert_close(drawn(after, wider, "banjo"), drawn(before, tiny, None))
    assert not torch.allclose(drawn(after, wider, "banjo"), drawn(before, tiny, "steel"))


def test_another_network_is_refused(tiny: Config) -> None:
    with pytest.raises(CheckpointError, match="another configuration; use the --preset"):
        adapt(random_generator(tiny).state_dict(), tiny, replace(tiny, global_width=8))
