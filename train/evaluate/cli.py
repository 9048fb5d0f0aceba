"""The commands ``evaluate``, ``compare``, ``report``, ``inversions`` and ``decay-curve``."""

from __future__ import annotations

import argparse
from pathlib import Path

from hum2guitar.choices import Choices
from hum2guitar.errors import UserError
from hum2guitar.synthesis.guitars import ANY
from train.flags import command_line


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``evaluate``, ``compare``, ``report``, ``inversions`` and ``decay-curve``."""
    _add_evaluate(commands.add_parser("evaluate", help="measure a checkpoint"))
    _add_compare(commands.add_parser("compare", help="measure several checkpoints, in one table"))
    _add_report(commands.add_parser("report", help="write tables of results into the pages that show them"))
    _add_inversions(commands.add_parser("inversions", help="compare the inversions: that part of evaluate alone"))
    _add_decay_curve(commands.add_parser("decay-curve", help="measure how fast strings decay, by pitch"))


def _add_recordings(command: argparse.ArgumentParser) -> None:
    command.add_argument("--checkpoint", metavar="C", help="a file or a Hub id (default: the bundled one)")
    command.add_argument("--guitar", type=Path, metavar="DIR", help="guitar recordings")
    command.add_argument("--hums", type=Path, metavar="DIR", help="hums, with NAME.notes.csv beside NAME.flac")


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    _add_recordings(evaluate)
    evaluate.add_argument("--notes", type=Path, metavar="DIR", help="note samples, for the column of notes played back")
    evaluate.add_argument("--corpus", type=Path, metavar="DIR", help="a corpus, to compare the guitars with its takes")
    evaluate.add_argument("--references", type=Path, metavar="DIR", help="more guitar recordings, only to be measured")
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="write the results, recording by recording")
    evaluate.add_argument("--html", type=Path, metavar="PAGE", help="write a page to hear and see every recording on")
    evaluate.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    from hum2guitar import Hum2Guitar
    from train.corpus.store import write_json
    from train.evaluate import footprint
    from train.evaluate.evaluation import Folders, evaluate
    from train.evaluate.listening_page import Page
    from train.evaluate.origin import describe
    from train.evaluate.tables import render_all
    from train.judge import judge

    for path in (options.json, options.html):  # before minutes of work, not after them
        if path is not None and not path.parent.is_dir():
            raise UserError(f"cannot write {path}: there is no folder {path.parent}; choose one that exists")
    origin, converter = describe(options), Hum2Guitar.from_pretrained(options.checkpoint)
    folders = Folders(options.guitar, options.hums, options.notes, options.corpus, options.references)
    page = Page(converter.config) if options.html is not None else None
    found = evaluate(converter, folders, judge.load(), visit=page.add if page is not None else None)
    results = origin | found | {"footprint": footprint.measure(options.checkpoint)}
    print(render_all(results))
    if options.json is not None:
        write_json(options.json, results)
    if page is not None:
        page.write(options.html, results)


def _add_compare(compare: argparse.ArgumentParser) -> None:
    compare.add_argument("checkpoints", nargs="+", metavar="C", help="files or Hub ids")
    compare.add_argument("--guitar", type=Path, metavar="DIR", help="guitar recordings, to be resynthesised")
    compare.add_argument("--hums", type=Path, metavar="DIR", help="hums, with NAME.notes.csv beside NAME.flac")
    compare.add_argument(
        "--play", default=ANY, metavar="GUITAR", help="plays the hums (default: that of the checkpoint)"
    )
    compare.add_argument("--inversion", default=Choices().inversion, help="(default: %(default)s)")
    compare.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> None:
    from hum2guitar import Hum2Guitar
    from train.evaluate.compare import compare
    from train.judge import judge

    choices = Choices(guitar=options.play, inversion=options.inversion)
    converters = {name: Hum2Guitar.from_pretrained(name) for name in options.checkpoints}
    print(compare(converters, options.guitar, options.hums, judge.load(), choices))


def _add_report(report: argparse.ArgumentParser) -> None:
    report.add_argument("pages", type=Path, nargs="*", metavar="PAGE", help="(default: the pages of this repository)")
    report.add_argument("--results", type=Path, metavar="DIR", help="has the JSON of evaluate (default: results/)")
    report.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> None:
    from train.evaluate.report import PAGES, RESULTS, fill_pages

    for page in fill_pages(options.pages or PAGES, options.results or RESULTS):
        print(f"wrote {page}")


def _add_inversions(inversions: argparse.ArgumentParser) -> None:
    _add_recordings(inversions)
    inversions.set_defaults(run=_inversions)


def _inversions(options: argparse.Namespace) -> None:
    from hum2guitar import Hum2Guitar
    from train.evaluate.inversions import compare
    from train.evaluate.tables import render
    from train.judge import judge

    converter = Hum2Guitar.from_pretrained(options.checkpoint)
    results = compare(converter, options.guitar, options.hums, judge.load())
    print("\n\n".join(render(results, table) for table in ("inversions", "fidelity")))


def _add_decay_curve(curve: argparse.ArgumentParser) -> None:
    curve.add_argument("--notes", type=Path, required=True, metavar="DIR", help="one folder of NNN.flac a guitar")
    curve.add_argument("--out", type=Path, metavar="FILE", help="(default: train/evaluate/decay_curve.json)")
    curve.set_defaults(run=_decay_curve)


def _decay_curve(options: argparse.Namespace) -> None:
    from train.evaluate.decay_curve import FILE, build

    for midi, db_per_s in build(options.notes, options.out or FILE, command_line()).items():
        print(f"{midi:3d}  {db_per_s:7.2f} dB/s")
