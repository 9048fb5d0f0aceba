"""The number format of the networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hum2guitar.config import Config
from hum2guitar.synthesis import generator
from hum2guitar.synthesis.arithmetic import arithmetic
from hum2guitar.synthesis.generate import generate


@pytest.mark.parametrize("fast", [True, False])
def test_bfloat16_is_used_where_the_cpu_has_instructions_for_it(monkeypatch, fast):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: fast)
    layer = torch.nn.Conv2d(1, 1, 3)
    with torch.inference_mode(), arithmetic("cpu"):
        assert layer(torch.zeros(1, 1, 8, 8)).dtype == (torch.bfloat16 if fast else torch.float32)


def test_the_mel_of_either_format_is_the_same_within_a_few_tenths_of_a_db(monkeypatch, tiny: Config):
    torch.manual_seed(0)
    network = generator.build(tiny).eval()
    label = np.random.default_rng(0).uniform(-1, 1, (len(tiny.label_channels), tiny.n_mels, 40)).astype(np.float32)
    condition = np.zeros(len(tiny.guitars) + 2, np.float32)
    mels = []
    for fast in (True, False):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda fast=fast: fast)
        mels.append(generate(network, label, condition, tiny))
    difference = np.abs(mels[0] - mels[1])
    assert 0 < difference.mean() < 0.3
    assert difference.max() < 2
