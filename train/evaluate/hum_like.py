"""What a hum's faults cost: the generated mel's distance to the guitar's, with clean labels and with hum-like ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from hum2guitar import Hum2Guitar, mel
from hum2guitar.errors import CorpusError
from hum2guitar.synthesis import harmonics
from hum2guitar.synthesis.condition import build_condition
from hum2guitar.synthesis.controls import Controls, build_controls
from train.corpus.store import Take, read_index, read_takes
from train.data.augment import AugmentationConfig, hum_like_controls
from train.evaluate.measured import mean
from train.evaluate.metrics import clipped

CLEAN, HUM_LIKE, DIFFERENCE = "clean labels", "hum-like labels", "difference"
MAX_TAKES = 30
FULL_STRENGTH = AugmentationConfig(
    hum_like=1, envelope=1, glide=1, vibrato=1, jitter=1, octave_slips=1, dropped_frames=1, voicing=1
)


def compare(
    converter: Hum2Guitar, corpus: Path, augmentation: AugmentationConfig = FULL_STRENGTH, seed: int = 0
) -> dict[str, float]:
    """Mean |dB| between the generated and the true mel of a corpus's validation takes, by the kind of label.

    Over the cells in which either lies within ``metrics.FLOOR_DB`` of the true mel's maximum, levels as they are;
    up to ``MAX_TAKES`` takes, evenly spread. Raises CorpusError for a corpus that cannot be used.
    """
    read_index(corpus)
    takes = list(read_takes(corpus, "validation", converter.config))
    if not takes:
        raise CorpusError(f"the corpus {corpus} has no validation take; make a larger one")
    takes = takes[:: -(-len(takes) // MAX_TAKES)]
    clean, hum_like = [], []
    for i, take in enumerate(takes):
        arguments = (take.f0_hz, take.energy_db, take.onset_strength, take.notes, "plucked", converter.config)
        clean.append(distance(converter, take, build_controls(*arguments)))
        rng = np.random.default_rng([seed, i])
        hum_like.append(distance(converter, take, hum_like_controls(*arguments, augmentation, rng)))
    return {CLEAN: mean(clean), HUM_LIKE: mean(hum_like), DIFFERENCE: mean(hum_like) - mean(clean)}


def distance(converter: Hum2Guitar, take: Take, controls: Controls) -> float:
    """Mean |dB| of the mel that the controls give against the take's own."""
    config = converter.config
    guitar = take.info.guitar if take.info.guitar in config.guitars else None
    drawn = converter.generate(harmonics.draw_label(controls, config), build_condition(guitar, "plucked", config))
    true = mel.power_to_mel_db(mel.power_spectrogram(torch.from_numpy(take.waveform), config), config).numpy()
    a, b, on = clipped(true, drawn)
    return float(np.abs(a - b)[on].mean())
