"""The commands ``fit``, ``bench``, ``search``, ``export`` and ``presets``."""

from __future__ import annotations

import argparse
import os
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hum2guitar.config import PRESETS, Config
from hum2guitar.errors import UserError
from train.flags import AXES, SIZES, flag

if TYPE_CHECKING:
    from train.run.machine import Machine
    from train.run.settings import Settings

CUDA_WORKERS = 4  # without any, a GPU waits while the segments of its next batch are read and decoded
READ_BY_RESUME = ("run", "resume", "out", "corpus", "device", "workers", "compile", "bf16")


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``fit``, ``bench``, ``search``, ``export`` and ``presets``."""
    _add_fit(commands.add_parser("fit", help="train a generator"))
    _add_bench(commands.add_parser("bench", help="measure how fast this device trains"))
    _add_search(commands.add_parser("search", help="look for better settings on short runs"))
    export = commands.add_parser("export", help="write a run's weights as a checkpoint")
    export.add_argument("--run", dest="run_folder", type=Path, required=True, metavar="DIR")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.add_argument(
        "--default-guitar",
        default="",
        metavar="GUITAR",
        help="the guitar that is played where the user names none (default: no guitar in particular)",
    )
    export.add_argument(
        "--noise-scale",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="how much noise the generator reads, where it reads any; less is cleaner and duller (default: 1)",
    )
    export.set_defaults(run=_export)
    commands.add_parser("presets", help="what each preset costs").set_defaults(run=_presets)


def _add_fit(fit: argparse.ArgumentParser) -> None:
    fit.add_argument("--corpus", type=Path, metavar="DIR", help="needed except with --resume")
    fit.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    fit.add_argument("--resume", action="store_true", help="go on where the run in --out stopped, with its settings")
    fit.add_argument(
        "--warm-start",
        type=Path,
        metavar="FILE_OR_RUN",
        help="begin at the last stage from a checkpoint's generator, or from a run's generator and discriminator",
    )
    fit.add_argument("--steps", type=int, default=3000, help="updates of the generator (default: %(default)s)")
    fit.add_argument("--save-minutes", type=float, default=5.0, help="between two saved states (default: %(default)s)")
    fit.add_argument("--validate-steps", type=int, default=500, help="between two validations (default: %(default)s)")
    _add_what_is_trained(fit)
    _add_machine(fit)
    fit.set_defaults(run=partial(_fit, fit))


def _add_what_is_trained(command: argparse.ArgumentParser) -> None:
    from train.data.augment import AugmentationConfig
    from train.objective import OBJECTIVES

    command.add_argument(
        "--preset", choices=PRESETS, default="small", help="size of the generator (default: %(default)s)"
    )
    command.add_argument("--objective", choices=OBJECTIVES, default="adversarial", help="(default: adversarial)")
    command.add_argument("--batch-size", type=int, default=4, help="over all processes (default: 4)")
    rates = ", ".join(f"{name} {objective.learning_rate:g}" for name, objective in OBJECTIVES.items())
    command.add_argument("--learning-rate", type=float, help=f"(default: {rates})")
    command.add_argument("--seed", type=int, default=0, help="of everything random (default: %(default)s)")
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
    _add_weights(command.add_argument_group("weights of the losses, and the objectives' other options"))
    augmentation = command.add_argument_group(
        "augmentation: the probability of each change of a segment's label (docs/training.md)"
    )
    for field in fields(AugmentationConfig):
        augmentation.add_argument(
            flag(field.name), type=float, default=field.default, metavar="P", help="(default: %(default)s)"
        )


def _add_weights(group: argparse._ArgumentGroup) -> None:
    """Add a flag for each field of any objective's weights; one that is not given is the objective's default."""
    from train.objective import OBJECTIVES

    defaults: dict[str, dict[str, Any]] = {}
    helps: dict[str, str] = {}
    for objective, kind in OBJECTIVES.items():
        for field in fields(kind.Weights):
            defaults.setdefault(field.name, {})[objective] = field.default
            helps[field.name] = field.metadata.get("help", "")
    for name, by_objective in defaults.items():
        shown = "(default: " + ", ".join(f"{objective} {value}" for objective, value in by_objective.items()) + ")"
        shown = f"{helps[name]} {shown}".strip()
        if isinstance(next(iter(by_objective.values())), bool):
            group.add_argument(flag(name), action=argparse.BooleanOptionalAction, help=shown)
        else:
            group.add_argument(flag(name), type=float, metavar="X", help=shown)


def _add_machine(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", default="cpu")
    command.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help=f"processes that prepare segments, for each that trains (default: {CUDA_WORKERS} on CUDA, else 0)",
    )
    command.add_argument(
        "--compile", action=argparse.BooleanOptionalAction, help="torch.compile (default: on CUDA and nowhere else)"
    )
    command.add_argument(
        "--bf16",
        action=argparse.BooleanOptionalAction,
        help="compute in bfloat16, faster where a CPU has instructions for it (default: on CUDA and nowhere else)",
    )


def _add_bench(bench: argparse.ArgumentParser) -> None:
    bench.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    bench.add_argument("--steps", type=int, default=50, help="timed after a few that are not (default: 50)")
    _add_what_is_trained(bench)
    _add_machine(bench)
    bench.set_defaults(run=_bench)


def _add_search(search: argparse.ArgumentParser) -> None:
    search.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    search.add_argument(
        "--storage", type=Path, required=True, metavar="FILE", help="SQLite; a study that is there goes on"
    )
    search.add_argument("--runs", type=Path, required=True, metavar="DIR", help="gets one run folder for each trial")
    search.add_argument("--trials", type=int, default=30, help="in all, counting those in --storage (default: 30)")
    search.add_argument("--steps", type=int, default=600, help="of each trial (default: 600)")
    search.add_argument("--validate-steps", type=int, default=60, help="between a trial's chances to be stopped")
    search.add_argument("--vary", nargs="+", choices=AXES, default=AXES, help="(default: all)")
    _add_what_is_trained(search)
    _add_machine(search)
    search.set_defaults(run=_search)


def config_of(options: argparse.Namespace) -> Config:
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


def settings_of(options: argparse.Namespace) -> Settings:
    """What the options say, by the names of the dataclasses' fields; what no option names stays at its default.

    Raises UserError for an option that the objective does not have.
    """
    from train.data.augment import AugmentationConfig
    from train.objective import OBJECTIVES
    from train.run.settings import Settings

    def given(kind: type[Any]) -> dict[str, Any]:
        values = {field.name: getattr(options, field.name, None) for field in fields(kind)}
        return {name: value for name, value in values.items() if value is not None}

    objective = OBJECTIVES[options.objective]
    weights = given(objective.Weights)
    for kind in OBJECTIVES.values():
        for name in given(kind.Weights):
            if name not in weights:
                own = ", ".join(flag(field.name) for field in fields(objective.Weights))
                raise UserError(f"the objective {options.objective} has no {flag(name)}; its options are {own}")
    values = {"learning_rate": objective.learning_rate} | given(Settings)
    values |= {"weights": objective.Weights(**weights), "augmentation": AugmentationConfig(**given(AugmentationConfig))}
    return Settings(**values | {"follow_only": tuple(options.follow_only)})


def machine_of(options: argparse.Namespace) -> Machine:
    """The machine that the options describe; CUDA has workers and torch.compile unless they say otherwise."""
    from train.run.machine import Machine

    cuda = options.device == "cuda"
    compiled = cuda if options.compile is None else options.compile
    workers = CUDA_WORKERS * cuda if options.workers is None else options.workers
    return Machine(options.device, workers, compiled, options.bf16)


def _fit(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    from train.run.fit import fit, resume

    if options.resume:
        _check_resume(parser, options)
        resume(options.out, corpus=options.corpus, machine=machine_of(options))
        return
    if options.corpus is None:
        raise UserError("there is nothing to learn from; name a corpus with --corpus")
    settings = replace(settings_of(options), joint_only=options.warm_start is not None)
    fit(
        options.corpus, options.out, config_of(options), settings,
        machine=machine_of(options), begin_from=options.warm_start,
    )  # fmt: skip


def _check_resume(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Raise UserError for an option that a resumed run does not read: it goes on with its own settings."""
    for name, value in vars(options).items():
        if name not in READ_BY_RESUME and value != parser.get_default(name):
            raise UserError(f"--resume goes on with the settings of the run; leave {flag(name)} out")


def _bench(options: argparse.Namespace) -> None:
    from train.run.bench import bench

    speed = bench(options.corpus, config_of(options), settings_of(options), machine_of(options))
    if os.environ.get("RANK", "0") == "0":  # torchrun's number of this process
        print(speed.to_text())


def _search(options: argparse.Namespace) -> None:
    from train.run.search import Proxy, search

    proxy = Proxy(options.corpus, options.preset, config_of(options), settings_of(options), tuple(options.vary))
    print(search(proxy, options.storage, options.runs, n_trials=options.trials, machine=machine_of(options)))


def _export(options: argparse.Namespace) -> None:
    from train.run.export import export

    made = export(options.run_folder, options.out, options.default_guitar, options.noise_scale)
    for name, value in made.items():
        print(f"{name}: {value}")


def _presets(options: argparse.Namespace) -> None:
    from train.run.presets import table

    print(table())
