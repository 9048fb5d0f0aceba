from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from note_samples import pluck

from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.note import Note
from train.__main__ import main
from train.corpus import describe, figure, store


@pytest.fixture
def corpus(tmp_path: Path, tiny: Config) -> Path:
    """Two guitars: 7 s of A3 from one for training, 7 s of E4 from the other for validation."""
    infos = []
    for name, midi, guitar, split in (("a", 57, "steel", "train"), ("b", 64, None, "validation")):
        waveform = np.concatenate([pluck(midi, 1.0, tiny.sample_rate) for _ in range(7)])
        seconds = len(waveform) / tiny.sample_rate
        infos.append(store.TakeInfo(name, guitar, split, seconds, "CC0 1.0", "computed"))
        store.write_take(tmp_path, infos[-1], waveform, [Note(t + 0.005, t + 1.0, midi, 0.8) for t in range(7)], tiny)
    left_out = {"noise": {"seconds": 12.0, "recordings": 2}}
    store.write_index(tmp_path, infos, tiny, "make it", left_out)
    return tmp_path


def test_a_description_names_hours_guitars_licences_and_what_was_left_out(corpus: Path) -> None:
    told = describe.describe(corpus)
    assert "made by: make it" in told
    assert "train         0.00 h, takes: 1, segments of 5 s: 1" in told
    assert "left out: 12.0 s noise in 2 recordings" in told
    assert "steel     0.00 h  CC0 1.0" in told
    assert "unknown   0.00 h  CC0 1.0" in told


def test_pitches_are_counted_in_minutes(corpus: Path, tiny: Config) -> None:
    minutes = describe.pitch_minutes(corpus, store.read_index(corpus), tiny.frame_s)
    assert np.flatnonzero(minutes > 0.05).tolist() == [57, 64]
    assert minutes.sum() == pytest.approx(14 / 60, rel=0.15)


def test_a_page_shows_label_and_mel_of_each_stretch(corpus: Path) -> None:
    page = figure.draw_page(corpus)
    label, recording = page.axes  # one take is for training
    pictures = [axis.images[0].get_array() for axis in (label, recording)]
    assert all(np.ptp(picture) > 40 for picture in pictures)
    assert label.get_title(loc="left") == "a: steel"


def test_a_page_marks_the_plucks_that_were_played_and_no_others(corpus: Path, tiny: Config) -> None:
    label, _ = figure.draw_page(corpus).axes
    (marks,) = label.lines
    start_s = 1.01  # the five seconds in the middle of seven
    assert marks.get_xdata() == pytest.approx([t + 0.005 - start_s for t in range(2, 7) if t < start_s + 5], abs=0.02)


def test_describe_prints_and_draws(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpus", "describe", "--corpus", str(corpus), "--figure", str(tmp_path / "page.png")]) == 0
    assert "octave 3" in capsys.readouterr().out
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UserError, match=r"ends in \.png"):
        figure.save_page(tmp_path / "page.pdf", corpus)
