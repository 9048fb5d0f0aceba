"""The source ``sampled``: melodies played from note samples, so that every onset, pitch and level is known.

A take is composed (``synth.melody``), rendered (``synth.render``), coloured (``synth.colour``) and written together
with the notes that were played.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from hum2guitar.analysis import audio
from hum2guitar.batch import cluster, processes
from hum2guitar.batch.processes import LostError
from hum2guitar.config import SMALL, Config
from hum2guitar.errors import CorpusError, UserError
from train.corpus.instruments import check_for_generator, faulty
from train.corpus.noises import load_hand
from train.corpus.samples import choose, load_guitars
from train.corpus.soundfont import load_guitar
from train.corpus.store import TakeInfo, write_index, write_take
from train.flags import check_numbers, command_line
from train.synth import strings
from train.synth.colour import colour
from train.synth.guitar import ATTACK_LEVEL_DB, RENDER_RATE, Guitar
from train.synth.hand import Hand, render_hand
from train.synth.melody import Stroke, compose, played_midi, played_notes
from train.synth.render import render_take

HELP = "melodies played from note samples"
TAKE_S = 20.0
JOB_TAKES = 8  # takes that a process makes before it is sent the next guitar, which may weigh 100 MB

Job = tuple[Guitar, range]  # a guitar and the numbers of the takes to make with it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the source's own arguments."""
    parser.add_argument("--notes", type=Path, metavar="DIR", help="one folder of NNN.flac a guitar")
    parser.add_argument("--noises", type=Path, metavar="DIR", help="noises of a player's hands (default: none)")
    parser.add_argument("--soundfont", type=Path, metavar="F.sf2", help="a SoundFont, with or instead of --notes")
    parser.add_argument(
        "--program", type=int, nargs="+", default=[24], help="its guitars: 24 nylon, 25 steel (default: 24)"
    )
    parser.add_argument("--licence", default="not stated", help="of a SoundFont that is not in the table of guitars")
    parser.add_argument("--guitars", nargs="+", metavar="NAME", help="use only these guitars (default: all)")
    parser.add_argument("--hours", type=float, default=3.0, help="(default: 3)")
    parser.add_argument("--seed", type=int, default=0, help="(default: 0)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="(default: one for each CPU)")
    parser.add_argument("--cluster", metavar="ADDRESS", help="render on a Ray cluster, which reaches --out by its path")


def run(options: argparse.Namespace) -> None:
    """Make the corpus that the options describe. Raises UserError for options that describe none."""
    if options.notes is None and options.soundfont is None:
        raise UserError("there is nothing to play with; give --notes DIR, or --soundfont F.sf2, or both")
    check_numbers(options, seed=0, processes=1)
    if not (options.hours > 0 and math.isfinite(options.hours)):
        raise UserError(f"--hours is {options.hours}; it must be a number above 0")
    guitars = load_guitars(options.notes) if options.notes else []
    if options.soundfont:
        guitars += [load_guitar(options.soundfont, program, licence=options.licence) for program in options.program]
    if options.guitars:
        guitars = choose(guitars, options.guitars)
    build(
        guitars, options.hours, options.out, SMALL,
        hand=load_hand(options.noises) if options.noises else None,
        seed=options.seed, n_processes=options.processes, address=options.cluster, command=command_line(),
    )  # fmt: skip


def build(
    guitars: list[Guitar],
    hours: float,
    out: Path,
    config: Config,
    *,
    hand: Hand | None = None,
    seed: int,
    n_processes: int = 1,
    address: str | None = None,
    command: str,
) -> None:
    """Render ``hours`` of takes and write them as a corpus.

    The guitars take turns; the last twentieth of the takes is for validation. The same seed gives the same corpus,
    whatever renders it. A take whose process ends is rendered again.

    Parameters
    ----------
    out : the corpus's folder
    config : its grid, sample rate and loudness are those of the corpus
    hand : the noises of the hands that play, None for silent ones
    n_processes : how many render at once; 1 renders in this process
    address : of a Ray cluster that renders instead, None for this computer; its workers reach ``out`` by its path
    command : what the corpus records as its origin

    Raises
    ------
    CorpusError
        One of the guitars is kept for the judge or the test, or takes end the processes that render them.
    """
    from tqdm import tqdm

    names = [guitar.name for guitar in guitars]
    check_for_generator(names)
    n_takes = max(2, round(hours * 3600 / TAKE_S))
    first_validation = n_takes - max(1, n_takes // 20)
    make = partial(
        _make_takes, hand=hand, out=out.absolute(), config=config, seed=seed, first_validation=first_validation
    )
    infos: list[TakeInfo] = []
    with tqdm(total=n_takes, unit="take", dynamic_ncols=True, disable=None) as bar:
        for (guitar, _), made in _each(make, _jobs(guitars, n_takes), n_processes, address):
            if isinstance(made, LostError):
                raise CorpusError(f"takes of {guitar.name} cannot be rendered: {made}")
            infos += made
            bar.update(len(made))
    write_index(out, sorted(infos, key=lambda info: info.name), config, command)
    print(f"{out}: {len(infos)} takes, {sum(info.seconds for info in infos) / 3600:.2f} h, {len(set(names))} guitars")
    for name, fault in faulty(names).items():
        print(f"{name}: {fault}; train with --follow-only {name}")


def _jobs(guitars: list[Guitar], n_takes: int) -> list[Job]:
    """Share out the takes: number i is played on guitar i modulo their number."""
    jobs = []
    for first, guitar in enumerate(guitars):
        numbers = range(first, n_takes, len(guitars))
        jobs += [(guitar, numbers[i : i + JOB_TAKES]) for i in range(0, len(numbers), JOB_TAKES)]
    return jobs


def _each(
    make: Callable[[Job], list[TakeInfo]], jobs: Iterable[Job], n_processes: int, address: str | None
) -> Iterator[tuple[Job, list[TakeInfo] | LostError]]:
    """Yield what ``make`` returns for each job."""
    if address is not None:
        return cluster.each(make, jobs, address)
    if n_processes > 1:
        return processes.each(make, jobs, n_processes)
    return ((job, make(job)) for job in jobs)


def _make_takes(
    job: Job, *, hand: Hand | None, out: Path, config: Config, seed: int, first_validation: int
) -> list[TakeInfo]:
    guitar, numbers = job
    licence, source = guitar.licence, guitar.source
    if hand is not None:
        licence = ", ".join(dict.fromkeys([licence, hand.licence]))
        source = f"{source}; hands: {hand.source}"
    infos = []
    for number in numbers:
        split = "validation" if number >= first_validation else "train"
        strokes, sound = perform(guitar, hand, np.random.default_rng([seed, number]))
        info = TakeInfo(f"{number:05d}", guitar.name, split, TAKE_S, licence, source, strings.overlap(strokes))
        waveform = audio.resample(sound, RENDER_RATE, config.sample_rate)
        # one gain for the whole corpus, not one for each take: a velocity must mean the same level everywhere
        waveform *= np.float32(10 ** ((config.loudness_db - ATTACK_LEVEL_DB + 4) / 20))
        pitches = played_midi(strokes, np.arange(config.n_frames(len(waveform))) * config.frame_s)
        write_take(out, info, waveform, played_notes(strokes, TAKE_S), config, pitches)
        infos.append(info)
    return infos


def perform(guitar: Guitar, hand: Hand | None, rng: np.random.Generator) -> tuple[list[Stroke], np.ndarray]:
    """Compose a take and play it.

    Returns
    -------
    strokes : the melody
    sound : (T,) float32 — ``TAKE_S`` at ``RENDER_RATE``
    """
    strokes = compose(guitar, TAKE_S, rng)
    sound = render_take(strokes, guitar, TAKE_S, rng)
    if hand is not None:
        sound = sound + render_hand(strokes, hand, guitar.name, TAKE_S, rng)
    return strokes, colour(sound, rng)
