"""The commands ``corpus SOURCE``, which make a corpus, and ``corpus describe``."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Protocol

from train.corpus import folder, guitarset, sampled, whole


class Source(Protocol):
    """A module that makes a corpus: its line in the help, its arguments, and the function that reads them.

    ``--out``, the corpus's folder, is added for every source.
    """

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the source's own arguments."""

    def run(self, options: argparse.Namespace) -> None:
        """Make the corpus that the options describe. Raises UserError."""


SOURCES: dict[str, Source] = {"sampled": sampled, "folder": folder, "guitarset": guitarset, "whole": whole}


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``corpus`` with one command for each source, and ``corpus describe``."""
    kinds = commands.add_parser("corpus", help="make a corpus").add_subparsers(required=True, metavar="SOURCE")
    for name, source in SOURCES.items():
        parser = kinds.add_parser(name, help=source.HELP)
        source.add_arguments(parser)
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the corpus's folder")
        parser.set_defaults(run=partial(_make, source))
    parser = kinds.add_parser("describe", help="print what a corpus holds")
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    parser.add_argument("--figure", type=Path, metavar="PNG", help="draw a page of stretches of its takes")
    parser.set_defaults(run=_describe)


def _make(source: Source, options: argparse.Namespace) -> None:
    from train.corpus.store import check_new

    check_new(options.out)
    source.run(options)


def _describe(options: argparse.Namespace) -> None:
    from train.corpus.describe import describe
    from train.corpus.figure import save_page  # here, because Matplotlib takes half a second to import

    print(describe(options.corpus))
    if options.figure is not None:
        save_page(options.figure, options.corpus)
