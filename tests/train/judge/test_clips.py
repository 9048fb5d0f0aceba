"""The judge's material: computed guitars, melodies, SoundFonts that must be there, and processes that must not hang."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tunes import RATE

from hum2guitar.config import Config
from hum2guitar.errors import CorpusError
from train.__main__ import main
from train.judge.clips import make_clips
from train.judge.computed_guitar import computed_guitar
from train.judge.performance import compass, f0_of
from train.synth.melody import compose


def test_a_computed_string_decays_and_is_in_tune(rng: np.random.Generator) -> None:
    sample = computed_guitar({57}, rng).samples[0]
    early, late = (np.sqrt((sample.waveform[n : n + 8000] ** 2).mean()) for n in (2000, 80000))
    assert late < 0.7 * early
    assert sample.midi == 57


def test_melodies_for_both_classes_are_composed_on_a_mute_guitar(rng: np.random.Generator) -> None:
    strokes = compose(compass(50, 70), 4.0, rng)
    assert all(49 <= stroke.midi <= 71 for stroke in strokes)
    f0_hz = f0_of(strokes, 4 * RATE, Config())
    assert np.isnan(f0_hz[0])
    assert f0_hz[-1] == pytest.approx(440 * 2 ** ((strokes[-1].midi - 69) / 12), rel=1e-4)


def test_without_fluidsynth_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    assert main(["judge", "fit", "--out", str(tmp_path / "judge.safetensors"), "--clips", "2"]) == 2
    assert "install FluidSynth" in capsys.readouterr().err


def test_without_the_fonts_the_maker_of_clips_names_the_package(tmp_path: Path) -> None:
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    with pytest.raises(CorpusError, match=r"there is no SoundFont .*FluidR3_GM\.sf2.*apt install fluid-soundfont-gm"):
        make_clips(tmp_path, "judge", 2, seed=0, processes=1)


def test_judge_test_says_that_the_font_is_missing_before_it_listens_to_recordings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    (tmp_path / "broken.wav").write_text("no recording")
    assert main(["judge", "test", "--guitar", str(tmp_path), "--soundfonts", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert "there is no SoundFont" in said.err
    assert said.out == ""


CLIPS_AFTER_THREADS = """
import torch
from pathlib import Path
from train.judge import clips
from train.corpus.instruments import INSTRUMENTS
torch.set_num_threads(2)
torch.nn.functional.conv2d(torch.rand(4, 8, 64, 64), torch.rand(8, 8, 3, 3))
clips.of_role = lambda role: [i for i in INSTRUMENTS if i.name in ("computed_strings", "computed_voice")]
print(len(clips.make_clips(Path("none"), "judge", 4, seed=0, processes=2)))
"""


def test_clips_are_made_by_other_processes_also_where_torch_has_used_its_threads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLIPS_AFTER_THREADS], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "4", done.stderr
