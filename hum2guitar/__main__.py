"""python -m hum2guitar IN [IN …] OUT — a hum in, a guitar out, from the command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from hum2guitar import Hum2Guitar
from hum2guitar.analysis import audio
from hum2guitar.analysis.f0 import TRACKERS
from hum2guitar.arrangement.register import MAX_CAPO, parse_transpose
from hum2guitar.arrangement.tuning import TUNINGS
from hum2guitar.errors import UserError
from hum2guitar.synthesis.controls import ARTICULATIONS
from hum2guitar.synthesis.guitars import ANY
from hum2guitar.synthesis.inversion import INVERSIONS, ITERATIONS


def main(arguments: list[str] | None = None) -> int:
    """Convert; 0 when done, 2 with one sentence on stderr for anything that the user can mend."""
    options = _parser().parse_args(arguments)
    try:
        pairs = outputs(options.inputs, options.output)
        if options.figure is not None and len(pairs) > 1:
            raise UserError("--figure takes one picture; leave it out, or convert one recording at a time")
        converter = Hum2Guitar.from_pretrained(options.checkpoint, device=options.device)
        for source, target in pairs:
            convert(converter, source, target, options)
    except UserError as error:
        print(f"hum2guitar: {error}", file=sys.stderr)
        return 2
    return 0


def outputs(inputs: list[Path], output: Path) -> list[tuple[Path, Path]]:
    """Pair each input with the file to write: OUT itself, or a .wav of the same name in OUT where that is a folder.

    Raises UserError where several inputs have one output, or two outputs one name.
    """
    if len(inputs) == 1 and not output.is_dir():
        if inputs[0].resolve() == output.resolve():
            raise UserError(f"{output} would overwrite the recording it is made from; choose another name")
        return [(inputs[0], output)]
    if not output.is_dir():
        raise UserError(f"{output} is not a folder; to convert {len(inputs)} recordings name a folder that exists")
    pairs = [(source, output / f"{source.stem}.wav") for source in inputs]
    targets = [target.resolve() for _, target in pairs]
    for source, target in pairs:
        if targets.count(target.resolve()) > 1 or source.resolve() in targets:
            raise UserError(
                f"{target} would be written twice or over a recording; rename {source.name}, or choose another folder"
            )
    return pairs


def convert(converter: Hum2Guitar, source: Path, target: Path, options: argparse.Namespace) -> None:
    """Convert one file; warnings go to stderr, one line of what was heard to stdout unless ``--quiet``."""
    waveform, sample_rate = audio.load(source)
    conversion = converter.convert(
        waveform,
        sample_rate,
        tracker=options.tracker,
        transpose=parse_transpose(options.transpose),
        capo=options.capo,
        tune=options.tune,
        tune_strength=options.tune_strength,
        articulation=options.articulation,
        guitar=options.guitar,
        body=options.body,
        inversion=options.inversion,
        iterations=options.iterations,
        seed=options.seed,
    )
    audio.save(target, conversion.waveform, conversion.sample_rate)
    if options.figure is not None:
        from hum2guitar.export.figure import save_figure

        save_figure(options.figure, conversion)
    for warning in conversion.warnings:
        print(f"hum2guitar: {source.name}: {warning}", file=sys.stderr)
    if not options.quiet:
        print(f"{target}: {conversion.summary} ({sum(conversion.seconds.values()):.1f} s)")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage in front of it."""

    def error(self, message: str) -> NoReturn:
        """Exit with code 2."""
        self.exit(2, f"hum2guitar: {message}; see --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="hum2guitar", description="Turn a hum into an acoustic guitar.")
    parser.add_argument(
        "inputs", type=Path, nargs="+", metavar="IN", help="recordings: wav, flac, ogg, mp3, m4a, webm, mp4"
    )
    parser.add_argument("output", type=Path, metavar="OUT", help="a .wav, .flac, .ogg or .mp3 to write, or a folder")
    parser.add_argument("--tracker", choices=TRACKERS, default="swift", help="of F0 (default: %(default)s)")
    parser.add_argument(
        "--transpose", default="auto", metavar="auto|N", help="semitones, or the octave that suits a guitar best"
    )
    parser.add_argument(
        "--capo",
        type=int,
        default=0,
        metavar="FRET",
        help=f"1 to {MAX_CAPO}: everything sounds so many semitones higher, the lowest note included (default: none)",
    )
    parser.add_argument(
        "--tune",
        choices=TUNINGS,
        default="off",
        help="move each note to the nearest semitone, or to the scale of the key that was heard (default: %(default)s)",
    )
    parser.add_argument(
        "--tune-strength", type=float, default=1.0, metavar="X", help="0 to 1, how far (default: %(default)s)"
    )
    parser.add_argument("--articulation", choices=ARTICULATIONS, default="plucked")
    parser.add_argument(
        "--guitar",
        default=ANY,
        metavar="NAME",
        help="steel, nylon, one of the checkpoint's guitars, or a mix: steel:0.7,nylon:0.3 (default: %(default)s)",
    )
    parser.add_argument(
        "--body", type=float, default=0.0, metavar="X", help="0 to 1, how much of another body and a room (default: 0)"
    )
    parser.add_argument("--inversion", choices=INVERSIONS, default="griffin-lim", help="(default: %(default)s)")
    own = ", ".join(f"{iterations} for {name}" for name, iterations in ITERATIONS.items())
    parser.add_argument("--iterations", type=int, metavar="N", help=f"of Griffin-Lim (default: {own})")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--checkpoint", metavar="C", help="a file or a Hub id (default: the bundled one)")
    parser.add_argument("--device", default="cpu", metavar="D", help="cpu, cuda, mps (default: %(default)s)")
    parser.add_argument("--figure", type=Path, metavar="PNG", help="draw what was heard and played")
    parser.add_argument("--quiet", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
