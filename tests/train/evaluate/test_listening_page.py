"""The page of an evaluation: self-contained, escaped, with every sound and figure of every recording."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from melody import SR, plucked_melody
from note_samples import RATE, pluck
from untrained import TINY, random_generator

from hum2guitar import Config, Hum2Guitar
from hum2guitar.errors import UserError
from hum2guitar.metrics.measured import Measured, mean
from hum2guitar.synthesis.checkpoint import Checkpoint
from train.evaluate.clip import Clip
from train.evaluate.inversions import Inverted
from train.evaluate.listening_page import Page
from train.evaluate.source import GUITAR, read_source

NAME = 'a "quoted" & <b>bold<b> name.wav'
RESULTS = {
    "checkpoint": {"name": "c.safetensors", "commit": "abc1234", "sha256": "0" * 64},
    "command": "python -m train evaluate",
    "versions": {"torch": "2.8"},
    "inversions": {"logmag (dB)": {"pghi": 1.75}},
}


def a_page(folder: Path, converter: Hum2Guitar) -> str:
    sound = plucked_melody()
    soundfile.write(folder / NAME, sound, SR)
    source = read_source(converter, GUITAR, folder / NAME)
    figures = {
        "mel_l1 (dB)": {"model": Measured((np.array([1.25]),), mean), "a & b": Measured((np.array([2.5]),), mean)}
    }
    clip = Clip(source, {"model": 0.1 * sound, "a & b": np.zeros_like(sound)}, figures, {})
    page = Page(converter.config)
    page.add(clip, Inverted({"griffin-lim": sound}, {"logmag (dB)": {"griffin-lim": 1.5}}))
    page.write(folder / "page.html", RESULTS)
    return (folder / "page.html").read_text()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return a_page(tmp_path_factory.mktemp("page"), Hum2Guitar(Checkpoint(random_generator(TINY), TINY, {})))


def test_the_page_holds_everything_and_asks_for_nothing(page: str) -> None:
    sources = re.findall(r'src="([^"]{0,30})', page)
    assert len(sources) == 8  # input, two columns and an inversion, each heard and seen
    assert all(source.startswith("data:") for source in sources)
    assert not re.search(r"https?:", page)
    assert all(figure in page for figure in ("1.250", "2.500", "1.500"))


def test_the_page_says_which_checkpoint_it_is_of_and_how_the_inversions_compare(page: str) -> None:
    assert all(words in page for words in ("c.safetensors", "abc1234", "python -m train evaluate", "1.750"))


def test_names_cannot_become_part_of_the_page(page: str) -> None:
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert "a &amp; b" in page


def test_every_sound_is_played_as_loud(page: str) -> None:
    heard = re.findall(r'src="data:audio/mpeg;base64,([^"]+)', page)
    sounds = [soundfile.read(io.BytesIO(base64.b64decode(sound)))[0] for sound in heard]
    levels = [np.sqrt((sound**2).mean()) for sound in sounds]
    assert levels[0] == pytest.approx(levels[1], rel=0.05)
    assert levels[0] > 0.02
    assert levels[2] == 0


@pytest.mark.parametrize(
    ("rate", "fmax_hz", "shown_hz"), [(16000, 8000.0, 8000), (22050, 8000.0, 10000), (44100, 18000.0, 18000)]
)
def test_the_pictures_show_what_the_mel_of_the_checkpoint_holds(
    tiny: Config, rate: int, fmax_hz: float, shown_hz: int
) -> None:
    config = replace(tiny, sample_rate=rate, fmax_hz=fmax_hz)
    assert Page(config).shown_hz == shown_hz


def test_a_sound_at_44_khz_is_drawn(tmp_path: Path, tiny: Config, converter: Hum2Guitar) -> None:
    soundfile.write(tmp_path / "note.wav", pluck(57), RATE)
    source = read_source(converter, GUITAR, tmp_path / "note.wav")
    page = Page(replace(tiny, sample_rate=RATE, fmax_hz=18000.0))
    page.add(
        Clip(source, {"model": pluck(57)}, {"x": {"model": Measured((np.ones(1),), mean)}}, {}),
        Inverted({}, {"x": {"pghi": 1.0}}),
    )
    page.write(tmp_path / "page.html", {})
    assert "data:image/png" in (tmp_path / "page.html").read_text()


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path, tiny: Config) -> None:
    with pytest.raises(UserError, match="cannot write"):
        Page(tiny).write(tmp_path / "nowhere" / "page.html", {})
