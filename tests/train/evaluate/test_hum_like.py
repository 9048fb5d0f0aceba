"""The comparison of labels: no difference where nothing is changed, and the same each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from note_samples import write_samples
from untrained import TINY, random_generator

from hum2guitar import Hum2Guitar, mel
from hum2guitar.errors import CorpusError
from hum2guitar.synthesis.checkpoint import Checkpoint
from train.corpus import sampled
from train.corpus.samples import load_guitars
from train.data.augment import AugmentationConfig
from train.evaluate import hum_like

UNTOUCHED = AugmentationConfig(envelope=0, glide=0, vibrato=0, jitter=0, octave_slips=0, dropped_frames=0, voicing=0)
CONFIG = replace(TINY, guitars=("steel",))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    notes = write_samples(folder / "notes", {"steel": range(52, 60)})
    sampled.build(load_guitars(notes), 40 / 3600, folder / "corpus", CONFIG, seed=1, n_processes=1, command="test")
    return folder / "corpus"


class LabelItself(Hum2Guitar):
    """Generates the label's first channel, so that the distance is that of the label."""

    def generate(self, label: np.ndarray, condition: np.ndarray, segment_frames: int = 0, seed: int = 0) -> np.ndarray:
        return mel.denormalise(label[0], self.config)


def test_labels_without_the_faults_of_a_hum_change_nothing_and_with_them_much(corpus: Path) -> None:
    converter = LabelItself(Checkpoint(random_generator(CONFIG), CONFIG, {}))
    same = hum_like.compare(converter, corpus, UNTOUCHED)
    assert same[hum_like.DIFFERENCE] == 0
    assert same[hum_like.CLEAN] > 0
    full = hum_like.compare(converter, corpus)
    assert full[hum_like.CLEAN] == same[hum_like.CLEAN]
    assert abs(full[hum_like.DIFFERENCE]) > 0.1
    assert full[hum_like.DIFFERENCE] == full[hum_like.HUM_LIKE] - full[hum_like.CLEAN]
    assert full == hum_like.compare(converter, corpus)


def test_a_folder_that_is_no_corpus_is_refused(tmp_path: Path, converter: Hum2Guitar) -> None:
    with pytest.raises(CorpusError, match="no finished corpus"):
        hum_like.compare(converter, tmp_path)
