"""Several processes train as one does: real processes over gloo, on the CPU."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import torch
from corpora import SETTINGS, TINY

from train.data.dataset import Segments
from train.data.feed import Feed, Shares
from train.objective.adversarial import AdversarialWeights
from train.run.fit import fit
from train.run.machine import Machine
from train.run.settings import Settings
from train.run.trainer import Trainer

JOINT = Settings(steps=8, batch_size=4, joint_only=True, weights=AdversarialWeights(r1=1.0))


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
    processes = Machine().join()
    assert processes.count == n_processes
    trainer = Trainer(TINY, JOINT, processes)
    numbers = Shares(0, 1, JOINT.batch_size, rank, n_processes)
    for images in Feed(Segments(corpus, "train", TINY, seed=0), numbers, processes.device):
        assert len(images[0]) == JOINT.batch_size // n_processes
        trainer.train_step(images)
    found = {
        f"{network}.{name}": parameter.grad
        for network, learner in trainer.learners.items()
        for name, parameter in learner.network.named_parameters()
        if parameter.grad is not None
    }
    torch.save(found, out / f"{n_processes}-{rank}.pt")
    processes.leave()


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


def test_a_run_of_one_process_goes_on_with_two(corpus: Path, tmp_path: Path) -> None:
    def interrupt(step: int, report: dict[str, float]) -> None:
        if step == 6:
            os.kill(os.getpid(), signal.SIGINT)

    settings = replace(SETTINGS, steps=8)
    fit(corpus, tmp_path / "whole", TINY, settings)
    fit(corpus, tmp_path / "shared", TINY, settings, on_step=interrupt)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port"]
    go_on = ["-m", "train", "fit", "--resume", "--out", str(tmp_path / "shared"), "--workers", "1"]
    done = subprocess.run(
        [*torchrun, str(free_port()), *go_on],
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
    for name, weight in whole["generator"]["network"].items():
        torch.testing.assert_close(shared["generator"]["network"][name], weight, rtol=1e-3, atol=1e-4)
