"""Errors whose messages are meant for the user. Each message is one sentence that says what to do."""

from __future__ import annotations

import errno
import os
import re

LONGEST_WORD, LONGEST_TEXT = 300, 2000  # characters of a message; what is cut lies in the middle
FULL = "free some space on the disk, or choose another one"
ADVICE = {  # by what the operating system refused
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
    errno.ENAMETOOLONG: "use a shorter name",
}


class UserError(ValueError):
    """An error that the user can correct. The page and the command line show its message without a traceback.

    As a text, it is ``printable``: it may name a file or repeat an input of a stranger.
    """

    def __str__(self) -> str:
        return printable(super().__str__())


class AudioError(UserError):
    """A recording cannot be used."""


class CheckpointError(UserError):
    """A checkpoint is missing, damaged, or not one of Hum2Guitar."""


class CorpusError(UserError):
    """Training material is missing or cannot be used."""


def printable(text: str) -> str:
    """Make one line that is safe on a terminal.

    Control characters, which could colour or erase what is shown, and bytes that are not UTF-8 become escapes such as
    ``\\x1b``. Long words and long texts lose their middle.
    """
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return _cut(re.sub(rf"\S{{{LONGEST_WORD},}}", lambda word: _cut(word[0], LONGEST_WORD), escaped), LONGEST_TEXT)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 4 :]}"


def cannot_write(path: str | os.PathLike[str], error: OSError) -> str:
    """Return the sentence about a file that cannot be written: the system's reason, and what to do."""
    advice = ADVICE.get(error.errno or 0, "choose a folder that exists and is writable")
    return f"cannot write {os.fspath(path)} ({error.strerror or error}); {advice}"
