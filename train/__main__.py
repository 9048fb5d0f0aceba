"""python -m train corpus | fit | export | evaluate | judge | presets"""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from hum2guitar.config import PRESETS
from hum2guitar.errors import UserError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when done, 2 with a sentence on stderr for what the user can mend."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except UserError as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_corpus(commands.add_parser("corpus", help="make a corpus").add_subparsers(required=True, metavar="KIND"))
    _add_fit(commands.add_parser("fit", help="train a generator"))
    export = commands.add_parser("export", help="write a run's weights as a checkpoint")
    export.add_argument("--run", dest="run_folder", type=Path, required=True, metavar="DIR")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.set_defaults(run=_export)
    _add_evaluate(commands.add_parser("evaluate", help="measure a checkpoint"))
    judge = commands.add_parser("judge", help="tell guitars from voices, whistles, bowed and blown sounds")
    _add_judge(judge.add_subparsers(required=True, metavar="COMMAND"))
    commands.add_parser("presets", help="what each preset costs").set_defaults(run=_presets)
    return parser


def _add_corpus(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sampled = kinds.add_parser("sampled", help="melodies played from note samples")
    sampled.add_argument("--notes", type=Path, metavar="DIR", help="one folder of NNN.flac a guitar")
    sampled.add_argument("--soundfont", type=Path, metavar="F.sf2", help="a SoundFont, with or instead of --notes")
    sampled.add_argument("--program", type=int, nargs="+", default=[24], help="its guitars (24 nylon, 25 steel)")
    sampled.add_argument("--licence", default="not stated", help="the SoundFont's, where the table does not know it")
    sampled.add_argument("--hours", type=float, default=3.0)
    sampled.add_argument("--seed", type=int, default=0)
    sampled.add_argument("--processes", type=int, default=os.cpu_count())
    sampled.set_defaults(run=_corpus_sampled)
    folder = kinds.add_parser("folder", help="any recordings of one melody at a time")
    folder.add_argument("--audio", type=Path, required=True, metavar="DIR")
    folder.add_argument("--guitar", metavar="NAME", help="what to call the guitar (default: unknown)")
    folder.add_argument("--licence", default="not stated")
    folder.set_defaults(run=_corpus_folder)
    guitarset = kinds.add_parser("guitarset", help="the solo takes of GuitarSet")
    guitarset.add_argument("--root", type=Path, required=True, metavar="DIR")
    guitarset.set_defaults(run=_corpus_guitarset)
    for kind in (sampled, folder, guitarset):
        kind.add_argument("--out", type=Path, required=True, metavar="DIR")


def _add_fit(fit: argparse.ArgumentParser) -> None:
    fit.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    fit.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    fit.add_argument("--preset", choices=PRESETS, default="small")
    fit.add_argument("--resume", action="store_true", help="go on where the run in --out stopped, with its settings")
    fit.add_argument(
        "--warm-start", type=Path, metavar="CHECKPOINT", help="begin from a checkpoint's weights, at the joint stage"
    )
    fit.add_argument("--device", default="cpu")
    fit.add_argument("--steps", type=int, default=3000)
    fit.add_argument("--batch-size", type=int, default=4)
    fit.add_argument("--learning-rate", type=float, default=5e-4)
    fit.add_argument("--seed", type=int, default=0)
    fit.add_argument("--workers", type=int, default=0, help="processes that prepare segments")
    fit.add_argument("--save-minutes", type=float, default=5.0)
    weights = fit.add_argument_group("loss weights")
    for name, default in (
        ("l1", 10.0),
        ("motion", 20.0),
        ("adversarial", 0.1),
        ("feature-matching", 1.0),
        ("inaudible", 1.0),
    ):
        weights.add_argument(f"--{name}", type=float, default=default)
    fit.set_defaults(run=_fit)


def _add_judge(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    fit = commands.add_parser("fit", help="train the judge; its hash goes into train/judge.py")
    fit.add_argument("--out", type=Path, required=True, metavar="FILE")
    fit.add_argument("--steps", type=int, default=1500)
    fit.set_defaults(run=_judge_fit, clips=800)
    test = commands.add_parser("test", help="how good the judge is on instruments that it never heard")
    test.add_argument("--guitar", type=Path, metavar="DIR", help="guitar recordings, to be taken for guitars")
    test.add_argument("--hums", type=Path, metavar="DIR", help="hums, not to be taken for guitars")
    test.set_defaults(run=_judge_test, clips=80)
    for command in (fit, test):
        command.add_argument("--soundfonts", type=Path, default=Path("/usr/share/sounds/sf2"), metavar="DIR")
        command.add_argument("--clips", type=int, help="melodies of 8 s, half of them on guitars")
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--processes", type=int, default=os.cpu_count() or 1)


def _judge_fit(options: argparse.Namespace) -> None:
    from .judge_fit import fit

    digest = fit(
        options.soundfonts, options.out,
        n_clips=options.clips, steps=options.steps, seed=options.seed, processes=options.processes,
    )  # fmt: skip
    print(f"SHA-256: {digest}")


def _judge_test(options: argparse.Namespace) -> None:
    from . import judge, judge_data, judge_fit

    loaded = judge.load()
    for name, folder in (("guitar recordings", options.guitar), ("hums", options.hums)):
        if folder is not None:
            print(judge_fit.shares_text(name, judge_fit.shares(loaded, folder)))
    heard = judge_data.clips(
        options.soundfonts, "test", options.clips, seed=options.seed, processes=options.processes
    )  # fmt: skip
    print(judge_fit.accuracy_text(loaded, heard))


def _corpus_sampled(options: argparse.Namespace) -> None:
    from .corpus import sampled, soundfont

    if options.notes is None and options.soundfont is None:
        raise UserError("there is nothing to play with; give --notes DIR, or --soundfont F.sf2, or both")
    guitars = sampled.load_guitars(options.notes) if options.notes else []
    if options.soundfont:
        guitars += [soundfont.load_guitar(options.soundfont, p, licence=options.licence) for p in options.program]
    config = PRESETS["small"]
    sampled.build(
        guitars, options.hours, options.out, config,
        seed=options.seed, processes=options.processes, command=_command(),
    )  # fmt: skip


def _fit(options: argparse.Namespace) -> None:
    from .corpus.store import read_index
    from .loop import Settings, fit, read_run
    from .losses import LossWeights

    guitars = sorted({take.guitar for take in read_index(options.corpus) if take.guitar})
    config = replace(PRESETS[options.preset], guitars=tuple(guitars))
    settings = Settings(
        steps=options.steps,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        seed=options.seed,
        save_minutes=options.save_minutes,
        workers=options.workers,
        joint_only=options.warm_start is not None,
        weights=LossWeights(
            options.l1, options.motion, options.adversarial, options.feature_matching, options.inaudible
        ),
    )
    if options.resume:  # as it began, whatever else is said now
        config, settings = read_run(options.out)
    fit(
        options.corpus, options.out, config, settings,
        device=options.device, resume=options.resume, warm_start=options.warm_start,
    )  # fmt: skip


def _corpus_folder(options: argparse.Namespace) -> None:
    from .corpus import folder

    folder.build(options.audio, options.out, PRESETS["small"], options.guitar, options.licence, _command())


def _corpus_guitarset(options: argparse.Namespace) -> None:
    from .corpus import guitarset

    guitarset.build(options.root, options.out, PRESETS["small"], _command())


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument("--checkpoint", metavar="C", help="a file or a Hub id (default: the bundled one)")
    evaluate.add_argument("--guitar", type=Path, metavar="DIR", help="guitar recordings")
    evaluate.add_argument("--hums", type=Path, metavar="DIR", help="hums, with NAME.notes.csv beside NAME.flac")
    evaluate.add_argument("--notes", type=Path, metavar="DIR", help="note samples, for the playback column")
    evaluate.add_argument("--json", type=Path, metavar="PATH", help="write every figure, clip by clip")
    evaluate.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    from hum2guitar import Hum2Guitar

    from .corpus.store import write_json
    from .evaluate import evaluate

    converter = Hum2Guitar.from_pretrained(options.checkpoint)
    result = evaluate(converter, options.guitar, options.hums, options.notes)
    print(result.to_text())
    if options.json is not None:
        write_json(options.json, result.to_dict())


def _presets(options: argparse.Namespace) -> None:
    from .presets import table

    print(table())


def _export(options: argparse.Namespace) -> None:
    from .export import export

    for name, value in export(options.run_folder, options.out).items():
        print(f"{name}: {value}")


def _command() -> str:
    return shlex.join(["python", "-m", "train", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
