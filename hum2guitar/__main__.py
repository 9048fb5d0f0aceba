"""The command line: ``hum2guitar convert IN [IN …] OUT``, or ``hum2guitar IN [IN …] OUT``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from pathlib import Path

from hum2guitar.analysis import audio, reading
from hum2guitar.choices import Choices, options_of
from hum2guitar.command_line import WRONG_USE, Parser, guarded, say
from hum2guitar.errors import UserError
from hum2guitar.export import EXPORTS, notes
from hum2guitar.note import Note
from hum2guitar.pipeline import Conversion, Hum2Guitar

DONE, SOME_FAILED = 0, 1
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
    exit_code : 0 if all recordings were converted, 1 if some of them failed, 2 if none was converted
    """
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(words[1:] if words[:1] == ["convert"] else words)
    try:
        pairs = outputs(options.inputs, options.output)
        check_outputs(pairs, options)
        corrected = read_notes(pairs, options)
        choices = Choices(**{field.name: getattr(options, field.name) for field in fields(Choices)})
        reading.warm_up()  # it starts while the checkpoint is loaded
        converter = Hum2Guitar.from_pretrained(options.checkpoint, device=options.device)
        converter.check(choices)
    except UserError as error:
        say(f"hum2guitar: {error}", error=True)
        return WRONG_USE
    failed = [source for source, target in pairs if not convert(converter, source, target, choices, options, corrected)]
    if not failed:
        return DONE
    return WRONG_USE if len(failed) == len(pairs) else SOME_FAILED


def outputs(inputs: list[Path], output: Path) -> list[tuple[Path, Path]]:
    """Pair each input with the file to write.

    Parameters
    ----------
    inputs : the recordings
    output : the file to write, or a folder for files of the same names with the suffix .wav

    Returns
    -------
    pairs : (input, output) of each recording

    Raises
    ------
    UserError
        If several inputs would be written to one file, or an output would overwrite an input.
    """
    if len(inputs) == 1 and not output.is_dir():
        if inputs[0].resolve() == output.resolve():
            raise UserError(f"{output} would overwrite the recording it is made from; choose another name")
        return [(inputs[0], output)]
    if not output.is_dir():
        raise UserError(
            f"{output} is not a folder; to convert {len(inputs)} recordings, name a folder that exists as OUT"
        )
    pairs = [(source, output / f"{source.stem}.wav") for source in inputs]
    targets = [target.resolve() for _, target in pairs]
    for source, target in pairs:
        if targets.count(target.resolve()) > 1 or source.resolve() in targets:
            raise UserError(
                f"{target} would be written twice or would overwrite a recording; rename {source.name}, or choose "
                "another folder"
            )
    return pairs


def check_outputs(pairs: list[tuple[Path, Path]], options: argparse.Namespace) -> None:
    """Raise UserError if an output file cannot be written. It is called before anything is computed."""
    for _, target in pairs:
        audio.check_writable(target)
    for name, export in EXPORTS.items():
        path = getattr(options, name)
        if path is None:
            continue
        if len(pairs) > 1:
            raise UserError(f"{flag(name)} takes one file; leave it out, or convert one recording at a time")
        export.check(path)


def read_notes(pairs: list[tuple[Path, Path]], options: argparse.Namespace) -> tuple[Note, ...] | None:
    """Read the notes of ``--notes``, None where it is not given. Raises UserError if they cannot be read."""
    if options.notes is None:
        return None
    if len(pairs) > 1:
        raise UserError("--notes takes the notes of one recording; convert one recording at a time")
    return notes.load(options.notes)


def convert(
    converter: Hum2Guitar,
    source: Path,
    target: Path,
    choices: Choices,
    options: argparse.Namespace,
    corrected: tuple[Note, ...] | None = None,
) -> bool:
    """Convert one file.

    Errors and warnings go to stderr and name the file. A one-line summary goes to stdout, unless ``--quiet`` is given.

    Returns
    -------
    succeeded : False if the file could not be converted
    """
    try:
        conversion = converter.convert(*audio.load(source), choices, notes=corrected)
        write(conversion, target, options)
    except UserError as error:
        name = "" if source.name in str(error) else f"{source.name}: "
        say(f"hum2guitar: {name}{error}", error=True)
        return False
    for warning in conversion.warnings:
        say(f"hum2guitar: {source.name}: {warning}", error=True)
    if not options.quiet:
        say(f"{target}: {conversion.summary} ({sum(conversion.seconds.values()):.1f} s)")
    return True


def write(conversion: Conversion, target: Path, options: argparse.Namespace) -> None:
    """Write the guitar and the chosen exports. Raises UserError if a file cannot be written."""
    audio.save(target, conversion.waveform, conversion.sample_rate)
    for name, export in EXPORTS.items():
        path = getattr(options, name)
        if path is not None:
            export.save(path, conversion)


def flag(name: str) -> str:
    """Name the flag of a choice or of an export."""
    return "--" + name.replace("_", "-")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="hum2guitar",
        usage="hum2guitar [convert] [options] IN [IN ...] OUT",
        description="Turn a hum into an acoustic guitar.",
    )
    parser.add_argument(
        "inputs", type=Path, nargs="+", metavar="IN", help="recordings: wav, flac, ogg, mp3, m4a, webm, mp4"
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
    parser.add_argument("--checkpoint", metavar="C", help="a file or a Hub id (default: the bundled checkpoint)")
    parser.add_argument("--device", default="cpu", metavar="D", help="cpu, cuda, mps (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
