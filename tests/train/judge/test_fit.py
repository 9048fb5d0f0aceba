"""Training the judge: it learns, it can be repeated, and it leaves out the instruments that choose its state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from tunes import RATE, instrument, plucked_tune, sung_tune

from hum2guitar.config import Config
from hum2guitar.errors import CorpusError
from train.corpus.instruments import INSTRUMENTS
from train.judge import judge
from train.judge.accuracy import accuracy, shares
from train.judge.batches import masked
from train.judge.clips import Clip
from train.judge.fit import VALIDATION, learn, split
from train.judge.trainer import Recipe

SMALL = Recipe(batch_size=16, calibration_batches=4)


def two_clips() -> list[Clip]:
    strings, voice = instrument("computed_strings"), instrument("computed_voice")
    return [Clip(strings, judge.hear(plucked_tune())), Clip(voice, judge.hear(sung_tune()))]


def test_a_few_steps_tell_two_computed_instruments_apart(tmp_path: Path) -> None:
    heard = two_clips()
    network, best = learn(heard, heard, tmp_path, 60, 0, SMALL)
    learnt = judge.Judge(network)
    assert best >= 0.9
    assert learnt.scores(plucked_tune()).mean() > learnt.scores(sung_tune()).mean() + 0.3
    right = accuracy(learnt, heard)
    assert list(right) == ["computed_strings", "computed_voice"]
    assert all(n > 4 for _, n in right.values())


def test_the_same_seed_learns_the_same_judge(tmp_path: Path) -> None:
    heard = two_clips()
    one, other = (learn(heard, heard, tmp_path / name, 3, 0, SMALL)[0].state_dict() for name in "ab")
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_instruments_that_choose_the_state_are_not_learnt_from() -> None:
    clips = [Clip(i, np.zeros((judge.EAR.n_mels, 0))) for i in INSTRUMENTS if i.role == "judge"]
    learnt, kept = split(clips)
    assert {clip.instrument.name.startswith(VALIDATION) for clip in kept} == {True}
    assert not any(clip.instrument.name.startswith(VALIDATION) for clip in learnt)
    assert len(learnt) + len(kept) == len(clips)
    with pytest.raises(CorpusError, match="too few to train and to choose by; give more --clips"):
        split(clips[:1])


def test_masks_silence_some_cells_and_change_no_other() -> None:
    torch.manual_seed(0)
    seen = torch.full((8, 1, judge.EAR.n_mels, judge.FRAMES), 0.5)
    silenced = masked(seen)
    assert set(silenced.unique().tolist()) == {0.0, 0.5}
    assert 0.0 < (silenced == 0).float().mean() < 0.3


def test_what_the_judge_learnt_from_is_left_out_of_what_it_is_measured_on(tmp_path: Path) -> None:
    for name in ("da_80bpm", "somebody"):
        soundfile.write(tmp_path / f"{name}.flac", sung_tune(), RATE)
    assert list(shares(judge.load(), tmp_path, Config())) == ["somebody.flac"]
