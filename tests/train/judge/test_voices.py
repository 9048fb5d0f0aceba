"""Recorded voices: their licence, their speed and their pitch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from tunes import RATE, instrument, sung_tune

from hum2guitar.errors import CorpusError
from train.judge.voices import Voice, read_voices
from train.synth.guitar import RENDER_RATE


def test_a_voice_played_faster_is_higher_and_shorter_as_its_f0_says(rng: np.random.Generator) -> None:
    t = np.arange(4 * RENDER_RATE) / RENDER_RATE
    voice = Voice(np.sin(2 * np.pi * 220 * t).astype(np.float32), np.full(4 * 44, 220.0, dtype=np.float32))
    sound, f0_hz = voice.at_speed(1.5, 2.0, rng)
    assert len(sound) == 2 * RENDER_RATE
    assert np.argmax(np.abs(np.fft.rfft(sound))) / 2 == pytest.approx(330, abs=1)
    np.testing.assert_allclose(f0_hz, 330)
    whole, _ = voice.at_speed(2.0, 8.0, rng)
    assert len(whole) == pytest.approx(2 * RENDER_RATE, abs=2)


@pytest.mark.parametrize(("stated", "there"), [("none stated", True), ("CC BY 4.0", False), (None, True)])
def test_a_voice_without_the_licence_of_the_table_or_missing_is_refused(
    tmp_path: Path, stated: str | None, there: bool
) -> None:
    wanted = [instrument("vocadito_10")]
    with pytest.raises(CorpusError, match=r"there is no .*manifest\.csv"):
        read_voices(tmp_path, wanted)
    (tmp_path / "manifest.csv").write_text("file,licence\n" + (f"vocadito_10.flac,{stated}\n" if stated else ""))
    if there:
        soundfile.write(tmp_path / "vocadito_10.flac", sung_tune(), RATE)
    with pytest.raises(CorpusError, match=r"must hold vocadito_10\.flac under CC BY 4\.0"):
        read_voices(tmp_path, wanted)


def test_a_voice_under_the_licence_of_the_table_is_read_with_its_pitch(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("file,licence\nvocadito_10.flac,CC BY 4.0\n")
    soundfile.write(tmp_path / "vocadito_10.flac", sung_tune(), RATE)
    voice = read_voices(tmp_path, [instrument("vocadito_10")])["vocadito_10"]
    assert len(voice.waveform) == 4 * RENDER_RATE
    assert np.nanmin(voice.f0_hz) == pytest.approx(220, rel=0.03)
