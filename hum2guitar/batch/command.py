"""The command ``convert``: one recording to a file, or many to a folder."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, fields
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from hum2guitar.analysis import audio, reading
from hum2guitar.batch import cluster, processes
from hum2guitar.batch.converting import CONVERTED, FAILED, Converting, Outcome, Task, failed
from hum2guitar.batch.inputs import check_distinct, outputs, recordings
from hum2guitar.batch.processes import LostError
from hum2guitar.batch.record import Record, check_summary, write_summary
from hum2guitar.choices import Choices
from hum2guitar.command_line import WRONG_USE, flag
from hum2guitar.errors import UserError, printable
from hum2guitar.export import EXPORTS, notes
from hum2guitar.hub import sha256_of
from hum2guitar.pipeline import Hum2Guitar
from hum2guitar.synthesis import checkpoint

DONE, SOME_FAILED = 0, 1
Pairs = Sequence[tuple[Path, Path]]  # recording, and the file to write


def convert(options: argparse.Namespace, version: str) -> int:
    """Convert recordings, and say for each what became of it.

    A line for each guitar goes to stdout, unless ``quiet`` is set. Warnings go to stderr at once, failures at the end.

    Parameters
    ----------
    options : what the parser of the command line read
    version : of this package; another one makes another sound

    Returns
    -------
    exit_code : 0 if all recordings were converted, 1 if any of several failed, 2 if the only one did

    Raises
    ------
    UserError
        If nothing can be converted. It is raised before anything is computed.
    """
    pairs = outputs(recordings(options.inputs), options.output)
    check(pairs, options)
    path = checkpoint.resolve(options.checkpoint)
    work = prepare(path, options)
    record = Record(options.output, made_with(work, path, version)) if options.output.is_dir() else None
    found: list[Outcome] = []
    counts: Counter[str] = Counter()
    silent = options.quiet or len(pairs) == 1
    try:
        with tqdm(total=len(pairs), unit="file", dynamic_ncols=True, disable=silent or None) as bar:
            for outcome in outcomes(work, pairs, record, options):
                found.append(outcome)
                report(outcome, options.quiet)
                counts[outcome.status] += 1
                bar.set_postfix(counts, refresh=False)
                bar.update()
    finally:
        for outcome in found:
            if outcome.status == FAILED:
                complain(outcome, outcome.message)
        if options.summary is not None:
            write_summary(options.summary, sorted(found, key=lambda outcome: outcome.recording))
    if all(outcome.status != FAILED for outcome in found):
        return DONE
    return WRONG_USE if len(pairs) == 1 else SOME_FAILED


def check(pairs: Pairs, options: argparse.Namespace) -> None:
    """Raise UserError if a file cannot be written, or would be overwritten, or if options exclude each other."""
    for _, target in pairs:
        audio.check_writable(target)
    chosen = exports_of(options)
    for name, path in chosen.items():
        if len(pairs) > 1:
            raise UserError(f"{flag(name)} takes one file; leave it out, or convert one recording at a time")
        EXPORTS[name].check(path)
    if options.notes is not None and len(pairs) > 1:
        raise UserError("--notes takes the notes of one recording; convert one recording at a time")
    if options.summary is not None:
        check_summary(options.summary)
    if options.jobs < 1:
        raise UserError(f"--jobs is {options.jobs}; it must be at least 1")
    if options.jobs > 1 and options.cluster is not None:
        raise UserError("--jobs is for this computer; leave it out where --cluster is given")
    if options.device != "cpu" and (options.jobs > 1 or options.cluster is not None):
        raise UserError("--jobs and --cluster share out processors; leave --device out")
    if options.resume and (chosen or not options.output.is_dir()):
        raise UserError("--resume is for the guitars of a folder; name a folder as OUT, and no other files to write")
    _check_distinct(pairs, chosen, options)


def _check_distinct(pairs: Pairs, chosen: dict[str, Path], options: argparse.Namespace) -> None:
    read = [("is a recording", source) for source, _ in pairs]
    read += [("--notes reads", options.notes)] if options.notes is not None else []
    written = [("OUT", target) for _, target in pairs]
    written += [(flag(name), path) for name, path in chosen.items()]
    written += [("--summary", options.summary)] if options.summary is not None else []
    check_distinct(read, written)


def prepare(path: Path, options: argparse.Namespace) -> Converting:
    """Load what every conversion needs. Raises UserError for choices that this checkpoint does not have."""
    corrected = None if options.notes is None else notes.load(options.notes)
    choices = Choices(**{field.name: getattr(options, field.name) for field in fields(Choices)})
    if options.jobs == 1 and options.cluster is None:
        reading.warm_up()  # it starts while the checkpoint is loaded
    converter = Hum2Guitar.from_pretrained(path, device=options.device)
    converter.check(choices)
    hashed = options.output.is_dir() or options.summary is not None  # the record or the summary has it
    return Converting(converter, choices, corrected, exports_of(options), hashed)


def made_with(work: Converting, path: Path, version: str) -> dict[str, object]:
    """Collect all that decides what is made of a recording."""
    return {
        "version": version,
        "checkpoint": sha256_of(path),
        "choices": asdict(work.choices),
        "notes": work.notes and [asdict(note) for note in work.notes],
    }


def exports_of(options: argparse.Namespace) -> dict[str, Path]:
    """Collect the other files to write, by the names of their exports."""
    return {name: path.absolute() for name in EXPORTS if (path := getattr(options, name)) is not None}


def outcomes(work: Converting, pairs: Pairs, record: Record | None, options: argparse.Namespace) -> Iterator[Outcome]:
    """Convert each recording, in a folder by files that are moved to their place when they are complete."""
    if record is None:
        yield from (work(Task(source, target, target)) for source, target in pairs)
        return
    with _unfinished(options.output) as unfinished:
        tasks = []
        for source, target in pairs:
            task = Task(source.absolute(), Path(unfinished, target.name).absolute(), target)
            kept = record.kept(task) if options.resume else None
            if kept is None:
                tasks.append(task)
            else:
                yield kept
        with closing(_each(work, tasks, options)) as results:
            for task, result in results:
                yield failed(task, str(result)) if isinstance(result, LostError) else _placed(task, result, record)


def _each(
    work: Converting, tasks: Iterable[Task], options: argparse.Namespace
) -> Generator[tuple[Task, Outcome | LostError], None, None]:
    if options.cluster is not None:
        return cluster.each(work, tasks, options.cluster)
    if options.jobs > 1:
        return processes.each(work, tasks, options.jobs)
    return ((task, work(task)) for task in tasks)


def _unfinished(folder: Path) -> TemporaryDirectory[str]:
    """Make a folder in which a process may end at any time: what it has is removed with the folder."""
    try:
        return TemporaryDirectory(prefix=".hum2guitar-", dir=folder, ignore_cleanup_errors=True)
    except OSError as error:
        raise UserError(f"cannot write in {folder} ({error.strerror}); choose a folder that is writable") from error


def _placed(task: Task, outcome: Outcome, record: Record) -> Outcome:
    """Move a guitar to its place, and record it."""
    if outcome.status == CONVERTED:
        try:
            os.replace(task.written, task.target)
            record.add(outcome)
        except OSError as error:
            return failed(task, f"cannot write {task.target} ({error.strerror}); choose a folder that is writable")
    return outcome


def report(outcome: Outcome, quiet: bool) -> None:
    """Print what was made of a recording; a failure is left to the end."""
    if outcome.status == FAILED:
        return
    for warning in outcome.warnings:
        complain(outcome, warning)
    if not quiet:
        taken = f"{outcome.seconds:.1f} s" if outcome.status == CONVERTED else outcome.status
        tqdm.write(printable(f"{outcome.guitar}: {outcome.message} ({taken})"), file=sys.stdout)


def complain(outcome: Outcome, sentence: str) -> None:
    """Print a sentence about a recording to stderr; it names the recording."""
    name = Path(outcome.recording).name
    tqdm.write(printable(f"hum2guitar: {'' if name in sentence else f'{name}: '}{sentence}"), file=sys.stderr)
