"""The source ``folder``: any recordings, of which the stretches of one clean melody are kept."""

from __future__ import annotations

import argparse
import logging
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from hum2guitar.config import SMALL, Config
from hum2guitar.errors import AudioError, CorpusError
from train.corpus.recordings import SUFFIXES, read
from train.corpus.screen import screen
from train.corpus.store import LeftOut, TakeInfo, describe_left_out, write_index, write_take
from train.flags import command_line

log = logging.getLogger(__name__)

HELP = "any recordings; what is not one clean melody is left out"
VALIDATION_EVERY = 20
PIECE_S = 300.0  # a longer recording is screened piece by piece, which takes about 0.5 GB a piece


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the source's own arguments."""
    parser.add_argument("--audio", type=Path, required=True, metavar="DIR", help="recordings, in subfolders too")
    parser.add_argument("--guitar", metavar="NAME", help="what to call the guitar (default: unknown)")
    parser.add_argument("--licence", default="not stated", help="(default: not stated)")


def run(options: argparse.Namespace) -> None:
    """Make the corpus that the options describe, and print what was left out."""
    left_out = build(options.audio, options.out, SMALL, options.guitar, options.licence, command_line())
    print(describe_left_out(left_out) or "nothing was left out")


def build(source: Path, out: Path, config: Config, guitar: str | None, licence: str, command: str) -> LeftOut:
    """Write a corpus with one take for each clean stretch (see ``screen``) of the recordings in a folder.

    Of every twentieth recording, and of the second, all takes are for validation. Nobody knows what was played, so
    the notes are those that the analysis finds.

    Parameters
    ----------
    source, out : the folder of recordings, and the corpus's folder
    config : its grid, sample rate and loudness are those of the corpus
    guitar : the name of the guitar, None where it is not known
    licence, command : what the corpus records of the recordings and of its origin

    Returns
    -------
    left_out : seconds and recordings by reason: noise, polyphony, silence, too short, and unreadable. The log has a
        sentence for each unreadable recording; its seconds are 0 where not even its length can be read.

    Raises
    ------
    CorpusError
        There is no such folder, or fewer than two recordings are usable.
    """
    from tqdm import tqdm

    if not source.is_dir():
        raise CorpusError(f"there is no folder {source}; give --audio a folder of recordings")
    infos: list[TakeInfo] = []
    left_out: LeftOut = {}
    n_used = 0
    paths = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES)
    for path in tqdm(paths, unit="recording", dynamic_ncols=True, disable=None):
        try:
            waveform = read(path, config)
        except AudioError as error:
            log.warning("left out %s: %s", path, error)
            _count(left_out, {"unreadable": _seconds(path)})
            continue
        stretches, left_out_s = screen_pieces(waveform, config)
        _count(left_out, left_out_s)
        split = "validation" if n_used % VALIDATION_EVERY == 1 else "train"
        for first, last in stretches:
            seconds = (last - first) / config.sample_rate
            origin = f"{path.relative_to(source)} from {first / config.sample_rate:.2f} s"
            info = TakeInfo(f"{len(infos):05d}", guitar, split, seconds, licence, origin)
            write_take(out, info, waveform[first:last], None, config)
            infos.append(info)
        n_used += bool(stretches)
    if n_used < 2:
        raise CorpusError(
            f"{source} holds fewer than two usable recordings ({describe_left_out(left_out) or 'none at all'}); "
            "a corpus needs one to train on and one to validate with"
        )
    write_index(out, infos, config, command, left_out)
    return left_out


def screen_pieces(waveform: np.ndarray, config: Config) -> tuple[list[tuple[int, int]], dict[str, float]]:
    """Screen a waveform (T,) of any length in equal pieces of at most ``PIECE_S``.

    Returns
    -------
    stretches : (first, last) sample of each clean melody; none reaches from one piece into the next
    left_out_s : seconds left out, by reason
    """
    stretches: list[tuple[int, int]] = []
    left_out_s: dict[str, float] = {}
    for start, piece in _pieces(waveform, config.sample_rate):
        screened = screen(piece, config)
        stretches += [(start + first, start + last) for first, last in screened.stretches]
        for reason, seconds in screened.left_out_s.items():
            left_out_s[reason] = left_out_s.get(reason, 0.0) + seconds
    return stretches, left_out_s


def _pieces(waveform: np.ndarray, sample_rate: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (the first sample's number, the samples) of each piece."""
    n_pieces = max(1, math.ceil(len(waveform) / (PIECE_S * sample_rate)))
    start = 0
    for piece in np.array_split(waveform, n_pieces):
        yield start, piece
        start += len(piece)


def _count(left_out: LeftOut, seconds_by_reason: dict[str, float]) -> None:
    for reason, seconds in seconds_by_reason.items():
        count = left_out.setdefault(reason, {"seconds": 0.0, "recordings": 0})
        count["seconds"] += seconds
        count["recordings"] += 1


def _seconds(path: Path) -> float:
    try:
        return float(soundfile.info(path).duration)
    except soundfile.LibsndfileError:
        return 0.0
