"""What the faults of a hum cost: the distance to the guitar's mel, with clean labels and with hum-like ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from hum2guitar import Hum2Guitar, mel
from hum2guitar.errors import CorpusError
from hum2guitar.metrics.likeness import clipped
from hum2guitar.metrics.measured import mean
from hum2guitar.synthesis import harmonics
from hum2guitar.synthesis.condition import build_condition
from hum2guitar.synthesis.controls import Controls, build_controls
from train.corpus.store import Take, read_split, read_take
from train.data.augment import AugmentationConfig, hum_like_controls

CLEAN, HUM_LIKE, DIFFERENCE = "clean labels", "hum-like labels", "difference"
MAX_TAKES = 30
EVERY_FAULT = AugmentationConfig(
    hum_like=1, envelope=1, glide=1, vibrato=1, jitter=1, octave_slips=1, dropped_frames=1, voicing=1
)


def compare(
    converter: Hum2Guitar, corpus: Path, augmentation: AugmentationConfig = EVERY_FAULT, seed: int = 0
) -> dict[str, float]:
    """Measure the mean |dB| between the generated and the true mel of a corpus's validation takes.

    Cells count in which either mel is within ``likeness.FLOOR_DB`` of the true mel's maximum. Levels are as they are.

    Parameters
    ----------
    corpus : its folder; up to ``MAX_TAKES`` takes of it, evenly spread
    augmentation : the changes that make a label hum-like
    seed : of these changes

    Returns
    -------
    distances : dB by ``CLEAN``, ``HUM_LIKE`` and ``DIFFERENCE``

    Raises
    ------
    CorpusError
        For a corpus that cannot be used.
    """
    infos = read_split(corpus, "validation", converter.config)
    if not infos:
        raise CorpusError(f"the corpus {corpus} has no validation take; make a larger one")
    clean, hum_like = [], []
    for i, info in enumerate(tqdm(infos[:: -(-len(infos) // MAX_TAKES)], desc="held-out takes", unit="take")):
        take = read_take(corpus, info)
        arguments = (take.f0_hz, take.energy_db, take.onset_strength, take.notes, "plucked", converter.config)
        clean.append(distance(converter, take, build_controls(*arguments)))
        rng = np.random.default_rng([seed, i])
        hum_like.append(distance(converter, take, hum_like_controls(*arguments, augmentation, rng)))
    return {CLEAN: mean(clean), HUM_LIKE: mean(hum_like), DIFFERENCE: mean(hum_like) - mean(clean)}


def distance(converter: Hum2Guitar, take: Take, controls: Controls) -> float:
    """Measure the mean |dB| of the mel that is generated from controls against the take's own."""
    config = converter.config
    guitar = take.info.guitar if take.info.guitar in config.guitars else None
    label = harmonics.draw_label(controls, config)
    generated = converter.generate(label, build_condition(guitar, "plucked", config))
    true = mel.power_to_mel_db(mel.power_spectrogram(torch.from_numpy(take.waveform), config), config).numpy()
    a, b, on = clipped(true, generated)
    return float(np.abs(a - b)[on].mean())
