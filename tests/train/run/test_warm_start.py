from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from untrained import random_generator

from hum2guitar import Config
from hum2guitar.errors import CheckpointError
from hum2guitar.synthesis import generator
from hum2guitar.synthesis.condition import build_condition
from train.run.warm_start import adapt


def drawn(
    network: generator.Generator, config: Config, guitar: str | None, articulation: str = "follow"
) -> torch.Tensor:
    label = torch.rand(1, 3, config.n_mels, 8, generator=torch.Generator().manual_seed(0))
    condition = torch.from_numpy(build_condition(guitar, articulation, config))[None]
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


def test_a_wider_and_deeper_generator_begins_as_the_same_function_and_can_use_what_is_new(tiny: Config) -> None:
    before = random_generator(tiny)
    larger = replace(
        tiny,
        guitars=("banjo", *tiny.guitars),
        global_width=tiny.global_width + 3,
        global_blocks=tiny.global_blocks + 1,
        local_width=2 * tiny.local_width,
        local_blocks=tiny.local_blocks + 1,
    )
    after = generator.build(larger)
    after.load_state_dict(adapt(before.state_dict(), tiny, larger))
    for guitar in (*tiny.guitars, None):
        torch.testing.assert_close(drawn(after, larger, guitar), drawn(before, tiny, guitar))

    condition = torch.from_numpy(build_condition(None, "plucked", larger))[None]
    after(torch.rand(1, 3, larger.n_mels, 8), condition).square().mean().backward()
    head = after.head.weight.grad
    assert (head[:, tiny.local_width :].abs().amax(dim=(0, 2, 3)) > 0).all()


def test_a_generator_does_not_shrink(tiny: Config) -> None:
    with pytest.raises(CheckpointError, match="can grow but not shrink"):
        adapt(random_generator(tiny).state_dict(), tiny, replace(tiny, global_width=tiny.global_width - 1))


def test_another_network_is_refused(tiny: Config) -> None:
    with pytest.raises(CheckpointError, match="another configuration; use the --preset"):
        adapt(random_generator(tiny).state_dict(), tiny, replace(tiny, harmonic_decay_db_per_khz=4.0))
