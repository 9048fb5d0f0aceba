"""A Ray cluster: every task is done once, also where a worker is killed."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import soundfile
from children import within
from deadly import Deadly
from note_samples import write_samples
from served import ROOT
from sounds import sung
from untrained import random_generator

from hum2guitar import Config, UserError
from hum2guitar.__main__ import main
from hum2guitar.batch import cluster
from hum2guitar.batch.processes import LostError
from hum2guitar.batch.record import FILE_NAME
from hum2guitar.config import SMALL
from hum2guitar.synthesis import checkpoint
from train.corpus import sampled
from train.corpus.samples import load_guitars

START_S = 120.0
ENVIRONMENT = {
    "RAY_AUTH_MODE": "disabled",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_raylet_start_wait_time_s": f"{START_S:.0f}",
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),  # where its workers find these modules
}
# given ones: Ray waits only seconds for the ports that its processes choose, which is too short on a busy computer
PORTS = (
    "port",
    "dashboard-agent-listen-port",
    "dashboard-agent-grpc-port",
    "metrics-export-port",
    "runtime-env-agent-port",
)


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of this computer with two workers."""
    pytest.importorskip("ray", reason="the extra cluster is not installed")
    flags = ["--num-cpus=2", "--object-store-memory=100000000", "--include-dashboard=false"]
    flags += [f"--{name}={port}" for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)]
    ray = Path(sys.executable).with_name("ray")
    log = tmp_path_factory.mktemp("ray") / "log.txt"
    with log.open("w") as output, TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        head = subprocess.Popen(
            [ray, "start", "--head", "--block", *flags, f"--temp-dir={folder}"],  # a short path: it has sockets
            env=os.environ | ENVIRONMENT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            assert within(START_S, lambda: "Ray runtime started" in log.read_text() or head.poll() is not None)
            found = re.search(r"ray start --address='(.+?)'", log.read_text())
            assert found, log.read_text()
            with pytest.MonkeyPatch.context() as patch:
                for name, value in ENVIRONMENT.items():
                    patch.setenv(name, value)
                yield found[1]
        finally:
            head.terminate()
            head.wait()


def test_a_worker_that_was_killed_loses_no_task_and_none_is_done_twice(address: str, tmp_path: Path) -> None:
    work = Deadly(tmp_path, once=(2,), seconds=0.05)
    results = list(cluster.each(work, range(8), address))
    assert sorted(results) == [(number, number**2) for number in range(8)]
    assert work.done() == dict.fromkeys(range(8), 1)
    assert len(list(tmp_path.glob("process *"))) > 1


def test_a_task_that_ends_every_worker_is_reported(address: str, tmp_path: Path) -> None:
    results = dict(cluster.each(Deadly(tmp_path, always=(1,)), range(4), address))
    assert isinstance(results.pop(1), LostError)
    assert results == {0: 0, 2: 4, 3: 9}


def test_a_cluster_converts_a_folder(
    address: str, tmp_path: Path, tiny: Config, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The paths are those of the folder in which the command runs."""
    monkeypatch.chdir(tmp_path)
    for folder in ("hums", "out"):
        Path(folder).mkdir()
    checkpoint.save("tiny.safetensors", random_generator(tiny).state_dict(), tiny, {})
    for name in ("a", "b"):
        soundfile.write(f"hums/{name}.wav", sung([(0.2, 0.8, 57.0)], 16000, 1.0), 16000)
    words = ["hums", "out", "--checkpoint", "tiny.safetensors", "--iterations", "0"]
    assert main([*words, "--cluster", address]) == 0
    assert sorted(path.name for path in Path("out").iterdir()) == [FILE_NAME, "a.wav", "b.wav"]
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main([*words, "--resume"]) == 0
    assert capsys.readouterr().out.count("(kept)") == 2


def test_a_cluster_renders_the_same_corpus(address: str, tmp_path: Path) -> None:
    guitars = load_guitars(write_samples(tmp_path / "notes", {"steel": range(50, 63)}))
    for name, where in (("here", None), ("there", address)):
        sampled.build(guitars, 40 / 3600, tmp_path / name, SMALL, seed=3, address=where, command="test")
    files = sorted(path.relative_to(tmp_path / "here") for path in (tmp_path / "here").rglob("*.*"))
    assert len(files) == 2 * 2 + 2
    for file in files:
        assert (tmp_path / "here" / file).read_bytes() == (tmp_path / "there" / file).read_bytes()


def test_an_address_without_a_cluster_is_a_sentence(address: str) -> None:
    with pytest.raises(UserError, match=r"no Ray cluster answers at 127\.0\.0\.1:1; start one with"):
        list(cluster.each(Deadly(Path()), [1], "127.0.0.1:1"))


def test_a_cluster_without_ray_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install 'hum2guitar\[cluster\]'"):
        list(cluster.each(Deadly(Path()), [1], "auto"))
