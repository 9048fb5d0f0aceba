"""The judge: what it says of computed sounds, and that its weights are the named ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sounds import sung
from tunes import RATE, plucked_tune, sung_tune

from hum2guitar.analysis import audio
from hum2guitar.errors import CheckpointError
from train.judge import judge


def test_plucked_strings_are_taken_for_a_guitar_and_a_voice_on_the_same_notes_is_not() -> None:
    loaded = judge.load()
    assert loaded.share(plucked_tune()) >= 0.8
    assert loaded.share(sung_tune()) <= 0.2


def test_the_judge_hears_the_same_at_another_sample_rate() -> None:
    loaded, tune = judge.load(), plucked_tune()
    doubled = audio.resample(tune, RATE, 2 * RATE)
    np.testing.assert_allclose(loaded.scores(doubled, 2 * RATE), loaded.scores(tune), atol=0.05)


def test_the_judge_does_not_hear_the_level() -> None:
    loaded = judge.load()
    tune = plucked_tune()
    np.testing.assert_allclose(loaded.scores(0.03 * tune), loaded.scores(tune), atol=0.01)


def test_half_a_second_without_sound_is_not_judged() -> None:
    tone = sung([(0.0, 1.0, 60)], RATE, 1.0)
    quiet = 10 ** (-45 / 20) * sung([(0.0, 1.0, 60)], RATE, 1.0)

    def judged(after: np.ndarray, depth_db: float = judge.SILENT_DB) -> int:
        return len(judge.half_seconds(judge.hear(np.concatenate([tone, after])), depth_db))

    assert judged(np.zeros(2 * RATE, dtype=np.float32)) <= 3
    assert judged(quiet) < judged(tone)
    assert judged(quiet, depth_db=60) == judged(tone)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 3.0])
def test_silence_and_what_is_shorter_than_half_a_second_have_no_share(seconds: float) -> None:
    assert np.isnan(judge.load().share(np.zeros(int(seconds * RATE), dtype=np.float32)))


def test_other_weights_than_the_named_ones_are_refused(tmp_path: Path) -> None:
    altered = tmp_path / "judge.safetensors"
    content = bytearray(judge.WEIGHTS.read_bytes())
    content[-1] ^= 1
    altered.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"have the SHA-256 .* restore the file"):
        judge.load(altered)
    with pytest.raises(CheckpointError, match="are missing"):
        judge.load(tmp_path / "none.safetensors")


def test_the_weights_are_small_and_the_network_too() -> None:
    assert judge.WEIGHTS.stat().st_size < 1_000_000
    assert sum(parameter.numel() for parameter in judge.Network().parameters()) < 200_000


def test_what_the_network_sees_is_between_0_and_1_whatever_the_level() -> None:
    window = torch.linspace(-70, -10, judge.EAR.n_mels * judge.FRAMES).reshape(1, judge.EAR.n_mels, judge.FRAMES)
    seen = judge.normalise(window)
    assert (seen.min(), seen.max()) == (0, 1)
    torch.testing.assert_close(judge.normalise(window + 30), seen)
