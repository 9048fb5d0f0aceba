"""Let one server convert many recordings, good and bad: ``make soak N=1000``.

It prints what the server takes while it works, and ends with exit code 1 where the server's memory has grown by more
than ``GROWTH`` since the first ``WARM`` conversions, or where a file or a handle is left in the end. The server plays
with a tiny generator, so that a conversion takes a second; it deletes its files after ``KEEP_S`` instead of an hour.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import soundfile
from attack_files import ATTACKS
from children import children, within
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from served import server
from sounds import sung
from untrained import TINY, random_generator

from hum2guitar.synthesis import checkpoint

WARM = 50  # conversions before memory is compared
GROWTH = 1.05
WINDOW = 20  # measurements whose median is compared
VISIT = 100  # conversions of one client
LOG = "log.txt"
KEEP_S, CHECK_S = 20, 5  # how old a file of the server may become, and how often it looks
SERVER = f"import app, page.serve as serve; serve.KEEP_S, serve.CHECK_S = {KEEP_S}, {CHECK_S}; app.main()"
SLOW = ("bomb.flac", "stream-bomb.flac", "long.flac", "frames.m4a")  # seconds each
WRONG = ({"capo": 99}, {"tuning": "just"}, {"seed": -1}, {"iterations": 10**6}, {"guitar": "banjo"}, {"bpm": 7})


def recordings(folder: Path) -> Iterator[tuple[Path | None, dict[str, Any]]]:
    """Yield recordings and choices without end: three good ones, then a file or a value that is refused."""
    rng = random.Random(0)
    bad: list[tuple[Path | None, dict[str, Any]]] = [
        (attack.write(folder), {}) for attack in ATTACKS if attack.name not in SLOW
    ]
    for name, content in (
        ("silence.wav", np.zeros(22050)),
        ("noise.wav", np.random.default_rng(0).normal(0, 0.1, 44100)),
    ):
        soundfile.write(folder / name, content, 22050)
        bad.append((folder / name, {}))
    (folder / "text.wav").write_text("no recording")
    good = []
    for seconds in range(1, 7):
        notes = [(0.1 + 0.5 * i, 0.5 + 0.5 * i, rng.choice([52.0, 55.0, 57.0, 60.0, 64.0])) for i in range(2 * seconds)]
        good.append(folder / f"hum-{seconds}.wav")
        soundfile.write(good[-1], sung(notes, 44100, seconds + 0.6), 44100)
    bad += [(folder / "text.wav", {}), (None, {}), *((good[0], wrong) for wrong in WRONG)]
    for refused in itertools.cycle(bad):
        for _ in range(3):
            yield rng.choice(good), {"seed": rng.randrange(1000), "iterations": 4, "transposition": rng.choice([0, 7])}
        yield refused


def resident(pid: int) -> int:
    """The memory of a process in bytes."""
    return int(Path("/proc", str(pid), "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def handles(pid: int) -> int:
    """How many files, pipes and connections a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def files(folder: Path) -> set[Path]:
    """The files of the server but for its log."""
    return {Path(place, name) for place, _, names in os.walk(folder) for name in names if name != LOG}


def soak(n: int, folder: Path) -> bool:
    """Convert, print and judge. Returns whether all bounds are kept."""
    given = folder / "given"
    given.mkdir()
    (folder / "server").mkdir()
    checkpoint.save(folder / "tiny.safetensors", random_generator(TINY).state_dict(), TINY, {})
    os.environ["HUM2GUITAR_CHECKPOINT"] = str(folder / "tiny.safetensors")
    # SIGTERM, because a shell lets what it runs in the background ignore SIGINT
    with server(folder / "server", signal.SIGTERM, ("-c", SERVER)) as (address, pid):
        before = files(folder / "server")  # the page's own
        memory: list[int] = []
        refused, start, client = 0, time.monotonic(), None
        for number, (recording, choices) in enumerate(itertools.islice(recordings(given), n), start=1):
            if number % VISIT == 1:
                client = Client(address, verbose=False, download_files=False)
            assert client is not None
            try:
                client.predict(recording=recording and handle_file(str(recording)), api_name="/convert", **choices)
            except AppError:
                refused += 1
            memory.append(resident(pid))
            if number == WARM:
                open_before = handles(pid)
            if number % WARM == 0:
                print(
                    f"{number:5} conversions, {refused} refused: {memory[-1] / 1e6:.0f} MB, {handles(pid)} handles, "
                    f"{len(children(pid))} children, {len(files(folder / 'server'))} files, "
                    f"{time.monotonic() - start:.0f} s",
                    flush=True,
                )
        client = None
        took = time.monotonic() - start
        within(KEEP_S + 4 * CHECK_S, lambda: not files(folder / "server") - before and handles(pid) <= open_before)
        left, open_now = files(folder / "server") - before, handles(pid)
        first, last = median(memory[WARM - WINDOW // 2 : WARM + WINDOW // 2]), median(memory[-WINDOW:])
    ended = files(folder / "server")
    print(f"{n} conversions in one server, {refused} of them refused, {took / n:.2f} s each")
    print(
        f"memory: {first / 1e6:.0f} MB after the first {WARM}, {last / 1e6:.0f} MB at the end: {last / first - 1:+.1%}"
    )
    print(f"files left: {len(left)} by the conversions, {len(ended)} after the server's end")
    for path in sorted(left | ended):
        print(f"  {path.relative_to(folder)}")
    print(f"handles: {open_before} after the first {WARM}, {open_now} at the end")
    return last < GROWTH * first and not left and not ended and open_now <= open_before


if __name__ == "__main__":
    conversions = int(sys.argv[1])
    if conversions < WARM + WINDOW:
        sys.exit(f"soak: {conversions} conversions show nothing; give at least {WARM + WINDOW}")
    with TemporaryDirectory() as name:
        sys.exit(0 if soak(conversions, Path(name)) else 1)
