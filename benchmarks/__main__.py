"""The command line: ``python -m benchmarks``, which ``make bench`` calls."""

from __future__ import annotations

import argparse
import math
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hum2guitar
from benchmarks import picture, processes, suite
from benchmarks.processes import Repeats
from hum2guitar.analysis.limits import MAX_SECONDS, MIN_SECONDS
from hum2guitar.command_line import Parser, guarded
from hum2guitar.errors import UserError
from hum2guitar.synthesis import checkpoint
from train.corpus.store import write_json
from train.evaluate.origin import describe_file
from train.evaluate.tables import render_all

LENGTHS = (5.0, 30.0, 60.0, 120.0, 600.0)
QUICK = (5.0,)
SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")  # of Debian's fluid-soundfont-gm
PACKAGES = ("torch", "numpy", "scipy", "librosa", "numba", "onnxruntime", "swift-f0", "torchcrepe")


@guarded("benchmarks")
def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when done, 2 with a sentence on stderr for what the user can mend."""
    options = build_parser().parse_args(arguments)
    results = measure(options)
    print(render_all(results))
    if options.json is not None:
        write_json(options.json, results)
    if options.picture is not None:
        picture.save(options.picture, results)
    return 0


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(prog="python -m benchmarks", description="Measure what a conversion costs on this machine.")
    parser.add_argument("--quick", action="store_true", help="5 s of hum, few runs, without what takes longest")
    parser.add_argument("--lengths", type=parse_lengths, metavar="S,S", help="of the hums in s (5,30,60,120,600)")
    parser.add_argument("--threads", type=int, metavar="N", help="(default: as many as there are CPUs)")
    parser.add_argument("--checkpoint", metavar="C", help="a file or a Hub id (default: the bundled one)")
    parser.add_argument("--soundfont", type=Path, default=SOUNDFONT, metavar="F.sf2", help="(default: FluidR3_GM.sf2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw cost against length, as PNG")
    return parser


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Measure what the options say. Raises UserError for what cannot be measured, before anything is."""
    for path in (options.json, options.picture):
        if path is not None and not path.parent.is_dir():
            raise UserError(f"cannot write {path}: there is no folder {path.parent}; choose one that exists")
    cpus = processes.usable_cpus()
    threads = cpus if options.threads is None else options.threads
    if not 1 <= threads <= cpus:
        raise UserError(f"--threads is {threads}; choose a whole number from 1 to {cpus}, the CPUs of this machine")
    path = checkpoint.resolve(options.checkpoint)
    described = describe_file(path, checkpoint.load(path).provenance)
    processes.limit_threads(threads)
    plan = suite.Plan(
        lengths=options.lengths or (QUICK if options.quick else LENGTHS),
        repeats=Repeats(1, 1) if options.quick else Repeats(),
        soundfont=options.soundfont,
        quick=options.quick,
        checkpoint=None if options.checkpoint is None else str(path.resolve()),
    )
    results = suite.run(plan, lambda text: print(text, file=sys.stderr, flush=True))
    versions = {name: version(name) for name in PACKAGES}
    versions = {"hum2guitar": hum2guitar.__version__, "Python": platform.python_version(), **versions}
    return {"command": neutral_command(options), "checkpoint": described, "versions": versions} | results


def neutral_command(options: argparse.Namespace) -> str:
    """Return the command without the folders of this machine."""
    words = ["python -m benchmarks", *(["--quick"] if options.quick else [])]
    if options.lengths is not None:
        words.append("--lengths " + ",".join(f"{length:g}" for length in options.lengths))
    if options.threads is not None:
        words.append(f"--threads {options.threads}")
    if options.checkpoint is not None:
        words.append(f"--checkpoint {Path(options.checkpoint).name}")
    return " ".join(words)


def parse_lengths(text: str) -> tuple[float, ...]:
    """Parse lengths in s that a conversion accepts, in ascending order."""
    try:
        lengths = tuple(sorted({float(word) for word in text.split(",")}))
    except ValueError:
        lengths = (math.nan,)
    if not all(MIN_SECONDS <= length <= MAX_SECONDS for length in lengths):
        raise argparse.ArgumentTypeError(
            f"{text!r} are no lengths; give numbers from {MIN_SECONDS} to {MAX_SECONDS:.0f}, as in 5,30"
        )
    return lengths


if __name__ == "__main__":
    sys.exit(main())
