"""Work for processes side by side, some of which ends the process that does it. Other processes import this module."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch  # a process takes seconds to import it


@dataclass(frozen=True)
class Deadly:
    """Notes in ``log`` when it begins a number and when it has done it; some numbers end the process in between.

    Attributes
    ----------
    log : a folder
    once : these end the process the first time
    always : these end the process each time
    seconds : s, how long a number takes
    """

    log: Path
    once: tuple[int, ...] = ()
    always: tuple[int, ...] = ()
    seconds: float = 0.0

    def __call__(self, number: int) -> int:
        begun = self.log / f"begun {number}"
        first = not begun.exists()
        begun.touch()
        (self.log / f"process {os.getpid()}").touch()
        if number in self.always or (first and number in self.once):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.seconds)
        with (self.log / f"done {number}").open("a") as file:
            file.write("once\n")
        return number**2

    def done(self) -> dict[int, int]:
        """How many times each number was done."""
        return {int(path.name.split()[1]): len(path.read_text().split()) for path in self.log.glob("done *")}


@dataclass(frozen=True)
class Adding:
    """Adds a number to a tensor in place, and tells of the process in which it does so."""

    tensor: torch.Tensor

    def __call__(self, number: int) -> dict[str, Any]:
        import torch

        self.tensor[number] += 1
        return {
            "process": os.getpid(),
            "threads": torch.get_num_threads(),
            "interrupt": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
        }
