from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from sounds import sung

from hum2guitar import Config, Conversion, Hum2Guitar
from hum2guitar.analysis import audio
from page import view
from page.view import compared, texts, value
from page.view.korean import KOREAN
from page.view.take import Take, mel_of


@pytest.fixture
def conversion(converter: Hum2Guitar) -> Conversion:
    rate = converter.config.sample_rate
    return converter.convert(sung([(0.1, 0.7, 57), (0.8, 1.4, 61)], rate, 1.6), rate, iterations=1)


def test_a_mel_is_a_grey_picture_with_the_lowest_bin_at_the_bottom(tmp_path: Path, tiny: Config) -> None:
    mel_db = np.full((tiny.n_mels, 7), tiny.mel_floor_db)
    mel_db[0, 3] = tiny.mel_ceil_db
    described = value.mel_image(tmp_path / "mel.png", mel_db, tiny, "hum")
    with Image.open(described["file"]) as image:
        assert image.mode == "L"
        pixels = np.asarray(image)
    assert pixels.shape == mel_db.shape
    assert pixels[-1, 3] == 255
    assert pixels.sum() == 255
    assert described["start_s"] + 3.5 * described["column_s"] == pytest.approx(3 * tiny.frame_s)


def test_a_long_picture_keeps_its_onsets_and_its_place_in_time(tmp_path: Path, tiny: Config) -> None:
    n_frames = 2 * value.MAX_COLUMNS + 5
    mel_db = np.full((tiny.n_mels, n_frames), tiny.mel_floor_db)
    mel_db[2, 10001] = tiny.mel_ceil_db
    described = value.mel_image(tmp_path / "mel.png", mel_db, tiny, "hum")
    with Image.open(described["file"]) as image:
        pixels = np.asarray(image)
    assert pixels.shape[1] <= value.MAX_COLUMNS
    _, column = np.unravel_index(pixels.argmax(), pixels.shape)
    start_s = described["start_s"] + column * described["column_s"]
    assert start_s <= 10001 * tiny.frame_s <= start_s + described["column_s"]


def test_a_difference_of_nothing_is_the_middle_of_its_scale_and_less_is_darker(tmp_path: Path, tiny: Config) -> None:
    difference_db = np.zeros((tiny.n_mels, 3 * value.MAX_COLUMNS))
    difference_db[0, 1], difference_db[1, 1] = -12.0, 12.0
    described = value.difference_image(tmp_path / "d.png", difference_db, tiny, "difference")
    with Image.open(described["file"]) as image:
        pixels = np.asarray(image).astype(float)[::-1]
    assert abs(pixels[2, 0] - 127.5) <= 0.5
    db = described["low_db"] + pixels[:2, 0] / 255 * (described["high_db"] - described["low_db"])
    np.testing.assert_allclose(db, [-12, 12], atol=0.1)


def test_a_take_has_each_part_as_soon_as_it_is_there(tmp_path: Path, conversion: Conversion) -> None:
    take = Take("one", tmp_path, conversion.config)
    empty = take.value()
    assert [panel["kind"] for panel in empty["panels"]] == ["mel"] * 3
    heard = take.hear(conversion.heard, tmp_path / "hum.wav")
    assert [panel["kind"] for panel in heard["panels"]] == ["f0", "mel", "mel", "mel"]
    assert [sound["file"] is None for sound in heard["sounds"]] == [False, True, True]
    assert [len(panel.get("images", ["f0"])) for panel in heard["panels"]] == [1, 1, 0, 0]
    played = take.play(conversion.played, conversion.sound.label)
    assert len(played["notes"]) == 2
    assert len(played["panels"][2]["plucks"]) == 2
    take.generate(conversion.sound.mel_db)
    done = take.sound("guitar", conversion.sound, tmp_path / "guitar.wav")
    assert [image["sound"] for image in done["panels"][3]["images"]] == [None, "guitar"]
    assert heard["panels"][2]["images"] == []  # what was given before does not change


def test_the_mel_of_a_sound_is_compared_at_the_level_of_the_generated_one(conversion: Conversion) -> None:
    config, sound = conversion.config, conversion.sound
    louder = replace(sound, waveform=2 * sound.waveform)
    np.testing.assert_allclose(mel_of(louder, sound.mel_db, config), mel_of(sound, sound.mel_db, config), atol=0.1)


def test_files_of_a_value_are_copied_to_where_gradio_serves_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, conversion: Conversion
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    audio.save(tmp_path / "hum.wav", conversion.waveform, conversion.sample_rate)
    take = Take("one", tmp_path, conversion.config).hear(conversion.heard, tmp_path / "hum.wav")
    kept = view.kept(take)
    for file in (kept["sounds"][0]["file"], kept["panels"][1]["images"][0]["file"]):
        assert Path(file["path"]).is_relative_to(tmp_path / "served")
        assert file["meta"] == {"_type": "gradio.FileData"}
    assert kept["sounds"][1]["file"] is None
    assert view.kept(take) == kept  # each once


def test_a_comparison_has_its_sounds_and_each_of_its_panels(tmp_path: Path, tiny: Config) -> None:
    picture = np.zeros((tiny.n_mels, 9))
    f0_hz, frame_s = np.array([220.0, np.nan]), tiny.frame_s
    panels = [
        SimpleNamespace(
            kind="f0", name="f0", unit="Hz", curves={"a": f0_hz, "b": f0_hz}, frame_s=frame_s, spans=[[0, 1]]
        ),
        SimpleNamespace(kind="f0", name="cents", unit="cents", curves={"cents": f0_hz}, frame_s=frame_s, spans=[]),
        SimpleNamespace(kind="mel", name="one", values=picture),
        SimpleNamespace(kind="difference", name="two", values=picture),
    ]
    sounds = {"one": np.zeros(800, np.float32), "two": np.zeros(1600, np.float32)}
    result = SimpleNamespace(sample_rate=16000, sounds=lambda: sounds, panels=lambda: panels)
    shown = compared.compare("lab", result, tiny, tmp_path, {"one": "First"}, "{}: {}".format)
    assert shown["duration_s"] == 0.1
    assert [sound["label"] for sound in shown["sounds"]] == ["First", "two"]
    assert [(panel["kind"], panel["title"]) for panel in shown["panels"]] == [
        ("f0", "f0: f0"),
        ("cents", "f0: cents"),
        ("mel", "mel: one"),
        ("difference", "difference: two"),
    ]
    assert shown["panels"][0]["curves"][1]["hz"] == [220.0, None]
    assert all(Path(panel["images"][0]["file"]).is_file() for panel in shown["panels"][2:])


def test_every_text_of_the_view_is_in_korean_with_the_same_words_in_braces() -> None:
    english = {*texts.VIEW.values(), *texts.TAKE.values(), *texts.FILES.values()} - {"hum2guitar.png"}
    fields = re.compile(r"\{\w+\}")
    assert english - {"−", "+"} <= set(KOREAN)
    assert set(KOREAN) <= english
    assert all(sorted(fields.findall(each)) == sorted(fields.findall(KOREAN[each])) for each in KOREAN)
