"""The flags of the commands: each has one name in Python, with underscores, and one on the command line."""

from __future__ import annotations

import shlex
import sys

from hum2guitar.choices import MAX_SEED
from hum2guitar.errors import UserError

SIZES = ("global_width", "global_blocks", "local_width", "local_blocks")  # of the Config, in place of the preset's
AXES = ("losses", "regularisation", "widths", "augmentation")  # what a search may vary


def flag(name: str) -> str:
    """``feature_matching`` → ``--feature-matching``."""
    return "--" + name.replace("_", "-")


def flag_words(name: str, value: object) -> list[str]:
    """``"r1", 2.0`` → ``["--r1", "2.0"]``; ``"spectral_norm", False`` → ``["--no-spectral-norm"]``."""
    if isinstance(value, bool):
        return [flag(name) if value else flag("no_" + name)]
    return [flag(name), str(value)]


def command_line() -> str:
    """Return the command that this process runs, as a corpus or a table records it."""
    return shlex.join(["python", "-m", "train", *sys.argv[1:]])


def check_numbers(settings: object, **least: int) -> None:
    """Raise UserError, naming the flag, for a number that is out of bounds.

    settings : what has the numbers as attributes; where it has them, its ``learning_rate`` must be above 0, its
        ``save_minutes`` 0 or more, and its ``seed`` at most ``MAX_SEED``
    least : the smallest value of each whole number, by its name
    """
    for name, bound in least.items():
        value = getattr(settings, name)
        if not (isinstance(value, int) and value >= bound):
            raise UserError(f"{flag(name)} is {value}; it must be at least {bound}")
    if getattr(settings, "seed", 0) > MAX_SEED:
        raise UserError(f"--seed is {getattr(settings, 'seed', 0)}; it must be at most {MAX_SEED}")
    minutes = getattr(settings, "save_minutes", 0)
    if not (isinstance(minutes, (int, float)) and minutes >= 0):
        raise UserError(f"--save-minutes is {minutes}; it must be a number of 0 or more")
    rate = getattr(settings, "learning_rate", 1.0)
    if not (isinstance(rate, (int, float)) and 0 < rate < float("inf")):
        raise UserError(f"--learning-rate is {rate}; it must be a number above 0")
