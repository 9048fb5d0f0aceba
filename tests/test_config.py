from __future__ import annotations

import dataclasses
import json

import librosa
import numpy as np
import pytest

from hum2guitar import CheckpointError, Config
from hum2guitar.config import BASE_CHANNELS, PRESETS
from hum2guitar.mel import mel_basis
from hum2guitar.mel_scale import hz_to_mel, mel_to_hz, n_empty_triangles


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
        ({"hop_length": 31}, "hop_length 31 is short for n_fft 2048; use at least 32"),
        ({"n_mels": 100}, "n_mels is 100; .* multiple of 16"),
        ({"n_mels": 0}, "n_mels is 0; it must be from 1 to 4096"),
        ({"n_fft": 2**40}, r"n_fft is 1.09951e\+12; it must be from 1 to 16384"),
        ({"global_width": 10**400}, "global_width is too large; it must be from 1 to 1024"),
        ({"local_blocks": 10**6}, r"local_blocks is 1e\+06; it must be from 1 to 64"),
        ({"loudness_db": 1e6}, r"loudness_db is 1e\+06; it must be from -100 to 0"),
        ({"f0_min_hz": 1e-300}, "f0_min_hz is 1e-300; it must be from 10 to 20000"),
        ({"guitars": tuple(map(str, range(257)))}, "there are 257 guitars; there can be at most 256"),
        ({"guitars": ("steel\x1b[31m",)}, r"a guitar has the name 'steel\\x1b\[31m'; use printable characters"),
        ({"guitars": ("steel,nylon",)}, "a guitar has the name 'steel,nylon'; .* without colon and comma"),
        (
            {"guitars": ("steel",), "default_guitar": "nylon"},
            "default_guitar is 'nylon'; it must be one of the guitars",
        ),
        ({"guitars": (" ",)}, "a guitar has the name ' '"),
        ({"sample_rate": 16000}, "mel range 0.0 to 10000.0 Hz .* 0 to 8000.0 Hz"),
        ({"fmin_hz": 10000.0}, "mel range .* must rise"),
        ({"f0_min_hz": 2500.0}, "F0 range 2500.0 to 2000.0"),
        ({"f0_max_hz": 12000.0}, "F0 range 65.0 to 12000.0"),
        ({"mel_floor_db": 50.0}, "mel_floor_db 50.0 must lie below mel_ceil_db 45.0"),
        ({"mel_ceil_db": float("nan")}, "mel_ceil_db is nan; it must be a finite number"),
        ({"guitars": ("steel", "steel")}, "guitars names one twice"),
        ({"guitars": "steel"}, "guitars is 'steel'; it must be a list of names"),
        ({"guitars": ("steel", 3)}, r"guitars is \('steel', 3\); it must be a list of names"),
        ({"n_mels": 64.5}, "n_mels is 64.5; it must be a whole number"),
        ({"global_width": True}, "global_width is True; it must be a whole number"),
        ({"fmax_hz": "high"}, "fmax_hz is 'high'; it must be a number"),
        ({"label_channels": ("onset", "age")}, "label_channels .* must begin with semantic harmonics, onset, age"),
        ({"label_channels": (*BASE_CHANNELS, "age")}, "label_channels names one twice"),
        ({"sampler": None}, "sampler is None; it must be a name"),
    ],
)
def test_a_config_that_cannot_work_names_the_field(change, said):
    with pytest.raises(ValueError, match=said):
        Config(**change)


# --- the mel grid -------------------------------------------------------------------------------------------------


def test_a_rate_at_which_mel_bins_would_be_empty_is_refused_with_two_numbers_that_work():
    with pytest.raises(ValueError, match="sample_rate 32000 and n_fft 2048; use n_mels 400 or n_fft 4096"):
        Config(sample_rate=32000)
    for change in ({"n_mels": 400}, {"n_fft": 4096}):
        assert (mel_basis(Config(sample_rate=32000, **change)).sum(axis=1) > 0).all()
    with pytest.raises(ValueError, match="mel bins hold no STFT bin"):
        Config(sample_rate=32000, n_mels=416)


def test_where_no_number_of_mel_bins_works_only_the_transform_is_named():
    with pytest.raises(ValueError, match=r"16 of 16 mel bins hold no STFT bin .* n_fft 8; use n_fft 256"):
        Config(sample_rate=8000, n_fft=8, hop_length=2, n_mels=16, fmin_hz=10.0, fmax_hz=400.0, f0_max_hz=400.0)


@pytest.mark.filterwarnings("ignore:Empty filters")
def test_empty_mel_bins_are_counted_as_librosa_has_them(rng):
    for _ in range(40):
        sample_rate, n_fft = int(rng.choice([8000, 16000, 22050, 44100])), int(2 ** rng.integers(7, 12))
        n_mels, fmin_hz = int(16 * rng.integers(1, 33)), float(rng.choice([0, 20, 300]))
        fmax_hz = float(rng.uniform(0.3, 0.5)) * sample_rate
        basis = librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=n_mels, fmin=fmin_hz, fmax=fmax_hz)
        counted = n_empty_triangles(sample_rate, n_fft, n_mels, fmin_hz, fmax_hz)
        assert counted == (basis.sum(axis=1) == 0).sum()


@pytest.mark.parametrize("frequency_hz", [0.0, 65.0, 999.9, 1000.0, 6400.0, 10000.0])
def test_the_mel_scale_is_librosas_and_can_be_inverted(frequency_hz):
    assert hz_to_mel(frequency_hz) == pytest.approx(float(librosa.hz_to_mel(frequency_hz)))
    assert mel_to_hz(np.array(hz_to_mel(frequency_hz))) == pytest.approx(frequency_hz)


def test_the_mel_bins_below_10_khz_are_counted(default, full_band, tiny):
    for config in (default, tiny):
        assert config.n_base_mels == config.n_mels
    assert full_band.n_base_mels == 512
    beyond = Config(sample_rate=48000, n_fft=4096, hop_length=1024, n_mels=512, fmax_hz=20000.0)
    ends_hz = np.array([np.flatnonzero(row)[-1] for row in mel_basis(beyond)]) * beyond.sample_rate / beyond.n_fft
    assert abs(beyond.n_base_mels - (ends_hz < 10000).sum()) <= 1


# --- from a checkpoint --------------------------------------------------------------------------------------------


def test_an_unknown_field_is_refused_by_name(tiny):
    with pytest.raises(CheckpointError, match="unknown field 'n_mells'; it was made by another version"):
        Config.from_dict({**tiny.to_dict(), "n_mells": 512})


def test_a_checkpoint_that_names_no_label_channels_has_the_first_three(tiny):
    described = tiny.to_dict()
    del described["label_channels"]
    assert Config.from_dict(described).label_channels == ("semantic harmonics", "onset", "age")


@pytest.mark.parametrize("change", [{"n_mels": 100}, {"sample_rate": "fast"}, {"guitars": 3}])
def test_a_checkpoint_with_impossible_values_is_a_checkpoint_error(tiny, change):
    with pytest.raises(CheckpointError, match="does not hold together"):
        Config.from_dict({**tiny.to_dict(), **change})
