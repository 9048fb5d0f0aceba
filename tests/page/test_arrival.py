from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hum2guitar.analysis import audio
from hum2guitar.hub import sha256_of
from hum2guitar.synthesis import checkpoint
from page import arrival, layout

FILES = layout.ASSETS / "arrival"


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> arrival.Arrival:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return arrival.load(layout.ASSETS)


def test_the_example_was_converted_with_the_checkpoint_that_ships(loaded: arrival.Arrival) -> None:
    assert loaded.checkpoint == sha256_of(checkpoint.bundled()), "run: python assets/make_arrival.py"
    assert loaded.summary.startswith("15 notes")
    assert loaded.warnings == ()


def test_its_sounds_begin_together_and_its_pictures_are_of_the_same_length(
    loaded: arrival.Arrival, tmp_path: Path
) -> None:
    files = [Path(file["path"]) for file in found(loaded.value)]
    assert all(file.is_relative_to(tmp_path) for file in files)
    hum, guitar = (audio.load(file) for file in files if file.suffix != ".webp")
    assert len(hum[0]) / hum[1] == pytest.approx(len(guitar[0]) / guitar[1], abs=0.002)
    assert loaded.value["duration_s"] == pytest.approx(len(hum[0]) / hum[1], abs=0.002)
    sizes = set()
    for file in files:
        if file.suffix == ".webp":
            with Image.open(file) as image:
                sizes.add(image.size)
    assert len(sizes) == 1


def test_it_is_small_and_has_no_file_that_is_not_shown(loaded: arrival.Arrival) -> None:
    committed = {file.name for file in FILES.iterdir()}
    assert {Path(file["path"]).name for file in found(loaded.value)} >= committed - {"arrival.json"}
    assert sum(file.stat().st_size for file in FILES.iterdir()) < 200_000


def test_what_is_saved_is_what_is_loaded(loaded: arrival.Arrival, tmp_path: Path) -> None:
    (tmp_path / "arrival").mkdir()
    (tmp_path / "hum.wav").write_bytes(b"hum")
    value = {"sounds": [{"file": "hum.wav"}], "notes": [{"midi": 57}]}
    arrival.save(tmp_path, arrival.Arrival(value, "1 note", ("it is clipped",), "abc"))
    assert json.loads((tmp_path / arrival.FILE_NAME).read_text())["value"] == value
    again = arrival.load(tmp_path)
    assert Path(again.value["sounds"][0]["file"]["path"]).read_bytes() == b"hum"
    assert (again.summary, again.warnings, again.checkpoint) == ("1 note", ("it is clipped",), "abc")
    assert again.value["notes"] == value["notes"]


def found(part: Any) -> list[dict[str, Any]]:
    """Every file of a value."""
    if isinstance(part, dict):
        return [part] if "path" in part else [file for each in part.values() for file in found(each)]
    return [file for each in part for file in found(each)] if isinstance(part, list) else []
