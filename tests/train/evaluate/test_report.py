"""The page of an evaluation: self-contained, escaped, with every sound and figure of every clip."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from melody import SR, plucked_melody

from hum2guitar.errors import UserError
from train.evaluate.evaluation import GUITAR, Clip, Evaluation
from train.evaluate.measured import Measured, mean
from train.evaluate.report import Page

NAME = '<script>alert("x")</script>.wav'


@pytest.fixture(scope="module")
def page() -> Page:
    sound = plucked_melody()
    figures = {
        "mel_l1 (dB)": {"model": Measured((np.array([1.25]),), mean), "a & b": Measured((np.array([2.5]),), mean)}
    }
    clip = Clip(NAME, GUITAR, sound, {"model": 0.1 * sound, "a & b": np.zeros_like(sound)}, figures, SR, {})
    made = Page()
    made.add(clip)
    return made


EVALUATION = Evaluation({}, {}, {}, {NAME: {}}, {})


def test_the_page_holds_everything_and_asks_for_nothing(page: Page, tmp_path: Path) -> None:
    page.write(tmp_path / "page.html", EVALUATION)
    text = (tmp_path / "page.html").read_text()
    sources = re.findall(r'src="([^"]{0,30})', text)
    assert len(sources) == 6  # input and two columns, each heard and seen
    assert all(source.startswith("data:") for source in sources)
    assert "http" not in text
    assert "1.250" in text
    assert "2.500" in text


def test_names_cannot_become_part_of_the_page(page: Page, tmp_path: Path) -> None:
    page.write(tmp_path / "page.html", EVALUATION)
    text = (tmp_path / "page.html").read_text()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "a &amp; b" in text


def test_every_sound_is_played_as_loud(page: Page, tmp_path: Path) -> None:
    page.write(tmp_path / "page.html", EVALUATION)
    heard = re.findall(r'src="data:audio/mpeg;base64,([^"]+)', (tmp_path / "page.html").read_text())
    sounds = [soundfile.read(io.BytesIO(base64.b64decode(sound)))[0] for sound in heard]
    levels = [np.sqrt((sound**2).mean()) for sound in sounds]
    assert levels[0] == pytest.approx(levels[1], rel=0.05)
    assert levels[0] > 0.02
    assert levels[2] == 0


def test_a_folder_that_is_not_there_is_a_sentence(page: Page, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot write"):
        page.write(tmp_path / "nowhere" / "page.html", EVALUATION)
