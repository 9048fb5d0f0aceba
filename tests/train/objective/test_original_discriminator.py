from __future__ import annotations

import pytest
import torch
from torch import nn

from hum2guitar.config import BASE_CHANNELS
from hum2guitar.errors import UserError
from train.objective.original_discriminator import OriginalDiscriminator

# channels in, channels out, stride, padding, parameters; all 4 × 4: the table of the published network
PATCH = [
    (2, 64, 2, 0, 2_112),  # 2 · 64 · 16 + 64
    (64, 128, 2, 0, 131_200),
    (128, 256, 2, 0, 524_544),
    (256, 512, 2, 0, 2_097_664),
    (512, 1, 1, 2, 8_193),
]


def images(n_rows: int, n_frames: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    values = torch.rand(1, len(BASE_CHANNELS) + 1, n_rows, n_frames, generator=torch.Generator().manual_seed(seed))
    return values[:, :-1], values[:, -1:]


def small(n_scales: int = 3) -> OriginalDiscriminator:
    torch.manual_seed(0)
    return OriginalDiscriminator(n_scales, width=2, n_layers=4)


def test_every_layer_is_that_of_the_published_discriminator():
    with torch.device("meta"):
        network = OriginalDiscriminator()
    found = [
        (m.in_channels, m.out_channels, m.stride[0], m.padding[0], sum(p.numel() for p in m.parameters()))
        for m in network.modules()
        if isinstance(m, nn.Conv2d) and m.kernel_size == (4, 4)
    ]
    assert found == 3 * PATCH
    assert sum(parameter.numel() for parameter in network.parameters()) == 8_291_139
    norms = [module for module in network.modules() if isinstance(module, nn.InstanceNorm2d)]
    assert len(norms) == 12
    assert not any(norm.affine for norm in norms)


def test_each_scale_gives_its_four_layers_and_the_score_last():
    outputs = small()(*images(512, 216))
    assert [len(scale) for scale in outputs] == [5, 5, 5]
    assert [tuple(scale[0].shape[-2:]) for scale in outputs] == [(255, 107), (127, 107), (63, 107)]
    assert [tuple(scale[-1].shape) for scale in outputs] == [(1, 1, 31, 12), (1, 1, 15, 12), (1, 1, 7, 12)]


def test_it_sees_the_mel_and_the_semantic_harmonics_alone():
    network, (label, mel) = small(1), images(64, 64)
    other_label, other_mel = images(64, 64, seed=1)
    score = network(label, mel)[0][-1]
    for channel in range(len(BASE_CHANNELS)):
        changed = label.clone()
        changed[:, channel] = other_label[:, channel]
        moved = (network(changed, mel)[0][-1] - score).abs().max()
        assert (moved > 1e-4) == (channel == 0)
    assert (network(label, other_mel)[0][-1] - score).abs().max() > 1e-4


def test_a_mel_too_small_is_refused_and_the_smallest_one_is_judged():
    network = small()
    scores = network(*images(181, 62))
    assert all(torch.isfinite(scale[-1]).all() for scale in scores)
    with pytest.raises(UserError, match="at least 181 mel rows and 62 frames, but this mel has 64 and 216"):
        network(*images(64, 216))
    with pytest.raises(UserError, match="has 512 and 61"):
        network(*images(512, 61))


def test_every_weight_learns_to_tell_real_from_generated():
    network = small()
    sum(scale[-1].square().mean() for scale in network(*images(181, 62))).backward()
    learning = [name for name, parameter in network.named_parameters() if parameter.grad.abs().max() > 0]
    # instance normalisation takes away what the bias before it adds
    assert {name for name, _ in network.named_parameters()} - set(learning) <= {
        name for name, _ in network.named_parameters() if name.endswith("0.bias")
    }
