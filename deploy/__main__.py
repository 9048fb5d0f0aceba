"""The commands of deployment.

python -m deploy space user/name        create or update a Space, and convert an example on it
python -m deploy check                  build what a Space gets in an empty environment, and run it here
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from hum2guitar.command_line import Parser, guarded

from . import contents, space
from .check import check


@guarded("deploy")
def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when done, 2 with a sentence on stderr for what the user can mend."""
    options = build_parser().parse_args(arguments)
    if options.command == "check":
        check(say)
    elif options.dry_run:
        dry_run(options.name, options.hardware or "zero")
    elif options.rollback:
        print(space.rollback(options.name, say=say))
    else:
        print(space.publish(options.name, options.hardware, private=options.private, say=say))
    return 0


def build_parser() -> Parser:
    """Return the parser of the commands."""
    parser = Parser(prog="python -m deploy", description="Put the page on a Hugging Face Space.")
    commands = parser.add_subparsers(dest="command", required=True)
    to_space = commands.add_parser("space", help="create or update a Space")
    to_space.add_argument("name", help="owner/name")
    to_space.add_argument("--hardware", help="zero (what a new Space gets), cpu-basic, or another name of the Hub's")
    to_space.add_argument("--private", action="store_true", help="a new Space is shown to its owner only")
    instead = to_space.add_mutually_exclusive_group()
    instead.add_argument("--dry-run", action="store_true", help="print the files and their sizes, and send nothing")
    instead.add_argument("--rollback", action="store_true", help="put the previous revision back")
    commands.add_parser("check", help="rehearse a Space on this machine")
    return parser


def dry_run(name: str, hardware: str) -> None:
    """Print what would be sent. Raises UserError for what can be checked without the Hub."""
    space.check(name)
    hardware = space.hardware_named(hardware)
    with TemporaryDirectory() as folder:
        sizes = contents.build(Path(folder), hardware)
    for name, size in sizes.items():
        print(f"{size:>10,}  {name}")
    print(f"{sum(sizes.values()):>10,}  bytes in {len(sizes)} files")


def say(text: str) -> None:
    """Tell a step on stderr; stdout has the result alone."""
    print(f"· {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
