"""Several processes train as one does: real processes over gloo, on the CPU."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from corpora import SETTINGS, TINY, write_corpus

from hum2guitar.errors import UserError
from train.data.dataset import Segments
from train.data.feed import Feed, shares
from train.run import loop
from train.run.trainer import Machine, Settings, Trainer

JOINT = Settings(steps=8, batch_size=4, joint_only=True, r1=1.0)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def gradients_of_a_joint_step(rank: int, n_processes: int, port: int, corpus: Path, out: Path) -> None:
    """What one of several processes does, its gradients left on disk."""
    if n_processes > 1:
        os.environ.update(
            RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(n_processes), LOCAL_WORLD_SIZE=str(n_processes),
            MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port),
        )  # fmt: skip
    torch.set_num_threads(1)
    accelerator = Machine().accelerator()
    assert accelerator.num_processes == n_processes
    trainer = Trainer(TINY, JOINT, accelerator)
    numbers = shares(0, 1, JOINT.batch_size, rank, n_processes)
    for images in Feed(Segments(corpus, "train", TINY, seed=0), accelerator, numbers):
        assert len(images[0]) == JOINT.batch_size // n_processes
        trainer.train_step(*images)
    found = {
        f"{network}.{name}": parameter.grad
        for network in ("generator", "discriminator")
        for name, parameter in getattr(trainer, network).named_parameters()
        if parameter.grad is not None
    }
    torch.save(found, out / f"{n_processes}-{rank}.pt")
    accelerator.end_training()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"))


def test_the_gradients_of_two_processes_are_those_of_one_on_the_joined_batch(corpus: Path, tmp_path: Path) -> None:
    gradients_of_a_joint_step(0, 1, 0, corpus, tmp_path)
    torch.multiprocessing.spawn(gradients_of_a_joint_step, (2, free_port(), corpus, tmp_path), nprocs=2)
    one, first, second = (torch.load(tmp_path / f"{name}.pt", weights_only=True) for name in ("1-0", "2-0", "2-1"))
    assert set(one) == set(first) == set(second)
    assert {name.split(".")[0] for name in one} == {"generator", "discriminator"}
    for network in ("generator", "discriminator"):
        names = [name for name in one if name.startswith(network)]
        whole, shared = (torch.cat([found[name].flatten() for name in names]) for found in (one, first))
        assert whole.norm() > 0
        assert (shared - whole).norm() < 1e-5 * whole.norm()
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("n_processes", [1, 2, 3, 6])
def test_a_step_takes_the_same_segments_however_many_processes_share_it(n_processes: int) -> None:
    by_process = [list(shares(2, 5, 6, rank, n_processes)) for rank in range(n_processes)]
    joined = [[number for share in step for number in share] for step in zip(*by_process, strict=True)]
    assert joined == [list(range(6 * step, 6 * step + 6)) for step in (2, 3, 4)]


def test_a_batch_that_cannot_be_shared_equally_is_refused() -> None:
    with pytest.raises(UserError, match="a batch of 4 cannot be shared by 3 processes; choose a multiple of 3"):
        shares(0, 8, 4, 0, 3)


def test_a_run_of_one_process_goes_on_with_two(corpus: Path, tmp_path: Path) -> None:
    def interrupt(step: int, report: dict[str, float]) -> None:
        if step == 6:
            os.kill(os.getpid(), signal.SIGINT)

    settings = replace(SETTINGS, steps=8)
    loop.fit(corpus, tmp_path / "whole", TINY, settings)
    loop.fit(corpus, tmp_path / "shared", TINY, settings, on_step=interrupt)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port"]
    fit = ["-m", "train", "fit", "--resume", "--out", str(tmp_path / "shared"), "--workers", "1"]
    done = subprocess.run(
        [*torchrun, str(free_port()), *fit],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("step 8 of 8") == 1  # the first process alone speaks
    whole, shared = (torch.load(tmp_path / name / "state.pt", weights_only=True) for name in ("whole", "shared"))
    assert shared["step"] == 8
    for name, weight in whole["generator"].items():
        torch.testing.assert_close(shared["generator"][name], weight, rtol=1e-3, atol=1e-4)
