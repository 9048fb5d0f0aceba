from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from corpora import TINY

from hum2guitar.errors import UserError
from hum2guitar.mel import mel_frequencies
from train.objective.relativistic_discriminator import RelativisticDiscriminator

N_CHANNELS = len(TINY.label_channels)


def discriminator() -> RelativisticDiscriminator:
    """Without the zeros that it begins with, so that every part has a say."""
    torch.manual_seed(0)
    network = RelativisticDiscriminator(TINY, width=4)
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.3)
    return network


def images(n_frames: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    source = torch.Generator().manual_seed(1)
    label = torch.randn(2, N_CHANNELS, TINY.n_mels, n_frames, generator=source)
    return label, torch.randn(2, 1, TINY.n_mels, n_frames, generator=source)


def test_each_critic_scores_patches_and_gives_its_four_layers_first() -> None:
    scores = discriminator()(*images())
    assert [len(critic) for critic in scores] == [5, 5, 5]
    assert [tuple(critic[-1].shape) for critic in scores[:2]] == [(2, 1, 8, 10), (2, 1, 4, 10)]


def test_the_third_critic_sees_the_rows_above_4_khz_alone() -> None:
    network, (label, mel) = discriminator(), images()
    bright = torch.from_numpy(mel_frequencies(TINY) >= 4000)[:, None]
    for image in ("label", "mel"):
        for rows, seen in ((~bright, False), (bright, True)):
            change = {"label": label, "mel": mel} | {image: (label if image == "label" else mel) + 0.3 * rows}
            before, after = network(label, mel), network(**change)
            assert torch.equal(before[2][-1], after[2][-1]) != seen
            assert not any(torch.equal(a[-1], b[-1]) for a, b in zip(before[:2], after[:2], strict=True))


def test_a_patch_has_34_rows_and_26_frames() -> None:
    mel = torch.zeros(1, 1, 64, 60, requires_grad=True)
    scores = discriminator().whole(torch.cat([torch.randn(1, N_CHANNELS, 64, 60), mel], dim=1))[-1]
    scores[0, 0, 4, 7].backward()
    assert mel.grad is not None
    rows, frames = mel.grad[0, 0].nonzero().T
    assert (rows.max() - rows.min() + 1, frames.max() - frames.min() + 1) == (34, 26)


def test_nothing_is_normalised() -> None:
    """What is twice as far from zero gives features twice as large, as long as no bias has been learnt."""
    torch.manual_seed(0)
    network, (label, mel) = RelativisticDiscriminator(TINY, width=4), images()
    for once, twice in zip(network(label, mel), network(2 * label, 2 * mel), strict=True):
        for a, b in zip(once[:-1], twice[:-1], strict=True):
            assert a.std() > 0.1
            torch.testing.assert_close(b, 2 * a)


def test_before_it_has_learnt_it_scores_every_patch_0() -> None:
    assert not any(critic[-1].any() for critic in RelativisticDiscriminator(TINY, width=4)(*images()))


def test_a_mel_that_ends_too_low_is_refused() -> None:
    with pytest.raises(UserError, match="compares mels above 4000 Hz, and this mel ends at 4100 Hz; use a Config with"):
        RelativisticDiscriminator(replace(TINY, fmax_hz=4100.0))
