from __future__ import annotations

import pytest
import torch

from train.objective.discriminator import MultiScaleDiscriminator


def test_a_discriminator_sees_label_and_mel_at_two_scales() -> None:
    torch.manual_seed(0)
    discriminator = MultiScaleDiscriminator(width=4)
    label, drawn = torch.randn(2, 3, 64, 40), torch.randn(2, 1, 64, 40)
    scores = discriminator(label, drawn)
    assert [len(scale) for scale in scores] == [4, 4]
    assert scores[0][-1].shape == (2, 1, 8, 5)
    assert scores[1][-1].shape == (2, 1, 4, 5)
    changed_label = discriminator(label + 1, drawn)
    changed_mel = discriminator(label, drawn + torch.randn_like(drawn))
    for changed in (changed_label, changed_mel):
        assert not torch.allclose(changed[0][-1], scores[0][-1], atol=1e-3)


def test_spectral_norm_bounds_every_convolution_and_is_resumed() -> None:
    torch.manual_seed(0)
    discriminator = MultiScaleDiscriminator(width=4, spectral_norm=True)
    for parameter in discriminator.parameters():
        parameter.data.mul_(50)
    for _ in range(30):  # one power iteration a pass
        discriminator(torch.zeros(1, 3, 64, 40), torch.zeros(1, 1, 64, 40))
    convolutions = [m for m in discriminator.modules() if isinstance(m, torch.nn.Conv2d)]
    norms = [torch.linalg.matrix_norm(m.weight.flatten(1), ord=2).item() for m in convolutions]
    assert norms == pytest.approx([1.0] * 8, rel=0.05)
    again = MultiScaleDiscriminator(width=4, spectral_norm=True)
    again.load_state_dict(discriminator.state_dict())
    again.eval(), discriminator.eval()
    assert torch.equal(again.scales[0].score.weight, discriminator.scales[0].score.weight)
