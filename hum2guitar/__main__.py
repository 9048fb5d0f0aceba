"""The command line: ``hum2guitar convert IN [IN …] OUT``, or ``hum2guitar IN [IN …] OUT``.

What it needs for ``--help`` is imported at once. The rest is imported when the arguments are right.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from pathlib import Path

from hum2guitar import __version__
from hum2guitar.choices import Choices, options_of
from hum2guitar.command_line import Parser, flag, guarded
from hum2guitar.export import EXPORTS

NUMBERS = {
    "capo": int,
    "tune_strength": float,
    "quantise": float,
    "bpm": float,
    "iterations": int,
    "body": float,
    "seed": int,
}


@guarded("hum2guitar")
def main(arguments: list[str] | None = None) -> int:
    """Run a command. Each error that the user can correct is one sentence on stderr.

    Parameters
    ----------
    arguments : the words after the name of the program; None for those of the process

    Returns
    -------
    exit_code : as ``batch.command.convert``; 2 for an error, 130 after Ctrl-C
    """
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(words[1:] if words[:1] == ["convert"] else words)
    from hum2guitar.batch.command import convert  # here, because torch takes a second to import

    return convert(options, __version__)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="hum2guitar",
        usage="hum2guitar [convert] [options] IN [IN ...] OUT",
        description="Turn a hum into an acoustic guitar.",
    )
    parser.add_argument(
        "inputs",
        type=Path,
        nargs="+",
        metavar="IN",
        help="recordings (wav, flac, ogg, mp3, m4a, webm, mp4), folders of them, or globs",
    )
    parser.add_argument(
        "output", type=Path, metavar="OUT", help="the .wav, .flac, .ogg or .mp3 file to write, or a folder"
    )
    choices = parser.add_argument_group("choices")
    for field in fields(Choices):
        choices.add_argument(
            flag(field.name),
            type=NUMBERS.get(field.name, str),
            choices=options_of(field.name) or None,
            default=field.default,
            metavar=None if options_of(field.name) else "X",
            help=field.metadata["help"] + ("" if field.default is None else " (default: %(default)s)"),
        )
    parser.add_argument("--notes", type=Path, metavar="FILE.json", help="play these notes, which --notes-out wrote")
    files = parser.add_argument_group("other files to write")
    for name, export in EXPORTS.items():
        files.add_argument(flag(name), type=Path, metavar=f"FILE{export.suffix}", help=export.help)
    many = parser.add_argument_group("many recordings")
    many.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="processes of one thread each (default: 1, with all threads)"
    )
    many.add_argument("--resume", action="store_true", help="leave out what OUT has already, made in the same way")
    many.add_argument("--summary", type=Path, metavar="FILE", help="what became of each recording, as .csv or .json")
    many.add_argument("--cluster", metavar="ADDRESS", help="convert on a Ray cluster; it needs the extra cluster")
    parser.add_argument("--checkpoint", metavar="C", help="a file or a Hub id (default: the bundled checkpoint)")
    parser.add_argument("--device", default="cpu", metavar="D", help="cpu, cuda, mps (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
