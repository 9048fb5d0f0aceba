"""The commands ``judge fit`` and ``judge test``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``judge`` with its commands."""
    judge = commands.add_parser("judge", help="tell guitars from voices, whistles, bowed and blown sounds")
    kinds = judge.add_subparsers(required=True, metavar="COMMAND")
    fit = kinds.add_parser("fit", help="train the judge; its hash goes into train/judge/judge.py")
    fit.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder; gets judge.safetensors")
    fit.add_argument("--steps", type=int, default=1600)
    fit.add_argument("--voices", type=Path, metavar="DIR", help="the recorded voices of train/corpus/instruments.py")
    fit.set_defaults(run=_judge_fit, clips=1000)
    test = kinds.add_parser("test", help="measure the judge on instruments that it did not learn from")
    test.add_argument("--guitar", type=Path, metavar="DIR", help="guitar recordings, to be taken for guitars")
    test.add_argument("--hums", type=Path, metavar="DIR", help="hums, not to be taken for guitars")
    test.add_argument(
        "--full-band", action="store_true", help="through the mel of the presets, at 44.1 kHz (default: 22 050 Hz)"
    )
    test.set_defaults(run=_judge_test, clips=160)
    for command in (fit, test):
        command.add_argument("--soundfonts", type=Path, default=Path("/usr/share/sounds/sf2"), metavar="DIR")
        command.add_argument("--clips", type=int, help="melodies of 8 s, half of them on guitars")
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--processes", type=int, default=os.cpu_count() or 1)


def _judge_fit(options: argparse.Namespace) -> None:
    from train.judge.fit import fit

    digest, right = fit(
        options.soundfonts, options.voices, options.out,
        n_clips=options.clips, steps=options.steps, seed=options.seed, processes=options.processes,
    )  # fmt: skip
    print(f"right on the validation instruments: {right:.3f}\nSHA-256: {digest}")


def _judge_test(options: argparse.Namespace) -> None:
    from hum2guitar.config import SMALL, Config
    from train.judge.accuracy import accuracy_text, shares, shares_text
    from train.judge.clips import check_fonts, make_clips
    from train.judge.judge import load

    judge, config = load(), SMALL if options.full_band else Config()
    check_fonts(options.soundfonts, "test")  # before the minute that the recordings take
    for name, folder in (("guitar recordings", options.guitar), ("hums", options.hums)):
        if folder is not None:
            print(shares_text(name, shares(judge, folder, config)))
    print(
        accuracy_text(
            judge,
            make_clips(
                options.soundfonts,
                "test",
                options.clips,
                seed=options.seed,
                processes=options.processes,
                config=config,
            ),
        )
    )
