"""The process that decodes: requests on its standard input, what it decoded on its standard output.

A crash, a hang or an exhausted memory ends this process alone. ``hum2guitar.analysis.reading.worker`` starts it by the
path of this file, and it ends when its input ends. It does not import torch, which takes seconds and 300 MB.

A request is one line of JSON: the path and the maximum duration. An answer is a row of messages: HEADER (the kind, and
the number of bytes that follow), then these bytes.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

HEADER = struct.Struct("<cQ")
READY, RESTART, BLOCK, DONE, ERROR = b"y", b"r", b"b", b"d", b"e"
OUT_OF_MEMORY = 3  # exit code
ALARM_S = 12.0  # between two messages; the parent ends this process earlier, if there still is a parent
MEMORY = 256 << 20  # bytes that decoding may use, above those of a process that has decoded nothing


class Answers:
    """Writes the messages. Whatever a library prints goes nowhere, so that it is not taken for a message."""

    def __init__(self) -> None:
        self._stream = os.fdopen(os.dup(1), "wb")
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)

    def send(self, kind: bytes, content: bytes = b"") -> None:
        """Write one message."""
        self._stream.write(HEADER.pack(kind, len(content)))
        self._stream.write(content)
        if kind != BLOCK:
            self._stream.flush()
        set_alarm(ALARM_S if kind in (RESTART, BLOCK) else 0)

    def restart(self) -> None:
        """Say that the blocks so far do not count."""
        self.send(RESTART)

    def add(self, block: np.ndarray) -> None:
        """Write (n,) float32."""
        self.send(BLOCK, block.tobytes())


def main() -> None:
    """Answer requests until the input ends."""
    sys.path[0] = str(Path(__file__).parents[3])  # in place of the folder of this file
    from hum2guitar.analysis.reading.decoding import decode
    from hum2guitar.errors import AudioError

    answers = Answers()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this process
    limit_memory()
    answers.send(READY)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        try:
            sample_rate = decode(request["path"], request["max_seconds"], answers)
            answers.send(DONE, json.dumps(sample_rate).encode())
        except AudioError as error:
            answers.send(ERROR, json.dumps(str(error)).encode())
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def limit_memory() -> None:
    """Let this process use MEMORY more than it uses now, and leave no core dump. Only Linux counts its memory."""
    if sys.platform != "linux":
        return
    import resource

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def set_alarm(seconds: float) -> None:
    """End this process after some seconds, 0 for never: it may hang after its parent was killed."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main()
    os._exit(0)  # nothing is left to clean up
