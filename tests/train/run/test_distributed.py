"""Several processes train as one does: real processes over gloo, on the CPU."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from corpora import SETTINGS, TINY

import train.run.fit
from train.data.dataset import Segments
from train.data.feed import Feed, Shares
from train.objective.adversarial import AdversarialWeights
from train.run.fit import fit, resume
from train.run.machine import Machine
from train.run.settings import Settings
from train.run.trainer import Trainer

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
JOINT = Settings(steps=8, batch_size=4, joint_only=True, weights=AdversarialWeights(r1=1.0))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def become(rank: int, n_processes: int, port: int) -> None:
    """Be one of several processes, as torchrun says it."""
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(n_processes), LOCAL_WORLD_SIZE=str(n_processes),
        MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port),
    )  # fmt: skip
    torch.set_num_threads(1)


def gradients_of_a_joint_step(rank: int, n_processes: int, port: int, corpus: Path, out: Path) -> None:
    """What one of several processes does, its gradients left on disk."""
    if n_processes > 1:
        become(rank, n_processes, port)
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


def run_until_the_second_is_told(rank: int, n_processes: int, port: int, corpus: Path, out: Path) -> None:
    """Train until SIGTERM reaches the second process; its weights and what it wrote into the run are left on disk."""
    become(rank, n_processes, port)
    trainers: list[Trainer] = []
    written: list[str] = []

    def made(*arguments: Any, **options: Any) -> Trainer:
        trainers.append(Trainer(*arguments, **options))
        return trainers[0]

    def see(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event in ("os.mkdir", "os.rename", "os.remove") or (event == "open" and arguments[2] & WRITING)
        if writes and str(arguments[0]).startswith(str(out / "run")):
            written.append(str(arguments[0]))

    def tell(step: int, report: dict[str, float]) -> None:
        if step == 3 and rank == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    sys.addaudithook(see)
    train.run.fit.Trainer = made  # type: ignore[assignment,misc]  # in this process, which ends here
    fit(corpus, out / "run", TINY, replace(SETTINGS, joint_only=True), on_step=tell)
    weights = {name: learner.network.state_dict() for name, learner in trainers[0].learners.items()}
    torch.save((trainers[0].step, written, weights), out / f"{rank}.pt")


def test_all_processes_stop_after_the_same_step_with_the_same_weights_and_the_first_alone_writes(
    corpus: Path, tmp_path: Path
) -> None:
    torch.multiprocessing.spawn(run_until_the_second_is_told, (2, free_port(), corpus, tmp_path), nprocs=2)
    (step, written, weights), (second_step, second_written, second_weights) = (
        torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1)
    )
    state = torch.load(tmp_path / "run" / "state.pt", weights_only=True)
    assert step == second_step == state["step"] == 3
    assert written
    assert second_written == []
    assert set(weights) == {"generator", "discriminator"}
    for network, tensors in weights.items():
        for name, tensor in tensors.items():
            assert torch.equal(tensor, second_weights[network][name])
            assert torch.equal(tensor, state[network]["network"][name])


def torchrun(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", str(free_port()),
         "-m", "train", "fit", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def step_of(run: Path) -> int:
    return torch.load(run / "state.pt", weights_only=True)["step"]


def test_a_run_goes_on_with_two_processes_which_sigterm_stops_and_then_with_one(corpus: Path, tmp_path: Path) -> None:
    """torchrun passes SIGTERM on to each process and its workers."""

    def interrupt(step: int, report: dict[str, float]) -> None:
        if step == 6:
            os.kill(os.getpid(), signal.SIGINT)

    run = tmp_path / "shared"
    settings = replace(SETTINGS, steps=30, save_minutes=0)
    fit(corpus, tmp_path / "whole", TINY, settings)
    fit(corpus, run, TINY, settings, on_step=interrupt)
    stopped = torchrun("--resume", "--out", str(run), "--workers", "1")
    while step_of(run) == 6 and stopped.poll() is None:
        time.sleep(0.02)
    stopped.terminate()
    printed, said = stopped.communicate(timeout=120)
    assert printed.count("stopped before its end") == 1, said  # the first process alone speaks
    assert 6 < step_of(run) < 30
    resume(run)
    whole, shared = (torch.load(tmp_path / name / "state.pt", weights_only=True) for name in ("whole", "shared"))
    assert shared["step"] == 30
    for name, weight in whole["generator"]["network"].items():
        torch.testing.assert_close(shared["generator"]["network"][name], weight, rtol=1e-3, atol=1e-4)
