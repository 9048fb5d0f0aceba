"""The noises of a player's hands, from a folder of recordings."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import numpy as np

from hum2guitar.analysis import audio
from hum2guitar.errors import CorpusError
from train.synth.guitar import ATTACK_LEVEL_DB, RENDER_RATE, Sample
from train.synth.hand import Hand

KINDS = re.compile(r"(^|_)(release|mute|perc)(_|$|[a-z])")
# Name of the pack of noises → the guitar that it was recorded with, and dB re full scale of the hardest plucks in the
# same recordings: RMS of the first 300 ms, as measured on the hardest layer of that guitar's note samples.
RECORDED = {"archtop": ("steel_archtop", -18.5)}


def load_hand(folder: Path) -> Hand:
    """Read a folder of noises: ``folder``/archtop/*.flac, with ``folder``/manifest.csv.

    The manifest has the columns file, pack, midi, licence and source. The name of a file says what it is: ``release``
    (with the MIDI number of its string in the manifest), ``mute`` (a muted string is touched) or ``perc`` (a knock).

    Raises
    ------
    CorpusError
        There is no manifest, its pack is not in ``RECORDED``, or a file is missing, unreadable or of no known kind.
    """
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise CorpusError(f"there is no {manifest}; give --noises a folder with a manifest.csv that lists its files")
    with manifest.open(newline="") as file:
        rows = list(csv.DictReader(file))
    packs = sorted({row["pack"] for row in rows})
    if len(packs) != 1 or packs[0] not in RECORDED:
        raise CorpusError(
            f"{manifest} lists the packs {', '.join(packs) or 'none'}; how loud their guitar was is known for one of "
            f"{', '.join(RECORDED)} (train/corpus/noises.py), use that one or measure yours"
        )
    guitar, plucks_db = RECORDED[packs[0]]
    sounds: defaultdict[str, list[tuple[str, np.ndarray]]] = defaultdict(list)
    for row in rows:
        sounds[_kind(row["file"])].append((row["midi"], _read(folder / row["file"], ATTACK_LEVEL_DB - plucks_db)))
    releases = tuple(Sample(sound, float(midi), 0.0, 0.0) for midi, sound in sounds["release"])
    touches, knocks = (tuple(sound for _, sound in sounds[kind]) for kind in ("mute", "perc"))
    if not releases:
        raise CorpusError(f"{manifest} lists no releases; a hand that plays needs at least one")
    return Hand(guitar, releases, touches, knocks, rows[0]["licence"], rows[0]["source"])


def _kind(name: str) -> str:
    found = KINDS.search(Path(name).stem)
    if found is None:
        raise CorpusError(f"the noise {name} is of no known kind; its name must say release, mute or perc")
    return found[2]


def _read(path: Path, gain_db: float) -> np.ndarray:
    waveform, sample_rate = audio.load(path)
    return audio.resample(waveform, sample_rate, RENDER_RATE) * np.float32(10 ** (gain_db / 20))
