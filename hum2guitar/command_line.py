"""What the command lines share: a parser and a frame around ``main`` that say what is wrong in one sentence."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, NoReturn

from hum2guitar.errors import ADVICE, UserError, printable

WRONG_USE = 2  # the exit code for what the user can mend
INTERRUPTED, PIPE_CLOSED, TERMINATED = 130, 141, 143  # exit codes of shells: 128 and the signal's number
Main = Callable[..., int]


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one sentence, without the usage before it; its subparsers are like it."""

    def error(self, message: str) -> NoReturn:
        """Exit with ``WRONG_USE``."""
        program = self.prog.removeprefix("python -m ").split()[0]
        self.exit(WRONG_USE, f"{program}: {printable(message)}; see {self.prog} --help\n")


def guarded(program: str) -> Callable[[Main], Main]:
    """Decorate a ``main`` so that what the user can mend is one sentence on stderr, and never a traceback.

    A ``UserError``, a file that cannot be used, a name that is not UTF-8 and too little memory give exit code 2. Ctrl-C
    (130), SIGTERM (143) and a reader of stdout that has gone (141) end the program without a word; files that are being
    written are removed. Errors of the program itself stay what they are.

    Parameters
    ----------
    program : its name, with which each sentence begins
    """

    def decorate(main: Main) -> Main:
        @wraps(main)
        def answering(*arguments: Any, **options: Any) -> int:
            try:
                with _sigterm_ends():
                    try:
                        return main(*arguments, **options)
                    finally:
                        if sys.stdout is not None:  # which it is where stdout was closed
                            sys.stdout.flush()  # what is not written yet must fail here, not after the end
            except KeyboardInterrupt:
                return INTERRUPTED
            except BrokenPipeError:
                _give_up_stdout()
                return PIPE_CLOSED
            except Exception as error:
                sentence = explain(error)
                if sentence is None:
                    raise
                _give_up_stdout()
                say(f"{program}: {sentence}", error=True)
                return WRONG_USE

        return answering

    return decorate


def explain(error: BaseException) -> str | None:
    """Return one sentence about what the user can mend, or what the machine refused. None for any other error."""
    text = str(error)
    if isinstance(error, UserError):
        return text
    if type(error).__name__ == "OutOfMemoryError":  # torch's, which is not imported for this
        return "the GPU has not enough memory; use less of it (train fit: a smaller --batch-size), or --device cpu"
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "allocate memory" in text):
        return "there is not enough memory; close other programs, or use a shorter recording or a smaller batch"
    if isinstance(error, UnicodeError):
        return f"a name or a text is not UTF-8 ({text}); rename the file, or save it as UTF-8"
    if isinstance(error, RuntimeError) and "Symlink loop" in text:  # pathlib's, before Python 3.13
        return f"a link leads to itself ({text}); name a file"
    if isinstance(error, OSError):
        file = f"cannot use {os.fsdecode(error.filename)}" if error.filename else "cannot read or write"
        advice = ADVICE.get(error.errno or 0, "check the name, and that you may use the file and its folder")
        return f"{file} ({error.strerror or text}); {advice}"
    return None


def say(text: str, *, error: bool = False) -> None:
    """Print one line on stdout, or on stderr. What a terminal would obey is escaped (``errors.printable``)."""
    print(printable(text), file=sys.stderr if error else sys.stdout)


@contextmanager
def _sigterm_ends() -> Iterator[None]:
    """Let SIGTERM end the body as an exception does, so that temporary files are removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> NoReturn:
        raise SystemExit(TERMINATED)

    previous = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _give_up_stdout() -> None:
    """Send what cannot be printed nowhere: Python would complain about it at its end."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def flag(name: str) -> str:
    """Name the flag of a value: ``tune_strength`` → ``--tune-strength``."""
    return "--" + name.replace("_", "-")
