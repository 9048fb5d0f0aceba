"""Each guitar of a checkpoint beside its own takes in the corpus: what it makes of the same notes, and of hums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from hum2guitar import Choices, Hum2Guitar, Played
from hum2guitar.metrics.treble import BANDS_HZ
from hum2guitar.synthesis import harmonics
from hum2guitar.synthesis.condition import build_condition
from hum2guitar.synthesis.controls import pluck_controls
from hum2guitar.synthesis.inversion import INVERSIONS
from hum2guitar.synthesis.pre_echo import soften
from train.corpus.store import Take, read_split, read_take
from train.evaluate.plucks import Plucks, Pooled

OWN, SAME, HUMS = "own takes", "the same notes", "hums"
TAKES, N_HUMS = 8, 3  # of each guitar, evenly spread
DIFFERENCE_MS = (10, 40)


def compare(converter: Hum2Guitar, corpus: Path | None, hums: Sequence[Played]) -> dict[str, dict[str, Pooled]]:
    """Measure every guitar of a checkpoint in ``plucked``, by the default inversion.

    Parameters
    ----------
    corpus : its validation takes are measured, and their notes are played; None leaves both out. Takes in which strings
        ring on are left out, because what is played has one note at a time
    hums : what each guitar plays besides

    Returns
    -------
    figures : by guitar and by ``OWN``, ``SAME`` and ``HUMS``

    Raises
    ------
    CorpusError
        For a corpus that cannot be used.
    """
    infos = [] if corpus is None else read_split(corpus, "validation", converter.config)
    found = {}
    for guitar in tqdm(converter.config.guitars, desc="guitars", unit="guitar"):
        plucks, own = Plucks(), [info for info in infos if info.guitar == guitar and not info.rings]
        for info in own[:: max(1, -(-len(own) // TAKES))]:
            assert corpus is not None  # nosec B101 # for the type checker
            _add_take(plucks, converter, read_take(corpus, info), guitar)
        for played in hums:
            sound = converter.render(played, Choices(guitar=guitar))
            plucks.add(HUMS, sound.waveform, sound.sample_rate, played.notes)
        if plucks.rows:
            found[guitar] = plucks.table()
    return found


def _add_take(plucks: Plucks, converter: Hum2Guitar, take: Take, guitar: str) -> None:
    config = converter.config
    controls = pluck_controls(take.f0_hz, take.notes, config)
    generated = converter.generate(harmonics.draw_label(controls, config), build_condition(guitar, "plucked", config))
    inverted = INVERSIONS[Choices().inversion].invert(generated, controls.f0_hz, len(take.waveform), config)
    plucks.add(OWN, take.waveform, config.sample_rate, take.notes)
    plucks.add(SAME, soften(inverted, take.notes, config), config.sample_rate, take.notes)


def differences(figures: dict[str, Pooled]) -> dict[str, float]:
    """Return how far a guitar is from its own takes in dB, with the same notes, by band and time.

    What was not measured, NaN or None, is left out.
    """
    if OWN not in figures:
        return {}
    names = [f"{band}, {ms} ms" for band in BANDS_HZ for ms in DIFFERENCE_MS]
    pairs = {name: [figures[sound][name]["figure"] for sound in (SAME, OWN)] for name in names}
    return {
        name: same - own
        for name, (same, own) in pairs.items()
        if not any(value is None or math.isnan(value) for value in (same, own))
    }
