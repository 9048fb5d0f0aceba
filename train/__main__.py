"""python -m train corpus | fit | bench | search | export | evaluate | inversions | vocoder | decay-curve | judge | …"""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hum2guitar.config import PRESETS, Config
from hum2guitar.errors import UserError
from train.flags import AXES, SIZES, flag

if TYPE_CHECKING:
    from train.run.trainer import Machine, Settings


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
    _add_bench(commands.add_parser("bench", help="measure how fast this device trains"))
    _add_search(commands.add_parser("search", help="look for better settings on short runs"))
    export = commands.add_parser("export", help="write a run's weights as a checkpoint")
    export.add_argument("--run", dest="run_folder", type=Path, required=True, metavar="DIR")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.set_defaults(run=_export)
    _add_evaluate(commands.add_parser("evaluate", help="measure a checkpoint"))
    _add_inversions(commands.add_parser("inversions", help="compare the inversions: that part of evaluate alone"))
    vocoder = commands.add_parser("vocoder", help="train the network of --inversion vocoder")
    _add_vocoder(vocoder.add_subparsers(required=True, metavar="COMMAND"))
    _add_decay_curve(commands.add_parser("decay-curve", help="measure how fast strings decay, by pitch"))
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


def _add_fit(fit: argparse.ArgumentParser) -> None:
    fit.add_argument("--corpus", type=Path, metavar="DIR", help="needed but for --resume")
    fit.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    fit.add_argument("--resume", action="store_true", help="go on where the run in --out stopped, with its settings")
    fit.add_argument(
        "--warm-start",
        type=Path,
        metavar="FILE_OR_RUN",
        help="begin at the joint stage from a checkpoint's generator, or from a run's generator and discriminator",
    )
    fit.add_argument("--steps", type=int, default=3000)
    fit.add_argument("--save-minutes", type=float, default=5.0)
    fit.add_argument("--validate-steps", type=int, default=500)
    _add_what_is_trained(fit)
    _add_machine(fit)
    fit.set_defaults(run=_fit)


def _add_what_is_trained(command: argparse.ArgumentParser) -> None:
    from train.data.augment import Strength
    from train.objective.losses import LossWeights

    command.add_argument("--preset", choices=PRESETS, default="small")
    command.add_argument("--batch-size", type=int, default=4, help="over all processes (default: 4)")
    command.add_argument("--learning-rate", type=float, default=5e-4)
    command.add_argument("--seed", type=int, default=0)
    command.add_argument(
        "--follow-only",
        nargs="+",
        default=(),
        metavar="GUITAR",
        help="guitars of the corpus too noisy to be played as: they get no name, and follow alone learns from them",
    )
    sizes = command.add_argument_group("the generator, in place of the preset's")
    for name in SIZES:
        sizes.add_argument(flag(name), type=int, metavar="N")
    weights = command.add_argument_group("loss weights")
    for field in fields(LossWeights):
        weights.add_argument(flag(field.name), type=float, default=field.default)
    discriminator = command.add_argument_group("regularisation of the discriminator")
    discriminator.add_argument("--r1", type=float, default=0.0, help="weight of the gradient penalty (default: 0)")
    discriminator.add_argument("--spectral-norm", action="store_true")
    strength = command.add_argument_group("augmentation, as probabilities per segment")
    for field in fields(Strength):
        strength.add_argument(flag(field.name), type=float, default=field.default)


def _add_machine(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", default="cpu")
    command.add_argument("--workers", type=int, default=0, help="processes that prepare segments (default: 0)")
    command.add_argument(
        "--compile", action=argparse.BooleanOptionalAction, help="torch.compile (default: on CUDA and nowhere else)"
    )


def _add_bench(bench: argparse.ArgumentParser) -> None:
    bench.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    bench.add_argument("--steps", type=int, default=50, help="timed after a few that are not (default: 50)")
    _add_what_is_trained(bench)
    _add_machine(bench)
    bench.set_defaults(run=_bench)


def _add_search(search: argparse.ArgumentParser) -> None:
    search.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    search.add_argument("--storage", type=Path, required=True, metavar="FILE", help="SQLite; one there is gone on with")
    search.add_argument("--runs", type=Path, required=True, metavar="DIR", help="gets a run folder a trial")
    search.add_argument("--trials", type=int, default=30, help="in all, those in --storage counted (default: 30)")
    search.add_argument("--steps", type=int, default=600, help="of each trial (default: 600)")
    search.add_argument("--validate-steps", type=int, default=60, help="between a trial's chances to be stopped")
    search.add_argument("--vary", nargs="+", choices=AXES, default=AXES, help="(default: all)")
    _add_what_is_trained(search)
    _add_machine(search)
    search.set_defaults(run=_search)


def _config(options: argparse.Namespace) -> Config:
    """The preset with the sizes that were asked for and the corpus's guitars, but for those that get no name.

    Raises UserError for one of those that the corpus does not have.
    """
    from train.corpus.store import read_index

    found = {take.guitar for take in read_index(options.corpus) if take.guitar}
    for guitar in options.follow_only:
        if guitar not in found:
            raise UserError(f"--follow-only names {guitar!r}; the corpus has {', '.join(sorted(found)) or 'no names'}")
    guitars = sorted(found - set(options.follow_only))
    sizes = {name: getattr(options, name) for name in SIZES if getattr(options, name) is not None}
    try:
        return replace(PRESETS[options.preset], guitars=tuple(guitars), **sizes)
    except ValueError as error:
        raise UserError(str(error)) from error


def _settings(options: argparse.Namespace) -> Settings:
    """What the options say, by the names of the dataclasses' fields; what no option names stays at its default."""
    from train.data.augment import Strength
    from train.objective.losses import LossWeights
    from train.run.trainer import Settings

    def told(kind: type[Any]) -> Any:
        return kind(**{field.name: getattr(options, field.name) for field in fields(kind) if field.name in options})

    settings: Settings = told(Settings)
    return replace(
        settings,
        weights=told(LossWeights),
        strength=told(Strength),
        follow_only=tuple(settings.follow_only),
    )


def _machine(options: argparse.Namespace) -> Machine:
    from train.run.trainer import Machine

    compiled = options.device.startswith("cuda") if options.compile is None else options.compile
    return Machine(options.device, options.workers, compiled)


def _add_judge(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    fit = commands.add_parser("fit", help="train the judge; its hash goes into train/judge/judge.py")
    fit.add_argument("--out", type=Path, required=True, metavar="FILE")
    fit.add_argument("--steps", type=int, default=1600)
    fit.add_argument("--voices", type=Path, metavar="DIR", help="the recorded voices of train/corpus/instruments.py")
    fit.set_defaults(run=_judge_fit, clips=1000)
    test = commands.add_parser("test", help="how good the judge is on instruments that it never heard")
    test.add_argument("--guitar", type=Path, metavar="DIR", help="guitar recordings, to be taken for guitars")
    test.add_argument("--hums", type=Path, metavar="DIR", help="hums, not to be taken for guitars")
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
    from train.judge import clips as judge_data
    from train.judge import fit as judge_fit
    from train.judge import judge

    loaded = judge.load()
    for name, folder in (("guitar recordings", options.guitar), ("hums", options.hums)):
        if folder is not None:
            print(judge_fit.shares_text(name, judge_fit.shares(loaded, folder)))
    heard = judge_data.clips(
        options.soundfonts, "test", options.clips, seed=options.seed, processes=options.processes
    )  # fmt: skip
    print(judge_fit.accuracy_text(loaded, heard))


def _add_vocoder(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from train.vocoder.fit import Settings

    fit = commands.add_parser("fit", help="train it on a corpus of guitars")
    fit.add_argument("--corpus", type=Path, metavar="DIR", help="needed but for --resume")
    fit.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    fit.add_argument("--resume", action="store_true", help="go on where the run in --out stopped, with its settings")
    fit.add_argument("--checkpoint", metavar="C", help="whose mels it learns from too (default: the bundled one)")
    own = f"in all (default: {Settings.steps}); with --resume more than before lengthens the run"
    fit.add_argument("--steps", type=int, help=own)
    for name in ("batch_size", "seed", "width", "blocks"):
        fit.add_argument(flag(name), type=int, default=getattr(Settings, name))
    fit.add_argument("--learning-rate", type=float, default=Settings.learning_rate)
    fit.add_argument("--save-minutes", type=float, default=5.0)
    fit.set_defaults(run=_vocoder_fit)
    export = commands.add_parser("export", help="write a run's weights as the vocoder that ships")
    export.add_argument("--run", dest="run_folder", type=Path, required=True, metavar="DIR")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.set_defaults(run=_vocoder_export)


def _vocoder_fit(options: argparse.Namespace) -> None:
    from train.vocoder import fit as vocoder_fit

    if options.resume:
        figures = vocoder_fit.resume(options.out, steps=options.steps, save_minutes=options.save_minutes)
    elif options.corpus is None:
        raise UserError("there is nothing to learn from; name a corpus with --corpus")
    else:
        told = {field.name: getattr(options, field.name, None) for field in fields(vocoder_fit.Settings)}
        settings = vocoder_fit.Settings(**{name: value for name, value in told.items() if value is not None})
        figures = vocoder_fit.fit(options.corpus, options.out, settings, save_minutes=options.save_minutes)
    for kind, values in figures.items():
        print(f"{kind:12}" + "  ".join(f"{name} {value:.3f}" for name, value in values.items()))


def _vocoder_export(options: argparse.Namespace) -> None:
    from train.vocoder.fit import export

    for name, value in export(options.run_folder, options.out).items():
        print(f"{name}: {value}")


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
        seed=options.seed, processes=options.processes, command=_command(),
    )  # fmt: skip


def _fit(options: argparse.Namespace) -> None:
    from train.run.loop import fit, resume

    if options.resume:
        resume(options.out, corpus=options.corpus, machine=_machine(options))
        return
    if options.corpus is None:
        raise UserError("there is nothing to learn from; name a corpus with --corpus")
    settings = replace(_settings(options), joint_only=options.warm_start is not None)
    fit(
        options.corpus, options.out, _config(options), settings,
        machine=_machine(options), warm_start=options.warm_start,
    )  # fmt: skip


def _bench(options: argparse.Namespace) -> None:
    from train.run.bench import bench

    speed = bench(options.corpus, _config(options), _settings(options), _machine(options))
    if os.environ.get("RANK", "0") == "0":  # torchrun's number of this process
        print(speed.to_text())


def _search(options: argparse.Namespace) -> None:
    from train.run.search import Proxy, search

    proxy = Proxy(options.corpus, options.preset, _config(options), _settings(options), tuple(options.vary))
    print(search(proxy, options.storage, options.runs, n_trials=options.trials, machine=_machine(options)))


def _corpus_folder(options: argparse.Namespace) -> None:
    from train.corpus import folder

    left_out = folder.build(options.audio, options.out, PRESETS["small"], options.guitar, options.licence, _command())
    print(folder.describe_left_out(left_out) or "nothing was left out")


def _corpus_guitarset(options: argparse.Namespace) -> None:
    from train.corpus import guitarset

    guitarset.build(options.root, options.out, PRESETS["small"], _command(), exclude=options.exclude)


def _corpus_describe(options: argparse.Namespace) -> None:
    from train.corpus import describe

    print(describe.describe(options.corpus))
    if options.figure is not None:
        describe.save_page(options.figure, options.corpus)


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

    for midi, db_per_s in build(options.notes, options.out or FILE, _command()).items():
        print(f"{midi:3d}  {db_per_s:7.2f} dB/s")


def _presets(options: argparse.Namespace) -> None:
    from train.run.presets import table

    print(table())


def _export(options: argparse.Namespace) -> None:
    from train.run.export import export

    for name, value in export(options.run_folder, options.out).items():
        print(f"{name}: {value}")


def _command() -> str:
    return shlex.join(["python", "-m", "train", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
