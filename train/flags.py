"""What the commands call things: one name in Python, with underscores, and one on the command line."""

from __future__ import annotations

SIZES = ("global_width", "global_blocks", "local_width", "local_blocks")  # of the Config, in place of the preset's
AXES = ("losses", "regularisation", "widths", "augmentation")  # what a search may vary


def flag(name: str) -> str:
    """``feature_matching`` → ``--feature-matching``."""
    return "--" + name.replace("_", "-")
