from __future__ import annotations

import pytest
import torch
from corpora import TINY

from train.run.validation import concordance, figures


def test_concordance_is_lowered_by_blur_and_by_noise() -> None:
    generator_ = torch.Generator().manual_seed(0)
    a, noise = torch.randn(2, 10000, generator=generator_)
    assert concordance(a, a) == pytest.approx(1)
    assert concordance(a, 0.5 * a) == pytest.approx(0.8, abs=0.01)  # 2 · 0.5 / (1 + 0.25), though they correlate fully
    assert concordance(a, noise) == pytest.approx(0, abs=0.03)
    assert concordance(a, a + noise) == pytest.approx(2 / 3, abs=0.03)


def test_validation_figures_look_at_the_cells_near_the_maximum() -> None:
    torch.manual_seed(0)
    target = torch.full((1, 1, 64, 20), -1.0)
    target[..., :8, :] = 0.6 + 0.02 * torch.randn(8, 20)  # 72 dB above the rest
    assert figures(target, target, TINY) == {
        "l1_db": 0, "mel_l1_db": 0, "delta_mel_concordance": pytest.approx(1), "score_db": pytest.approx(0, abs=1e-4)
    }  # fmt: skip
    drawn = target.clone()
    drawn[..., :8, :] -= 0.1  # 4.5 dB
    drawn[..., 8:, :] += 0.1  # out of sight
    result = figures(drawn, target, TINY)
    assert result["mel_l1_db"] == pytest.approx(4.5, abs=1e-3)
    assert result["l1_db"] == pytest.approx(4.5, abs=1e-3)
    assert result["delta_mel_concordance"] == pytest.approx(1)
    drawn[..., :8, 1:] = drawn[..., :8, :-1].clone()  # a frame late: independent noise
    late = figures(drawn, target, TINY)
    assert late["delta_mel_concordance"] < 0
    assert late["score_db"] == pytest.approx(late["mel_l1_db"] + 5 * (1 - late["delta_mel_concordance"]), abs=1e-4)
