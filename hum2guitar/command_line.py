"""What the two command lines share: a parser that says what is wrong in one sentence."""

from __future__ import annotations

import argparse
from typing import NoReturn

WRONG_USE = 2  # the exit code for what the user can mend


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one sentence, without the usage before it; its subparsers are like it."""

    def error(self, message: str) -> NoReturn:
        """Exit with ``WRONG_USE``."""
        program = "train" if " train" in self.prog else self.prog.split()[0]
        self.exit(WRONG_USE, f"{program}: {message}; see {self.prog} --help\n")


def flag(name: str) -> str:
    """Name the flag of a value: ``tune_strength`` → ``--tune-strength``."""
    return "--" + name.replace("_", "-")
