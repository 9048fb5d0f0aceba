from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from browsing import NEEDS_CHROMIUM, visitor
from sounds import voice

from page import texts

pytestmark = NEEDS_CHROMIUM
RATE = 48000


def microphone(folder: Path, peak: float) -> Path:
    """A hum whose largest sample is ``peak`` of full scale."""
    hum = voice(220.0, RATE, 3.0)
    path = folder / "microphone.wav"
    soundfile.write(path, np.clip(hum / np.abs(hum).max() * peak, -1, 1), RATE, subtype="PCM_16")
    return path


@pytest.mark.parametrize(("peak", "judged"), [(0.001, "quiet"), (0.3, "good"), (1.0, "loud")])
def test_while_recording_the_page_says_how_loud_it_is_and_that_nothing_is_processed(
    address: str, tmp_path: Path, peak: float, judged: str
) -> None:
    with visitor(address, microphone=microphone(tmp_path, peak)) as page:
        page.locator("#hum").get_by_role("button", name="Record", exact=True).click()
        page.locator(f"#recorder-level[data-level={judged}]").wait_for(timeout=15_000)
        assert page.locator("#recorder-level").inner_text() == texts.RECORDER[judged]
        assert page.locator("#recorder-meter").is_visible()
        granted = page.evaluate("window.hum2guitar.granted")
        assert [granted[name] for name in ("echoCancellation", "noiseSuppression", "autoGainControl")] == [False] * 3
        assert page.locator("#recorder-granted").inner_text() == texts.RECORDER["unprocessed"]

        page.locator("#hum").get_by_role("button", name="Stop", exact=True).click()
        page.locator("#recorder-meter").wait_for(state="hidden", timeout=15_000)
        assert not page.locator("#recorder-level").is_visible()
        assert not page.locator("#recorder-help").is_visible()


def record_in_the_lab(page: Any) -> Any:
    page.get_by_role("tab").nth(1).click()
    recorder = page.locator("#lab-first")
    recorder.get_by_role("button", name="Record audio").click()
    recorder.get_by_role("button", name="Record", exact=True).click()
    return recorder


def test_a_recorder_of_the_lab_has_the_level_beside_it(address: str, tmp_path: Path) -> None:
    with visitor(address, microphone=microphone(tmp_path, 0.3)) as page:
        page.get_by_role("tab").nth(1).click()
        recorder = record_in_the_lab(page)
        page.locator("#lab-first + #recorder-box #recorder-level[data-level=good]").wait_for(timeout=15_000)
        assert page.locator("#recorder-meter").is_visible()
        recorder.get_by_role("button", name="Stop", exact=True).click()
        page.locator("#recorder-meter").wait_for(state="hidden", timeout=15_000)


def test_a_browser_that_refuses_the_microphone_is_explained_with_the_reason(address: str) -> None:
    with visitor(address) as page:
        page.evaluate("navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => undefined)")
        help_line = page.locator("#recorder-help")
        help_line.wait_for(timeout=15_000)
        assert help_line.inner_text() in {
            f"{texts.RECORDER[reason]} {texts.RECORDER['instead']}" for reason in ("NotAllowedError", "NotFoundError")
        }
        record_in_the_lab(page)
        page.locator("#lab-first + #recorder-box #recorder-help").wait_for(timeout=15_000)


def test_what_the_browser_does_all_the_same_is_told(address: str, tmp_path: Path) -> None:
    with visitor(address, microphone=microphone(tmp_path, 0.3)) as page:
        page.evaluate(
            "MediaStreamTrack.prototype.getSettings = () => ({ echoCancellation: true, noiseSuppression: false })"
        )
        page.evaluate("navigator.mediaDevices.getUserMedia({ audio: true }).then(() => undefined)")
        page.locator("#recorder-granted").wait_for(timeout=15_000)
        assert page.locator("#recorder-granted").inner_text() == texts.RECORDER["echoCancellation"]
