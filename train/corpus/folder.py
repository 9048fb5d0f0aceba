"""A corpus from any recordings, in whatever files they are: their stretches of one clean melody."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import soundfile

from hum2guitar.analysis import audio
from hum2guitar.config import Config
from hum2guitar.errors import AudioError, CorpusError
from train.corpus.screen import screen
from train.corpus.store import LeftOut, TakeInfo, write_index, write_take

log = logging.getLogger(__name__)

SUFFIXES = {".wav", ".flac", ".ogg", ".mp3", ".m4a", ".webm", ".mp4"}
VALIDATION_EVERY = 20


def build(source: Path, out: Path, config: Config, guitar: str | None, licence: str, command: str) -> LeftOut:
    """One take a clean stretch (see ``screen``); of every twentieth recording (at least one) all are for validation.

    What was played is not known, so onsets come from ``hum2guitar.notes``. Returns what was left out, by reason:
    noise, polyphony, silence, too short, and unreadable (with a sentence in the log; its seconds are 0 where even the
    length cannot be read). Raises CorpusError when fewer than two recordings are left.
    """
    infos: list[TakeInfo] = []
    left_out: LeftOut = {}
    n_used = 0
    for path in sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES):
        try:
            waveform = read(path, config)
        except AudioError as error:
            log.warning("left out %s: %s", path, error)
            _count(left_out, {"unreadable": _seconds(path)})
            continue
        screened = screen(waveform, config)
        _count(left_out, screened.left_out_s)
        split = "validation" if n_used % VALIDATION_EVERY == 1 else "train"
        for first, last in screened.stretches:
            seconds = (last - first) / config.sample_rate
            from_s = first / config.sample_rate
            origin = f"{path.relative_to(source)} from {from_s:.2f} s"
            info = TakeInfo(f"{len(infos):05d}", guitar, split, seconds, licence, origin)
            write_take(out, info, waveform[first:last], None, config)
            infos.append(info)
        n_used += bool(screened.stretches)
    if n_used < 2:
        raise CorpusError(
            f"{source} holds fewer than two usable recordings ({describe_left_out(left_out) or 'none at all'}); "
            "a corpus needs one to train on and one to judge by"
        )
    write_index(out, infos, config, command, left_out)
    return left_out


def describe_left_out(left_out: LeftOut) -> str:
    """``left out: 12.3 s of noise in 2 recordings, …``; empty where nothing was."""
    parts = [
        f"{count['seconds']:.1f} s {reason} in {count['recordings']:.0f} recording{'s' * (count['recordings'] != 1)}"
        for reason, count in sorted(left_out.items())
    ]
    return f"left out: {', '.join(parts)}" if parts else ""


def read(path: Path, config: Config) -> np.ndarray:
    """A recording as the corpus stores it: (T,) float32 at the Config's rate and loudness."""
    waveform, sample_rate = audio.load(path)
    return audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db)


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
