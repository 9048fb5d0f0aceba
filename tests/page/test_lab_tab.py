"""The lab's tab in a real browser: one server and one browser for all tests, and recordings of 2.8 s."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from browsing import NEEDS_CHROMIUM, chromium, serious
from melody import SR, plucked_melody
from sounds import noise

from page import lab_texts, texts
from page.language import told

pytest.importorskip("playwright.sync_api", reason="the browser tests need the package playwright")
pytestmark = NEEDS_CHROMIUM
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
RESULTS = {  # experiment → the sounds, the kinds of pictures, and the first figure
    "guitar": (2, ["mel", "mel", "difference"], "mel_l1_db"),
    "inversions": (4, ["mel", *["difference"] * 3], "mel_l1_db"),
    "trackers": (1, ["f0", "cents"], "disagree_share"),
    "sounds": (2, ["mel", "mel", "difference"], "mel_l1_db"),
}
PLAYING = "document.querySelector('{} .play').ariaPressed === 'true'"
# every picture has as many pixels as it has room, and several colours
DRAWN = """() => [...document.querySelectorAll('#lab-view figure canvas')].every((canvas) => {
    if (!canvas.clientWidth || canvas.width !== Math.round(canvas.clientWidth * devicePixelRatio)) return false;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size > 5;
})"""


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("recordings")
    made = {
        "melody": plucked_melody(),
        "later": np.r_[np.zeros(SR // 4, np.float32), plucked_melody()],
        "short": plucked_melody()[: SR // 5],
        "silent": np.zeros(SR, np.float32),
        "hiss": noise(2 * SR, np.random.default_rng(0)),
    }
    for name, waveform in made.items():
        soundfile.write(folder / f"{name}.wav", waveform, SR)
    soundfile.write(folder / "long.wav", np.zeros(121 * 8000), 8000)
    return {path.stem: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def visit(address: str, browser: Any) -> Iterator[Callable[..., Any]]:
    """Open the lab; in the end, no visit had an error."""
    errors: list[str] = []

    def open_lab(theme: str = "light", viewport: dict[str, int] = DESK, **options: Any) -> Any:
        visitor = browser.new_context(viewport=viewport, **options).new_page()
        visitor.on("pageerror", lambda error: errors.append(str(error)))
        visitor.goto(f"{address}?__theme={theme}")
        visitor.get_by_role("tab").nth(1).click(timeout=60_000)
        visitor.locator("#lab-first input[type=file]").wait_for(state="attached")
        return visitor

    yield open_lab
    assert errors == []


@pytest.fixture(scope="module")
def desk(visit: Callable[..., Any]) -> Any:
    """One visit for several tests: the page is large, and takes seconds to load."""
    return visit()


def choose(visitor: Any, experiment: str) -> None:
    visitor.locator("#lab-experiment label").nth(list(RESULTS).index(experiment)).click()
    about = lab_texts.EXPERIMENTS[experiment].about.strip().split("**")[1]
    visitor.get_by_text(re.compile(f"{re.escape(about)}|{re.escape(bold(experiment))}")).wait_for()


def bold(experiment: str) -> str:
    """The question of an experiment in Korean."""
    return told(lab_texts.EXPERIMENTS[experiment].about, "ko").strip().split("**")[1]


def give(visitor: Any, recording: Path, where: str = "first") -> None:
    """Upload a recording, in place of one that is there."""
    clear(visitor, where)
    visitor.locator(f"#lab-{where} input[type=file]").first.set_input_files(recording)
    visitor.locator(f"#lab-{where}").get_by_role("button", name="Clear").wait_for()


def clear(visitor: Any, where: str) -> None:
    button = visitor.locator(f"#lab-{where}").get_by_role("button", name="Clear")
    if button.count():
        button.click()
        button.wait_for(state="hidden")


def compare(visitor: Any, name: str = lab_texts.COMPARE) -> None:
    visitor.get_by_role("button", name=name, exact=True).click()


def finished(visitor: Any, experiment: str, language: str = "en") -> None:
    name = told(lab_texts.EXPERIMENTS[experiment].name, language)
    visitor.locator("#lab-result h2", has_text=name).wait_for(timeout=60_000)
    visitor.wait_for_function(DRAWN, timeout=30_000)


def test_axe_finds_nothing_serious_in_a_lab_before_a_comparison(desk: Any) -> None:
    assert serious(desk) == []
    compare(desk)
    said(desk, "There is no recording yet")
    assert serious(desk) == []


def said(visitor: Any, sentence: str) -> None:
    """Wait until a sentence is said beside the button."""
    visitor.locator("#lab-said [role=alert]", has_text=sentence).wait_for(timeout=30_000)


@pytest.mark.parametrize("experiment", list(RESULTS))
def test_each_experiment_has_sounds_pictures_and_figures(
    desk: Any, recordings: dict[str, Path], experiment: str
) -> None:
    choose(desk, experiment)
    give(desk, recordings["melody"])
    if experiment == "sounds":
        compare(desk)
        said(desk, "There is only one recording")
        give(desk, recordings["later"], "second")
    compare(desk)
    finished(desk, experiment)
    n_sounds, pictures, figure = RESULTS[experiment]
    assert desk.locator("#lab-view .sounds button:enabled").count() == n_sounds
    shown = desk.locator("#lab-view figure").evaluate_all("all => all.map((each) => each.className)")
    assert shown == pictures
    row = desk.locator("#lab-numbers tbody tr").first.inner_text()
    measure = lab_texts.MEASURES[figure]
    assert measure.name in row
    assert measure.meaning in row
    assert re.search(rf"\d\.\d\s{measure.unit}$", row)
    if experiment == "inversions":
        the_upper_picture_follows_the_sound(desk)
    if experiment == "sounds":
        offset = desk.locator("#lab-numbers tr", has_text=lab_texts.MEASURES["offset_s"].name)
        assert "0.250" in offset.inner_text()


def the_upper_picture_follows_the_sound(visitor: Any) -> None:
    picture = "document.querySelector('#lab-view figure canvas').toDataURL()"
    visitor.locator("#lab-view .playhead").focus()
    before = visitor.evaluate(picture)
    visitor.keyboard.press("4")
    visitor.wait_for_function(f"(before) => {picture} !== before", arg=before)


def test_axe_finds_nothing_serious_in_a_lab_after_a_comparison(desk: Any) -> None:
    assert serious(desk) == []


def test_an_example_is_compared_by_one_click_with_its_licence_beside_it(desk: Any) -> None:
    link = desk.get_by_role("link", name="CC BY 4.0")
    assert link.get_attribute("href") == "https://creativecommons.org/licenses/by/4.0/"
    choose(desk, "trackers")
    example(desk, "trackers", "ode-to-joy-low-voice.flac")
    finished(desk, "trackers")
    choose(desk, "sounds")
    example(desk, "sounds", "ode-to-joy-low-voice.flac", "ode-to-joy-guitar.mp3")
    finished(desk, "sounds")
    assert lab_texts.LABELS["second"] in desk.locator("#lab-view .sounds").inner_text()


def example(visitor: Any, experiment: str, *files: str) -> None:
    text = told(lab_texts.EXPERIMENTS[experiment].examples[files], visitor.evaluate("navigator.language.slice(0, 2)"))
    visitor.get_by_text(text, exact=True).filter(visible=True).click()


def test_what_cannot_be_compared_is_said_beside_the_button_and_the_result_stays(
    desk: Any, recordings: dict[str, Path]
) -> None:
    choose(desk, "trackers")
    sentences = {
        "short": "The recording lasts 0.20 s",
        "silent": "The recording is silent",
        "long": "longer than 2 minutes",
        "hiss": "heard a pitch in the recording; choose one with a melody.",
    }
    for name, sentence in sentences.items():
        give(desk, recordings[name])
        compare(desk)
        said(desk, sentence)
        desk.get_by_role("button", name=lab_texts.COMPARE, exact=True).wait_for()
    assert desk.locator(".toast-body").count() == 0
    finished(desk, "sounds")  # what was compared last


def test_a_second_recording_that_was_cleared_is_not_compared(desk: Any, recordings: dict[str, Path]) -> None:
    choose(desk, "sounds")
    for again in range(3):
        give(desk, recordings["melody"])
        give(desk, recordings["later"], "second")
        if again == 1:
            choose(desk, "trackers")
            choose(desk, "sounds")
        clear(desk, "second")
        compare(desk)
        said(desk, "There is only one recording")
        desk.get_by_role("button", name=lab_texts.COMPARE, exact=True).wait_for()
    finished(desk, "sounds")


def test_cancel_is_there_while_something_runs_and_says_what_became_of_it(desk: Any) -> None:
    cancel = desk.locator("#lab-cancel")
    assert not cancel.is_visible()
    choose(desk, "inversions")
    example(desk, "inversions", "guitarset-rock-solo.flac")
    cancel.click()
    desk.get_by_role("status").filter(has_text=lab_texts.CANCELLED).wait_for()
    desk.get_by_role("button", name=lab_texts.COMPARE, exact=True).wait_for()
    assert not cancel.is_visible()
    finished(desk, "sounds")


def test_the_keyboard_alone_chooses_compares_and_plays(desk: Any, recordings: dict[str, Path]) -> None:
    give(desk, recordings["melody"])
    desk.locator("#lab-experiment input").first.focus()
    tab_to(desk, "value === 'trackers'")
    desk.keyboard.press(" ")
    desk.get_by_text(lab_texts.FIRST_TRACKER, exact=True).wait_for()
    tab_to(desk, f"innerText === '{lab_texts.COMPARE}'")
    desk.keyboard.press("Enter")
    finished(desk, "trackers")
    tab_to(desk, "matches('#lab-view .play')")
    desk.keyboard.press("Enter")
    desk.wait_for_function(PLAYING.format("#lab-view"))
    desk.keyboard.press("Enter")


def tab_to(visitor: Any, what: str) -> None:
    """Press Tab until the element in focus is the one that JavaScript describes."""
    for _ in range(40):
        visitor.keyboard.press("Tab")
        if visitor.evaluate(f"document.activeElement.{what}"):
            return
    raise AssertionError(f"Tab never reached what {what}")


def test_keys_reach_one_view_and_the_other_tab_pauses_it_and_draws_it_again(desk: Any) -> None:
    example(desk, "trackers", "ode-to-joy-low-voice.flac")
    desk.wait_for_function("document.querySelector('#lab-view .clock').innerText.includes('0:08')")
    desk.locator("#lab-view .playhead").focus()
    desk.keyboard.press(" ")
    desk.wait_for_function(PLAYING.format("#lab-view"))
    desk.get_by_role("tab").nth(0).click()
    desk.wait_for_function(f"!({PLAYING.format('#lab-view')})")
    if not desk.locator("#view .play:enabled").count():
        title = next(iter(texts.EXAMPLES.values()))
        desk.get_by_text(title, exact=True).filter(visible=True).first.click()
    desk.locator("#view .play:enabled").wait_for(timeout=60_000)
    desk.locator("#view .playhead").focus()
    desk.keyboard.press(" ")
    desk.wait_for_function(PLAYING.format("#view"))
    assert not desk.evaluate(PLAYING.format("#lab-view"))
    desk.set_viewport_size({"width": 800, "height": 900})
    desk.get_by_role("tab").nth(1).click()
    desk.wait_for_function(f"!({PLAYING.format('#view')})")
    desk.wait_for_function(DRAWN)


def test_a_dark_phone_shows_all_of_it_without_overflow_and_axe_finds_nothing_serious(
    visit: Callable[..., Any], recordings: dict[str, Path]
) -> None:
    visitor = visit("dark", PHONE, is_mobile=True, has_touch=True)
    width = "document.documentElement.scrollWidth"
    assert visitor.evaluate(width) == PHONE["width"]
    assert serious(visitor) == []
    choose(visitor, "inversions")
    give(visitor, recordings["melody"])
    compare(visitor)
    finished(visitor, "inversions")
    assert visitor.evaluate(width) == PHONE["width"]
    assert serious(visitor) == []


def test_a_visitor_from_korea_reads_korean(visit: Callable[..., Any]) -> None:
    visitor = visit(locale="ko-KR")
    choose(visitor, "trackers")
    compare(visitor, "비교하기")
    visitor.locator("#lab-said [role=alert]", has_text="아직 녹음이 없").wait_for()
    example(visitor, "trackers", "ode-to-joy-low-voice.flac")
    finished(visitor, "trackers", "ko")
    shown = visitor.locator("body").inner_text()
    assert "__i18n__" not in shown
    measures = [each.meaning for each in lab_texts.MEASURES.values()]
    english = [lab_texts.COMPARE, *lab_texts.CURVES.values(), *lab_texts.LABELS.values(), "Cepstrum", *measures]
    assert [text for text in english if text in shown] == []
