"""The source ``whole``: recordings of chords or melodies as they are, of which only an inversion can learn.

Nobody knows what is played in them, so they are in splits of their own (``INVERSION_SPLITS``) that no generator reads.
An inversion needs no notes: it learns which sound a mel belongs to.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

from hum2guitar.config import SMALL, Config
from hum2guitar.errors import CorpusError
from train.corpus.recordings import read
from train.corpus.store import INVERSION_SPLITS, TakeInfo, write_index, write_take
from train.flags import command_line

HELP = "whole recordings, chords too, for the vocoder alone"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the source's own arguments."""
    parser.add_argument(
        "--audio", type=Path, required=True, metavar="DIR", help="recordings, and a manifest.csv with their licences"
    )
    parser.add_argument(
        "--validation", nargs="+", required=True, metavar="START", help="how the names of those for validation begin"
    )


def run(options: argparse.Namespace) -> None:
    """Make the corpus that the options describe."""
    build(options.audio, options.out, SMALL, options.validation, command_line())


def build(source: Path, out: Path, config: Config, validation: Sequence[str], command: str) -> None:
    """Write a corpus with one take for each recording that ``source``/manifest.csv lists.

    Parameters
    ----------
    source, out : the folder of recordings with its manifest (columns file, licence, source), and the corpus's folder
    config : its grid, sample rate and loudness are those of the corpus
    validation : the recordings whose names begin so are for validation
    command : what the corpus records as its origin

    Raises
    ------
    CorpusError
        There is no manifest, a recording has no licence, or one of the two splits would be empty.
    AudioError
        A recording cannot be read.
    """
    rows = _read_manifest(source)
    kept = {row["file"] for row in rows if row["file"].startswith(tuple(validation))}
    if not 0 < len(kept) < len(rows):
        raise CorpusError(
            f"{len(kept)} of {len(rows)} recordings begin with {' or '.join(validation)}; --validation must name some "
            "and leave some to train on"
        )
    infos: list[TakeInfo] = []
    for row in rows:
        waveform = read(source / row["file"], config)
        split = INVERSION_SPLITS[row["file"] in kept]
        seconds = len(waveform) / config.sample_rate
        name = f"{len(infos):05d}_{Path(row['file']).stem}"  # two folders may have recordings of the same name
        info = TakeInfo(name, None, split, seconds, row["licence"], row["source"])
        write_take(out, info, waveform, [], config)
        infos.append(info)
    write_index(out, infos, config, command)


def _read_manifest(source: Path) -> list[dict[str, str]]:
    manifest = source / "manifest.csv"
    if not manifest.is_file():
        raise CorpusError(f"there is no {manifest}; list the recordings there, in the columns file, licence and source")
    with manifest.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if not row.get("licence"):
            raise CorpusError(f"{row['file']} has no licence in {manifest}; state it, or leave the recording out")
    return rows
