"""What keeps a GPU at work, as far as it can be seen without one."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from corpora import SETTINGS, TINY
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from hum2guitar.config import Config
from train.__main__ import build_parser
from train.data.dataset import Segments
from train.data.feed import Feed, Shares
from train.objective import OBJECTIVES
from train.run.cli import machine_of
from train.run.learner import Learner, running_average
from train.run.machine import Machine, Processes
from train.run.trainer import Trainer

ORIGINAL = replace(TINY, n_mels=192, sample_rate=44100, architecture="original", local_width=2)
JUDGED = ("adversarial", "relativistic", "original")


def trainer_of(objective: str, processes: Processes, **settings: Any) -> tuple[Trainer, Config]:
    config = ORIGINAL if objective == "original" else TINY
    asked = replace(SETTINGS, objective=objective, weights=None, joint_only=True, **settings)
    return Trainer(config, asked, processes), config


class Unreadable(Processes):
    """The device meta: its tensors have no values, so that whoever reads one raises."""

    def __init__(self) -> None:
        super().__init__()
        self.device = torch.device("meta")

    def random(self, seed: int) -> torch.Generator:
        return torch.Generator()


class Operations(TorchDispatchMode):
    """Collects the names of all operations."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if self.counts(args, result):
            self.found.append(str(func))
        return result

    def counts(self, given: Any, result: Any) -> bool:
        return True


class Copies(Operations):
    """Collects those that read a tensor on the CPU and give one on the device meta."""

    def counts(self, given: Any, result: Any) -> bool:
        read, made = (
            {leaf.device.type for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor) and leaf.dim()}
            for tree in (given, result)
        )
        return "cpu" in read and "meta" in made


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_no_number_is_read_before_every_network_is_updated(objective: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a step that measures the norms of the gradients and, where the objective has them, their penalties."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())  # it does not know meta
    trainer, config = trainer_of(objective, Unreadable(), log_steps=1)
    label, target = (torch.empty(4, c, config.n_mels, 216, device="meta") for c in (len(config.label_channels), 1))
    updated: list[Learner] = []
    monkeypatch.setattr(Learner, "update", lambda learner, refused: updated.append(learner))  # no Adam is fused on meta
    with pytest.raises(NotImplementedError, match="no data"):  # of the report, which is read at the end
        trainer.train_step((label, target, torch.tensor([[1.0, 0, 0, 0], [1, 0, 0, 1], [1, 0, 0, 0], [1, 0, 0, 1]])))
    assert updated == list(trainer.learners.values())


def test_the_second_batch_copies_its_examples_to_the_device_and_nothing_else(corpus: Path) -> None:
    segments = Segments(corpus, "train", TINY, seed=0)
    feed = iter(Feed(segments, Shares(0, 2, 2), torch.device("meta")))
    next(feed)
    with Copies() as copies:
        label, target, condition = next(feed)
    assert label.device.type == target.device.type == "meta"
    assert condition.device.type == "cpu"  # which segments are plucked can be asked without waiting
    assert len(copies.found) == 2, copies.found  # waveform and controls


@pytest.mark.parametrize("objective", JUDGED)
def test_losses_are_float32_where_the_networks_compute_in_bfloat16(
    objective: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer, config = trainer_of(objective, Machine(bf16=True).join())
    torch.manual_seed(0)
    label, target = (torch.rand(2, c, config.n_mels, 216) for c in (len(config.label_channels), 1))
    found: dict[str, torch.Tensor] = {}
    step = trainer.objective.step
    monkeypatch.setattr(trainer.objective, "step", lambda *given: found.update(losses := step(*given)) or losses)
    trainer.train_step((label, target, torch.tensor([[1.0, 0, 0, 0], [1, 0, 0, 1]])))
    assert {name: loss.dtype for name, loss in found.items()} == dict.fromkeys(found, torch.float32)


@pytest.mark.parametrize("objective", ["regression", "original"])
def test_a_mel_is_finer_than_the_bfloat16_that_the_network_computes_in(objective: str) -> None:
    trainer, config = trainer_of(objective, Machine(bf16=True).join())
    torch.manual_seed(0)
    label, condition = torch.rand(1, len(config.label_channels), config.n_mels, 16), torch.zeros(1, 4)
    with trainer.processes.autocast(), torch.no_grad():
        torch.nn.init.normal_(trainer.generator.head.weight)
        for draw in (trainer.generator, trainer.generator.coarse):
            mel = draw(label, condition)
            assert mel.dtype == torch.float32
            assert (mel != mel.bfloat16().float()).float().mean() > 0.1


@pytest.mark.parametrize("objective", JUDGED)
def test_a_discriminator_reads_label_and_generated_mel_channels_last(objective: str) -> None:
    trainer, config = trainer_of(objective, Machine().join())
    network = trainer.objective.opponents["discriminator"].network
    laid_out = []

    def look(convolution: torch.nn.Conv2d, inputs: tuple[torch.Tensor]) -> None:
        laid_out.extend(x.stride(1) == 1 for x in (*inputs, convolution.weight))

    firsts = [module for module in network.modules() if hasattr(module, "score")]
    for scale in firsts:
        scale.layers[0][0].register_forward_pre_hook(look)
    label = torch.rand(2, len(config.label_channels), config.n_mels, 216).to(memory_format=torch.channels_last)
    network(label, torch.rand(2, 1, config.n_mels, 216))
    assert len(laid_out) == 2 * len(firsts) > 0
    assert all(laid_out)


def test_the_average_moves_all_weights_by_one_operation() -> None:
    network = torch.nn.Sequential(*(torch.nn.Linear(2, 2) for _ in range(5)))
    average = running_average(network, decay=0.9)
    average.update_parameters(network)
    with Operations() as operations:
        average.update_parameters(network)
    assert [name for name in operations.found if "lerp" in name] == ["aten._foreach_lerp_.Scalar"]


def test_segments_are_prepared_by_workers_on_cuda_alone() -> None:
    def workers(*words: str) -> int:
        return machine_of(build_parser().parse_args(["fit", "--out", "o", *words])).workers

    assert workers("--device", "cuda") > 0
    assert workers() == workers("--device", "mps") == workers("--device", "cuda", "--workers", "0") == 0


def test_on_cuda_the_fastest_convolutions_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: None)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)
    Processes("cpu")
    assert not torch.backends.cudnn.benchmark
    Processes("cuda")
    assert torch.backends.cudnn.benchmark
