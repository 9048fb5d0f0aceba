from __future__ import annotations

import dataclasses
import json

import pytest

from hum2guitar import CheckpointError, Config
from hum2guitar.config import PRESETS


@pytest.mark.parametrize("preset", PRESETS)
def test_a_config_survives_json(preset):
    config = dataclasses.replace(PRESETS[preset], guitars=("nylon", "steel"))
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_a_config_cannot_be_changed_after_birth(tiny):
    with pytest.raises(dataclasses.FrozenInstanceError):
        tiny.n_mels = 128


def test_the_frame_grid_counts_the_frame_at_zero(default):
    assert default.n_bins == 1025
    assert default.frame_s == pytest.approx(512 / 22050)
    assert [default.n_frames(n) for n in (0, 511, 512, 22050)] == [1, 1, 2, 44]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hop_length": 513}, "hop_length 513 .* at most 512"),
        ({"n_mels": 100}, "n_mels is 100; .* multiple of 16"),
        ({"n_mels": 0}, "n_mels is 0; .* at least 1"),
        ({"sample_rate": 16000}, "mel range 0.0 to 10000.0 Hz .* 0 to 8000.0 Hz"),
        ({"fmin_hz": 10000.0}, "mel range .* must rise"),
        ({"f0_min_hz": 2500.0}, "F0 range 2500.0 to 2000.0"),
        ({"f0_max_hz": 12000.0}, "F0 range 65.0 to 12000.0"),
        ({"mel_floor_db": 50.0}, "mel_floor_db 50.0 must lie below mel_ceil_db 45.0"),
        ({"mel_ceil_db": float("nan")}, "mel_ceil_db is nan; it must be a finite number"),
        ({"guitars": ("steel", "steel")}, "guitars names one twice"),
    ],
)
def test_a_config_that_cannot_work_names_the_field(change, said):
    with pytest.raises(ValueError, match=said):
        Config(**change)


def test_an_unknown_field_is_refused_by_name(tiny):
    with pytest.raises(CheckpointError, match="unknown field 'n_mells'; it was made by another version"):
        Config.from_dict({**tiny.to_dict(), "n_mells": 512})


@pytest.mark.parametrize("change", [{"n_mels": 100}, {"sample_rate": "fast"}, {"guitars": 3}])
def test_a_checkpoint_with_impossible_values_is_a_checkpoint_error(tiny, change):
    with pytest.raises(CheckpointError, match="does not hold together"):
        Config.from_dict({**tiny.to_dict(), **change})
