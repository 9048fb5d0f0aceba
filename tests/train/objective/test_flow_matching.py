from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from corpora import SETTINGS, TINY, one_batch

from hum2guitar import Hum2Guitar
from hum2guitar.synthesis import samplers
from train.objective.flow_matching import FlowMatching, FlowMatchingWeights
from train.objective.objective import Batch
from train.run.export import export
from train.run.fit import fit
from train.run.settings import Settings
from train.run.trainer import Trainer
from train.run.validation import generate

FLOW = Settings(objective="flow_matching", steps=160, batch_size=2, learning_rate=1e-2)


def test_the_loss_falls_and_the_sampler_generates_a_mel_nearer_to_the_target_than_noise(corpus: Path) -> None:
    images = one_batch(corpus)
    trainer = Trainer(TINY, FLOW)
    losses = [trainer.train_step(images)["velocity"] for _ in range(FLOW.steps)]
    assert sum(losses[-20:]) < 0.6 * sum(losses[:20])
    label, target, condition = images
    generated = generate(trainer, label, condition, coarse=False)
    noise = torch.randn(target.shape, generator=torch.Generator().manual_seed(0)).clip(-1, 1)
    assert (generated - target).abs().mean() < 0.5 * (noise - target).abs().mean()


def test_a_network_that_goes_straight_to_the_target_has_no_loss() -> None:
    """From a point on a straight path, the velocity is what is left of it, divided by the time that is left."""
    torch.manual_seed(0)
    label, target, condition = torch.rand(4, 3, 16, 8), torch.rand(4, 1, 16, 8), torch.zeros(4, 4)
    objective = FlowMatching(replace(TINY, sampler="flow"), FlowMatchingWeights())
    (stage,) = objective.stages(10)
    batch = Batch(label, target, label, condition, torch.arange(len(label)), stage, 0, torch.Generator().manual_seed(1))

    def straight(network_input: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        point, time = network_input[:, 3:4], network_input[:, 4:5]
        return (target - point) / (1 - time)

    assert objective.step(batch, straight)["velocity"].item() < 1e-6
    assert objective.step(batch, lambda seen, condition: straight(seen, condition) + 0.1)["velocity"].item() > 0.009


def test_its_checkpoint_names_the_sampler_and_converts(corpus: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, objective="flow_matching", weights=None, steps=2)
    fit(corpus, tmp_path / "run", TINY, settings)
    export(tmp_path / "run", tmp_path / "c.safetensors")
    converter = Hum2Guitar.from_pretrained(tmp_path / "c.safetensors")
    assert converter.config.sampler == "flow"
    assert samplers.of(converter.config).extra_channels == 2
    label = torch.zeros(3, 64, 40).numpy()
    first, again, other = (converter.generate(label, one_hot(), seed=seed) for seed in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()


def one_hot() -> object:
    return torch.tensor([1.0, 0, 0, 0]).numpy()
