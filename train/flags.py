"""What the commands call things: one name in Python, with underscores, and one on the command line."""

from __future__ import annotations

import shlex
import sys

from hum2guitar.errors import UserError

SIZES = ("global_width", "global_blocks", "local_width", "local_blocks")  # of the Config, in place of the preset's
AXES = ("losses", "regularisation", "widths", "augmentation")  # what a search may vary


def flag(name: str) -> str:
    """``feature_matching`` → ``--feature-matching``."""
    return "--" + name.replace("_", "-")


def command_line() -> str:
    """Return the command that this process runs, as a corpus or a table records it."""
    return shlex.join(["python", "-m", "train", *sys.argv[1:]])


def check_numbers(told: object, **least: int) -> None:
    """Raise UserError, naming the flag, where a whole number among the attributes is less than its least, or the
    ``learning_rate``, where there is one, is no number above 0."""
    for name, bound in least.items():
        if getattr(told, name) < bound:
            raise UserError(f"{flag(name)} is {getattr(told, name)}; it must be at least {bound}")
    rate = getattr(told, "learning_rate", 1.0)
    if not 0 < rate < float("inf"):
        raise UserError(f"--learning-rate is {rate}; it must be a number above 0")
