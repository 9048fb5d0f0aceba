"""The commands ``corpus sampled``, ``folder``, ``guitarset`` and ``describe``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from hum2guitar.config import PRESETS
from hum2guitar.errors import UserError
from train.flags import command_line


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``corpus`` with its kinds."""
    kinds = commands.add_parser("corpus", help="make a corpus").add_subparsers(required=True, metavar="KIND")
    sampled = kinds.add_parser("sampled", help="melodies played from note samples")
    sampled.add_argument("--notes", type=Path, metavar="DIR", help="one folder of NNN.flac a guitar")
    sampled.add_argument("--soundfont", type=Path, metavar="F.sf2", help="a SoundFont, with or instead of --notes")
    sampled.add_argument("--program", type=int, nargs="+", default=[24], help="its guitars (24 nylon, 25 steel)")
    sampled.add_argument("--licence", default="not stated", help="the SoundFont's, where the table does not know it")
    sampled.add_argument("--guitars", nargs="+", metavar="NAME", help="of those found, these alone (default: all)")
    sampled.add_argument("--hours", type=float, default=3.0)
    sampled.add_argument("--seed", type=int, default=0)
    sampled.add_argument("--processes", type=int, default=os.cpu_count())
    sampled.set_defaults(run=_corpus_sampled)
    folder = kinds.add_parser("folder", help="any recordings; what is not one clean melody is left out")
    folder.add_argument("--audio", type=Path, required=True, metavar="DIR")
    folder.add_argument("--guitar", metavar="NAME", help="what to call the guitar (default: unknown)")
    folder.add_argument("--licence", default="not stated")
    folder.set_defaults(run=_corpus_folder)
    guitarset = kinds.add_parser("guitarset", help="the solo takes of GuitarSet")
    guitarset.add_argument("--root", type=Path, required=True, metavar="DIR")
    guitarset.add_argument("--exclude", nargs="+", default=[], metavar="TAKE", help="more takes to keep for testing")
    guitarset.set_defaults(run=_corpus_guitarset)
    describe = kinds.add_parser("describe", help="what a corpus holds")
    describe.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    describe.add_argument("--figure", type=Path, metavar="PNG", help="draw a page of its segments")
    describe.set_defaults(run=_corpus_describe)
    for kind in (sampled, folder, guitarset):
        kind.add_argument("--out", type=Path, required=True, metavar="DIR")


def _corpus_sampled(options: argparse.Namespace) -> None:
    from train.corpus import sampled, soundfont

    if options.notes is None and options.soundfont is None:
        raise UserError("there is nothing to play with; give --notes DIR, or --soundfont F.sf2, or both")
    guitars = sampled.load_guitars(options.notes) if options.notes else []
    if options.soundfont:
        guitars += [soundfont.load_guitar(options.soundfont, p, licence=options.licence) for p in options.program]
    if options.guitars:
        guitars = sampled.choose(guitars, options.guitars)
    config = PRESETS["small"]
    sampled.build(
        guitars, options.hours, options.out, config,
        seed=options.seed, processes=options.processes, command=command_line(),
    )  # fmt: skip


def _corpus_folder(options: argparse.Namespace) -> None:
    from train.corpus import folder

    left_out = folder.build(
        options.audio, options.out, PRESETS["small"], options.guitar, options.licence, command_line()
    )
    print(folder.describe_left_out(left_out) or "nothing was left out")


def _corpus_guitarset(options: argparse.Namespace) -> None:
    from train.corpus import guitarset

    guitarset.build(options.root, options.out, PRESETS["small"], command_line(), exclude=options.exclude)


def _corpus_describe(options: argparse.Namespace) -> None:
    from train.corpus import describe

    print(describe.describe(options.corpus))
    if options.figure is not None:
        describe.save_page(options.figure, options.corpus)
