"""The command line of training: ``python -m train COMMAND``. Each room of ``train/`` adds its own commands."""

from __future__ import annotations

import logging
import sys

from hum2guitar.command_line import WRONG_USE, Parser, guarded

EXTRA = {  # the modules of the packages that pyproject.toml lists under [train]
    "auraloss": "auraloss",
    "fluidsynth": "pyfluidsynth",
    "mir_eval": "mir_eval",
    "optuna": "optuna",
    "tensorboard": "tensorboard",
}


@guarded("train")
def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when done, 2 with a sentence on stderr for what the user can mend."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    options = build_parser().parse_args(arguments)
    try:
        options.run(options)
    except ModuleNotFoundError as error:
        package = EXTRA.get((error.name or "").split(".")[0])
        if package is None:
            raise
        print(f"train: this command needs the package {package}; pip install -e .[train]", file=sys.stderr)
        return WRONG_USE
    return 0


def build_parser() -> Parser:
    """Return the parser of every command; it needs no package of the extra ``[train]``."""
    # here, because torch takes seconds to import, in which Ctrl-C may come
    import train.corpus.cli
    import train.evaluate.cli
    import train.judge.cli
    import train.run.cli
    import train.vocoder.cli

    parser = Parser(prog="python -m train", description="Train and measure the networks of Hum2Guitar.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for room in (train.corpus.cli, train.run.cli, train.evaluate.cli, train.vocoder.cli, train.judge.cli):
        room.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
