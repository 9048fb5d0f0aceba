from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from soundfonts import write_soundfont

from hum2guitar.errors import CorpusError
from train.corpus import soundfont
from train.synth.guitar import RENDER_RATE
from train.synth.melody import Stroke

pytest.importorskip(
    "fluidsynth", reason="pyfluidsynth or the FluidSynth library is not installed", exc_type=ImportError
)


@pytest.fixture
def font(tmp_path: Path) -> Path:
    return write_soundfont(tmp_path / "strings.sf2")


@pytest.fixture(autouse=True)
def few_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfont, "LOWEST", 58)
    monkeypatch.setattr(soundfont, "HIGHEST", 61)


def test_each_key_of_a_program_becomes_a_sample_of_its_pitch_in_every_velocity_layer(font: Path) -> None:
    guitar = soundfont.load_guitar(font, 24, licence="CC0 1.0")
    assert guitar.range == (58, 61)
    assert guitar.licence == "CC0 1.0"
    assert guitar.name == "test_guitar_strings"
    assert [round(sample.midi) for sample in guitar.samples] == [key for key in range(58, 62) for _ in range(3)]


def test_a_softer_layer_says_how_much_softer_it_was_played(font: Path) -> None:
    guitar = soundfont.load_guitar(font, 24)
    gains = np.array([sample.gain_db for sample in guitar.samples]).reshape(-1, 3)
    # the standard's attenuation: 40 log10(127 / velocity)
    assert gains == pytest.approx(np.tile(-40 * np.log10(127 / np.array(soundfont.VELOCITIES)), (4, 1)), abs=0.5)


def test_a_soft_stroke_takes_the_soft_layer(font: Path) -> None:
    guitar = soundfont.load_guitar(font, 24)
    assert guitar.nearest(60.1, -1.0).gain_db == 0
    assert guitar.nearest(60.1, -11.0).gain_db == pytest.approx(-12, abs=0.5)
    assert round(guitar.nearest(59.2, -11.0).midi) == 59


def test_a_program_that_the_font_lacks_is_named(font: Path) -> None:
    with pytest.raises(CorpusError, match="no program 25 in bank 0"):
        soundfont.load_guitar(font, 25)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("FluidR3_GM.sf2", "apt install fluid-soundfont-gm"),
        ("TimGM6mb.sf2", "apt install timgm6mb-soundfont"),
        ("mine.sf2", "give the path of an .sf2 file"),
    ],
)
def test_a_missing_font_says_where_to_get_it(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(CorpusError, match=rf"there is no SoundFont .*{name}; .*{said}"):
        soundfont.SoundFont(tmp_path / name)


@pytest.mark.parametrize("content", [b"RIFF and nothing more", b"", b"RIFF\x10\0\0\0sfbk"])
def test_a_file_that_is_no_font_is_named_and_fluidsynth_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes
) -> None:
    path = tmp_path / "notes.sf2"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=r"notes\.sf2"):
        soundfont.SoundFont(path)
    assert "fluidsynth:" not in capfd.readouterr().err


def test_a_melody_sounds_the_same_whatever_another_opening_of_the_font_has_played(font: Path) -> None:
    strokes = [Stroke(0.1, 0.4, 57.0, 0.0, 0.05), Stroke(0.5, 0.3, 60.0, -3.0, 0.05)]
    controls = np.tile([0.0, 1.0], (100, 1))
    fonts = [soundfont.SoundFont(font) for _ in range(2)]
    fonts[1].play(64, 100, 0.33, program=24)
    fonts[1].close()
    again = soundfont.SoundFont(font)
    one, other = (played.perform(strokes, controls, program=24) for played in (fonts[0], again))
    assert np.array_equal(one, other)
    assert len(one) == 100 * soundfont.BLOCK
    assert np.abs(one[: int(0.09 * RENDER_RATE)]).max() < 0.1 * np.abs(one).max()
