from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from browsing import NEEDS_CHROMIUM, chromium, hearing
from served import ROOT, load_module, page

from hum2guitar import Config
from hum2guitar.analysis import audio, f0
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.note import hz_to_midi
from page.view.texts import FILES

pytest.importorskip("playwright.sync_api", reason="the browser test needs the package playwright")
RECORD_S = 7.0
GRID_S = 0.02
# the last spectrogram has many colours
DRAWN = """() => {
    const canvas = [...document.querySelectorAll('#view figure.mel canvas')].pop();
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size > 100;
}"""


@NEEDS_CHROMIUM
def test_a_hum_recorded_in_the_browser_comes_back_as_its_melody(tmp_path: Path, default: Config) -> None:
    make_examples = load_module(ROOT / "assets" / "make_examples.py")
    example = make_examples.EXAMPLES[0]
    hum = tmp_path / "microphone.wav"  # Chromium plays it into the fake microphone, over and over
    waveform = audio.resample(make_examples.sing(example), make_examples.SAMPLE_RATE, 48000)
    soundfile.write(hum, waveform, 48000, subtype="PCM_16")

    with page(tmp_path) as address:
        guitar = tmp_path / "downloaded.wav"
        heard, console_errors = _record_and_convert(address, hum, guitar)

    assert console_errors == []
    assert "notes, " in heard
    played, sample_rate = audio.load(guitar)
    assert RECORD_S - 2 < len(played) / sample_rate < RECORD_S + 4
    assert agreement(played, sample_rate, example.spans(), default) > 0.75


def test_the_agreement_of_another_melody_is_low(default: Config) -> None:
    make_examples = load_module(ROOT / "assets" / "make_examples.py")
    ode, other, _ = make_examples.EXAMPLES
    assert agreement(make_examples.sing(ode), make_examples.SAMPLE_RATE, ode.spans(), default) > 0.9
    assert agreement(make_examples.sing(other), make_examples.SAMPLE_RATE, ode.spans(), default) < 0.5


def _record_and_convert(address: str, hum: Path, guitar: Path) -> tuple[str, list[str]]:
    """Press Record, wait, Stop, and download the guitar; gives what was heard, and any errors."""
    with chromium(hearing(hum)) as browser:
        visitor = browser.new_context(permissions=["microphone"]).new_page()
        errors: list[str] = []
        visitor.on("pageerror", lambda error: errors.append(str(error)))
        visitor.goto(address)
        recorder = visitor.locator("#hum")
        recorder.get_by_role("button", name="Record", exact=True).click(timeout=60_000)
        visitor.wait_for_timeout(RECORD_S * 1000)
        with visitor.expect_response(lambda answer: answer.url.endswith("/gradio_api/upload"), timeout=60_000):
            recorder.get_by_role("button", name="Stop", exact=True).click()
        recorder.get_by_role("button", name="Play", exact=True).wait_for(timeout=30_000)
        done = visitor.locator("#take [data-state=current]", has_text="Take 1")
        failure = visitor.locator("#said p")
        done.or_(failure).first.wait_for(timeout=120_000)
        assert failure.all_inner_texts() == []
        heard = visitor.get_by_text("Heard:")
        # the pictures must be drawn, not merely referred to
        visitor.wait_for_function(DRAWN, timeout=30_000)
        visitor.locator("#view .files summary").click()
        with visitor.expect_download(timeout=60_000) as download:
            visitor.get_by_role("button", name=FILES["wav"]).click()
        download.value.save_as(guitar)
        return heard.locator("..").inner_text(), errors


def agreement(played: np.ndarray, sample_rate: int, spans: list[tuple[float, float, int]], config: Config) -> float:
    """The share of sounding frames within 50 cents of the tune, octaves aside, at the lag that suits it best.

    The tune repeats, as the fake microphone repeats its file; where in it the recording began is not known.
    """
    prepared = audio.prepare(played, sample_rate, config.sample_rate, config.loudness_db)
    f0_hz, _ = f0.track(f0.condition(prepared, config), config, load_tracker("swift"))
    voiced = np.isfinite(f0_hz)
    assert voiced.mean() > 0.3
    frames = np.flatnonzero(voiced)
    midi = hz_to_midi(f0_hz[voiced])

    make_examples = load_module(ROOT / "assets" / "make_examples.py")
    period_s = spans[-1][1] + make_examples.LEAD_S
    tune = np.full(int(period_s / GRID_S), np.nan)
    for onset_s, offset_s, note in spans:
        tune[int(onset_s / GRID_S) : int(offset_s / GRID_S)] = note
    at = (frames * config.frame_s / GRID_S).astype(int)
    shares = []
    for lag in range(len(tune)):
        off = midi - tune[(at + lag) % len(tune)]
        shares.append(float((np.abs((off + 6) % 12 - 6) < 0.5).mean()))  # NaN, a rest of the tune, agrees with nothing
    return max(shares)
