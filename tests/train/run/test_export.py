from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hum2guitar import Hum2Guitar
from hum2guitar.errors import UserError
from train.run.export import export


def test_an_exported_checkpoint_converts_a_hum_and_says_where_it_came_from(run: Path, tmp_path: Path) -> None:
    provenance = export(run, tmp_path / "c.safetensors")
    assert provenance["steps"] == 12
    assert provenance["corpus"] == "test"
    assert provenance["licences"] == ["nylon: CC0 1.0", "steel: CC0 1.0"]
    converter = Hum2Guitar.from_pretrained(tmp_path / "c.safetensors")
    assert converter.provenance == json.loads(json.dumps(provenance))
    t = np.arange(22050) / 22050
    hum = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 6))
    assert converter.convert(hum, 22050, guitar="steel").waveform.shape == (22050,)


def test_the_default_guitar_is_played_where_the_user_names_none(run: Path, tmp_path: Path) -> None:
    export(run, tmp_path / "c.safetensors", default_guitar="steel")
    converter = Hum2Guitar.from_pretrained(tmp_path / "c.safetensors")
    t = np.arange(22050) / 22050
    hum = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 6))
    by_default, steel, nylon = (converter.convert(hum, 22050, guitar=name) for name in ("any", "steel", "nylon"))
    np.testing.assert_array_equal(by_default.waveform, steel.waveform)
    assert by_default.sound.guitar == {"steel": 1.0}
    assert not np.array_equal(by_default.waveform, nylon.waveform)


def test_a_default_guitar_that_the_run_lacks_is_refused_with_those_it_has(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the run has no guitar 'banjo'; it has nylon, steel"):
        export(run, tmp_path / "c.safetensors", default_guitar="banjo")


def test_exporting_nothing_says_how_to_train(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="python -m train fit"):
        export(tmp_path, tmp_path / "c.safetensors")


def test_a_checkpoint_has_the_suffix_that_it_is_found_by(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot write c\.txt; use a name that ends in \.safetensors"):
        export(run, tmp_path / "c.txt")
    assert not (tmp_path / "c.txt").exists()


def test_the_scale_of_the_noise_is_saved_and_checked(run: Path, tmp_path: Path) -> None:
    export(run, tmp_path / "c.safetensors", noise_scale=0.7)
    assert Hum2Guitar.from_pretrained(tmp_path / "c.safetensors").config.noise_scale == 0.7
    with pytest.raises(UserError, match=r"--noise-scale is 1\.5; it must be from 0 to 1"):
        export(run, tmp_path / "c.safetensors", noise_scale=1.5)
