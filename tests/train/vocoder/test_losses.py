"""The losses of the vocoder, on a spectrum that is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from plucked_strings import plucks, spectra

from hum2guitar import Config, mel
from hum2guitar.synthesis.inversion.vocoder import Design, Vocoder
from train.vocoder.losses import losses
from train.vocoder.material import inputs


@pytest.fixture
def batch(default: Config) -> dict[str, torch.Tensor]:
    """Plucked strings, and what the vocoder is given of them."""
    waveform, f0_hz = plucks(default, 0.6)
    mel_db, _ = spectra(waveform, default)
    target = mel.stft(torch.from_numpy(waveform), default)
    return {name: x[None] for name, x in (inputs(mel_db, f0_hz, default) | {"target": target}).items()}


@pytest.fixture
def exact(default: Config, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same, where the magnitude and the steps that are to be corrected are the true ones."""
    spectrum = batch["target"]
    angle = spectrum.angle()
    advance = 2 * torch.pi * torch.arange(default.n_bins)[:, None] * default.hop_length / default.n_fft
    return batch | {
        "base_db": 20 * torch.log10(spectrum.abs().clamp_min(1e-5)),
        "base_time": angle.diff(dim=2) - advance,
        "base_frequency": angle.diff(dim=1) + torch.pi,
    }


@pytest.fixture
def untrained(default: Config) -> Vocoder:
    """A vocoder that corrects nothing."""
    return Vocoder(Design(default, 4, 1)).requires_grad_(False)


def test_the_true_magnitude_and_its_true_steps_cost_nothing(
    default: Config, exact: dict[str, torch.Tensor], untrained: Vocoder
) -> None:
    assert all(value < 0.01 for value in losses(untrained, exact, default).values())


def test_a_level_that_is_wrong_by_10_db_costs_1_and_its_change_nothing(
    default: Config, exact: dict[str, torch.Tensor], untrained: Vocoder
) -> None:
    # every cell is above the floor, so that none is clipped
    target, floor = exact["target"], 10 ** (default.mel_floor_db / 20)
    loud = torch.polar(target.abs().clamp_min(1.1 * floor), target.angle())
    truth = exact | {"target": loud, "base_db": 20 * torch.log10(loud.abs())}
    found = losses(untrained, truth | {"base_db": truth["base_db"] + 10}, default)
    assert found["level"] == pytest.approx(1, abs=1e-3)
    assert found["delta_level"] == pytest.approx(0, abs=1e-3)
    assert found["convergence"] == pytest.approx(10**0.5 - 1, rel=1e-2)


@pytest.mark.parametrize("axis", ["time", "frequency"])
def test_steps_of_the_phase_that_are_wrong_by_half_a_turn_cost_2(
    default: Config, exact: dict[str, torch.Tensor], untrained: Vocoder, axis: str
) -> None:
    found = losses(untrained, exact | {f"base_{axis}": exact[f"base_{axis}"] + torch.pi}, default)
    assert found[axis] == pytest.approx(2, abs=0.01)


def test_whole_turns_cost_nothing(default: Config, exact: dict[str, torch.Tensor], untrained: Vocoder) -> None:
    turned = {name: exact[name] + 2 * torch.pi for name in ("base_time", "base_frequency")}
    found = losses(untrained, exact | turned, default)
    assert found["time"] < 0.01
    assert found["frequency"] < 0.01


def test_where_the_phase_of_each_partial_began_does_not_matter(
    default: Config, batch: dict[str, torch.Tensor], untrained: Vocoder
) -> None:
    turned = batch | {"target": batch["target"] * torch.exp(torch.tensor(1.3j))}
    expected = losses(untrained, batch, default)
    for name, value in losses(untrained, turned, default).items():
        np.testing.assert_allclose(value.item(), expected[name].item(), rtol=1e-3, atol=1e-5)
