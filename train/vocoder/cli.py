"""The commands ``vocoder fit`` and ``vocoder export``."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from hum2guitar.errors import UserError
from train.flags import flag


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``vocoder`` with its commands."""
    vocoder = commands.add_parser("vocoder", help="train the network of --inversion vocoder")
    kinds = vocoder.add_subparsers(required=True, metavar="COMMAND")
    fit = kinds.add_parser("fit", help="train it on a corpus of guitars")
    fit.add_argument("--corpus", type=Path, metavar="DIR", help="needed except with --resume")
    fit.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    fit.add_argument("--resume", action="store_true", help="go on where the run in --out stopped, with its settings")
    fit.add_argument("--checkpoint", metavar="C", help="whose mels it learns from too (default: the bundled one)")
    fit.add_argument("--warm-start", type=Path, metavar="FILE", help="begin from the weights of this vocoder")
    fit.add_argument("--steps", type=int, help="in all; more of them with --resume make the run longer")
    for name in ("batch_size", "seed", "width", "blocks"):
        fit.add_argument(flag(name), type=int)
    fit.add_argument("--learning-rate", type=float)
    fit.add_argument("--save-minutes", type=float, default=5.0)
    fit.set_defaults(run=_vocoder_fit)
    export = kinds.add_parser("export", help="write a run's weights as the vocoder that ships")
    export.add_argument("--run", dest="run_folder", type=Path, required=True, metavar="DIR")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.set_defaults(run=_vocoder_export)


def _vocoder_fit(options: argparse.Namespace) -> None:
    from train.vocoder.fit import fit, resume
    from train.vocoder.settings import Settings

    if options.resume and options.warm_start is not None:
        raise UserError("a run that is resumed has weights already; leave --warm-start out, or begin a new run")
    if options.resume:
        figures = resume(options.out, steps=options.steps, save_minutes=options.save_minutes)
    elif options.corpus is None:
        raise UserError("there is nothing to learn from; name a corpus with --corpus")
    else:
        asked = {field.name: getattr(options, field.name, None) for field in fields(Settings)}
        settings = Settings(**{name: value for name, value in asked.items() if value is not None})
        figures = fit(
            options.corpus, options.out, settings, begin_from=options.warm_start, save_minutes=options.save_minutes
        )
    for kind, values in figures.items():
        print(f"{kind:12}" + "  ".join(f"{name} {value:.3f}" for name, value in values.items()))


def _vocoder_export(options: argparse.Namespace) -> None:
    from train.vocoder.fit import export

    for name, value in export(options.run_folder, options.out).items():
        print(f"{name}: {value}")
