"""The commands ``evaluate``, ``inversions`` and ``decay-curve``."""

from __future__ import annotations

import argparse
from pathlib import Path

from train.flags import command_line


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``evaluate``, ``inversions`` and ``decay-curve``."""
    _add_evaluate(commands.add_parser("evaluate", help="measure a checkpoint"))
    _add_inversions(commands.add_parser("inversions", help="compare the inversions: that part of evaluate alone"))
    _add_decay_curve(commands.add_parser("decay-curve", help="measure how fast strings decay, by pitch"))


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument("--checkpoint", metavar="C", help="a file or a Hub id (default: the bundled one)")
    evaluate.add_argument("--guitar", type=Path, metavar="DIR", help="guitar recordings")
    evaluate.add_argument("--hums", type=Path, metavar="DIR", help="hums, with NAME.notes.csv beside NAME.flac")
    evaluate.add_argument("--notes", type=Path, metavar="DIR", help="note samples, for the playback column")
    evaluate.add_argument("--corpus", type=Path, metavar="DIR", help="whose validation takes get hum-like labels")
    evaluate.add_argument("--json", type=Path, metavar="PATH", help="write every figure, clip by clip")
    evaluate.add_argument("--html", type=Path, metavar="PAGE", help="write a page to hear and see every clip on")
    evaluate.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    from hum2guitar import Hum2Guitar
    from train.corpus.store import write_json
    from train.evaluate.evaluation import evaluate
    from train.evaluate.inversions import compare
    from train.evaluate.report import Page
    from train.judge import judge

    converter, listener = Hum2Guitar.from_pretrained(options.checkpoint), judge.load()
    page = Page()
    result = evaluate(
        converter, options.guitar, options.hums, options.notes,
        corpus=options.corpus, judge=listener, visit=page.add if options.html is not None else None,
    )  # fmt: skip
    print(result.to_text())
    figures = result.to_dict()
    if result.clips:  # hums without true notes are measured by nothing
        inversions = compare(converter, options.guitar, options.hums, listener)
        print("\n" + inversions.to_text())
        figures |= {"inversions": inversions.to_dict()}
    if options.json is not None:
        write_json(options.json, figures)
    if options.html is not None:
        page.write(options.html, result)


def _add_inversions(inversions: argparse.ArgumentParser) -> None:
    inversions.add_argument("--checkpoint", metavar="C", help="a file or a Hub id (default: the bundled one)")
    inversions.add_argument("--guitar", type=Path, metavar="DIR", help="guitar recordings")
    inversions.add_argument("--hums", type=Path, metavar="DIR", help="hums, with NAME.notes.csv beside NAME.flac")
    inversions.set_defaults(run=_inversions)


def _inversions(options: argparse.Namespace) -> None:
    from hum2guitar import Hum2Guitar
    from train.evaluate.inversions import compare
    from train.judge import judge

    converter = Hum2Guitar.from_pretrained(options.checkpoint)
    print(compare(converter, options.guitar, options.hums, judge.load()).to_text())


def _add_decay_curve(curve: argparse.ArgumentParser) -> None:
    curve.add_argument("--notes", type=Path, required=True, metavar="DIR", help="one folder of NNN.flac a guitar")
    curve.add_argument("--out", type=Path, metavar="FILE", help="(default: train/evaluate/decay_curve.json)")
    curve.set_defaults(run=_decay_curve)


def _decay_curve(options: argparse.Namespace) -> None:
    from train.evaluate.decay_curve import FILE, build

    for midi, db_per_s in build(options.notes, options.out or FILE, command_line()).items():
        print(f"{midi:3d}  {db_per_s:7.2f} dB/s")
