"""A process that has converted a hum, and forks for each command: so a test of a whole process costs a second.

Started as a program, it runs the words of its own command line. Then it reads one line of JSON for each command: the
words, and what the child is refused. It prints the child's number when it starts, and its exit code when it has ended.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ended:
    """An exit code, negative for a signal, what was printed, and how long it took in s."""

    code: int
    out: str
    err: str
    seconds: float


@dataclass
class Program:
    """The process that forks, and a folder for what its children print."""

    process: subprocess.Popen[str]
    folder: Path

    def run(self, *words: object, act: Callable[[int], None] = lambda pid: None, **refused: Any) -> Ended:
        """Run a command: ``act`` is called with the number of its process. For ``refused`` see ``_child``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        out, err = self.folder / "out.txt", self.folder / "err.txt"
        job = {"words": [str(word) for word in words], "out": str(out), "err": str(err)} | refused
        out.write_text("")
        start = time.monotonic()
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        try:
            act(pid)
        finally:  # or the next command would take this exit code for the number of its process, and signal that
            code = int(self.process.stdout.readline())
        return Ended(code, out.read_text(), err.read_text(), time.monotonic() - start)


@contextmanager
def forking(folder: Path, *words: object) -> Iterator[Program]:
    """Start the process, which begins with a command; ``folder`` gets what its children print."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(Path(__file__).resolve()), *map(str, words)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield Program(process, folder)
        assert process.stdin is not None
        process.stdin.close()


def main() -> int:
    """Fork for each line of the input."""
    from hum2guitar import __main__

    __main__.main(sys.argv[1:])
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = _child(__main__.main, json.loads(line))
            sys.stdout.flush()
            os._exit(code)  # what the parent would end is not the child's to end
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
    return 0


def _child(main: Callable[[list[str]], int], job: dict[str, Any]) -> int:
    """Run a command.

    out, err : the files of stdout and stderr; "a closed pipe" is one that nobody reads
    memory : bytes that may be used beyond those in use now
    disk : bytes that a file may have
    """
    os.dup2(os.open(job["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    if job["out"] == "a closed pipe":
        read, write = os.pipe()
        os.close(read)
    else:
        write = os.open(job["out"], os.O_WRONLY)
    os.dup2(write, 1)
    if "memory" in job:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + job["memory"], used + job["memory"]))
    if "disk" in job:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["disk"], job["disk"]))
    return main(job["words"])


if __name__ == "__main__":
    sys.exit(main())
