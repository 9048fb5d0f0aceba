"""Several checkpoints in one table of what tells a guitar from its blur: to choose between training runs.

``evaluate`` measures one checkpoint beside what it is compared with, which takes minutes. This measures the model's
sound alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from hum2guitar import Choices, Hum2Guitar
from hum2guitar.metrics.measured import Measured, mean
from hum2guitar.synthesis.guitars import ANY
from train.evaluate.figures import JUDGE, Judge, measure
from train.evaluate.markdown import markdown, number
from train.evaluate.plucks import Pooled, pool_all
from train.evaluate.plucks import measure as measure_plucks
from train.evaluate.source import GUITAR, HUM, read_source, required_sources
from train.evaluate.variance import ratios

Clips = list[dict[str, Measured]]
AVERAGED = {  # row of the table: kind of recording, measure, digits; a mean over recordings
    "solos: mel_l1 (dB)": (GUITAR, "mel_l1 (dB)", 2),
    "solos: delta-mel ratio": (GUITAR, "delta-mel ratio", 2),
    "solos: delta-mel correlation": (GUITAR, "delta-mel correlation", 3),
    "hums: in tune": (HUM, "note_accuracy", 3),
    "hums: attacked": (HUM, "attacked", 3),
    "hums: attack time (ms)": (HUM, "attack time (ms)", 1),
    "hums: decay / reference": (HUM, "decay / reference", 2),
    "hums: pitch accuracy": (HUM, "pitch accuracy", 3),
    "hums: judge": (HUM, JUDGE, 3),
}


def compare(
    converters: dict[str, Hum2Guitar], guitar: Path | None, hums: Path | None, judge: Judge | None, choices: Choices
) -> str:
    """Measure checkpoints and return a Markdown table with a column for each.

    Parameters
    ----------
    converters : by the title of the column
    guitar, hums : folders of recordings, as ``evaluate`` reads them
    judge : left out where it is None
    choices : the guitar that plays the hums, and the inversion of all sounds

    Raises
    ------
    CorpusError
        Where there is no recording, or one that cannot be measured, which it names.
    """
    paths = required_sources(guitar, hums, "compare on")
    found = {title: _measure_all(converter, paths, judge, choices) for title, converter in converters.items()}
    rows = list(dict.fromkeys(row for column in found.values() for row in column))
    return markdown(["", *found], [[row, *(column.get(row, "") for column in found.values())] for row in rows])


def _measure_all(
    converter: Hum2Guitar, paths: Sequence[tuple[str, Path]], judge: Judge | None, choices: Choices
) -> dict[str, str]:
    """Return the figures of one checkpoint, written out, by row."""
    sounds: dict[str, Clips] = {GUITAR: [], HUM: []}
    plucks: Clips = []
    variances: Clips = []
    for kind, path in tqdm(paths, desc="recordings", unit="recording"):
        source = read_source(converter, kind, path)
        sound = converter.render(source.played, choices if kind == HUM else replace(choices, guitar=ANY))
        sounds[kind].append(measure(source, sound.waveform, judge, as_hummed=False))
        if kind == HUM:
            plucks.append(measure_plucks(sound.waveform, sound.sample_rate, source.played.notes))
        else:
            variances.append(ratios(source.heard.mel_db, sound.mel_db, converter.config))
    pooled = {f"hums: {name} (dB)": figure for name, figure in _pool(plucks).items()}
    pooled |= {f"solos: variance, {name}": figure for name, figure in _pool(variances).items()}
    written = {
        row: number(mean([float(clip[name]) for clip in sounds[kind]]), digits)
        for row, (kind, name, digits) in AVERAGED.items()
        if sounds[kind] and name in sounds[kind][0]
    }
    return written | {row: number(found["figure"], 1 if row.endswith("(dB)") else 2) for row, found in pooled.items()}


def _pool(clips: Clips) -> Pooled:
    return pool_all(clips) if clips else {}
