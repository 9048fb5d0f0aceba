"""The guitar recording that the lab offers: short, small, attributed, and cut as its module says."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from served import ROOT, load_module

from hum2guitar.analysis import audio

cut_excerpt = load_module(ROOT / "assets" / "cut_excerpt.py")


def test_the_excerpt_is_short_small_mono_and_not_clipped() -> None:
    info = soundfile.info(cut_excerpt.EXCERPT)
    assert 5 < info.duration < 15
    assert info.duration == pytest.approx(cut_excerpt.STOP_S - cut_excerpt.START_S)
    assert (info.channels, info.samplerate) == (1, 44100)
    assert cut_excerpt.EXCERPT.stat().st_size < 400_000
    assert audio.quality_warnings(*audio.load(cut_excerpt.EXCERPT)) == ()


def test_its_makers_its_licence_and_what_was_changed_stand_in_it_and_beside_it() -> None:
    with soundfile.SoundFile(cut_excerpt.EXCERPT) as file:
        assert file.copy_metadata() == cut_excerpt.TAGS
    beside = (ROOT / "assets" / "README.md").read_text(encoding="utf-8")
    for needed in (
        "GuitarSet",
        "Bello",
        "creativecommons.org/licenses/by/4.0",
        "zenodo.org/records/3371780",
        "Changed",
    ):
        assert needed in beside


def test_a_cut_begins_and_ends_where_it_should_and_fades() -> None:
    rate = 1000
    recording = np.arange(10 * rate, dtype=np.int16) + 1
    piece = cut_excerpt.cut(recording, rate)
    assert len(piece) == 8300
    assert piece[0] == piece[-1] == 0
    np.testing.assert_array_equal(piece[20:-20], recording[820:9080])
