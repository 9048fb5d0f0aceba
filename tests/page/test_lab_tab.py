"""The lab's tab in a real browser: one server and one browser for all tests, and recordings of 2.8 s."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from browsing import CHROMIUM, FLAGS, NEEDS_CHROMIUM
from melody import SR, plucked_melody
from sounds import noise

from page import lab_texts, texts
from page.language import told

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need the package playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the package axe-playwright-python")
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
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def visit(address: str, browser: Any) -> Iterator[Callable[..., Any]]:
    """Open the lab; in the end, no visit had an error."""
    contexts, errors = [], []

    def open_lab(theme: str = "light", viewport: dict[str, int] = DESK, **options: Any) -> Any:
        contexts.append(browser.new_context(viewport=viewport, **options))
        visitor = contexts[-1].new_page()
        visitor.on("pageerror", lambda error: errors.append(str(error)))
        visitor.goto(f"{address}?__theme={theme}")
        visitor.get_by_role("tab").nth(1).click(timeout=60_000)
        visitor.locator("#lab-first input[type=file]").wait_for(state="attached")
        return visitor

    yield open_lab
    for context in contexts:
        context.close()
    assert errors == []


def choose(visitor: Any, experiment: str) -> None:
    visitor.locator("#lab-experiment label").nth(list(RESULTS).index(experiment)).click()
    about = lab_texts.EXPERIMENTS[experiment].about.strip().split("**")[1]
    visitor.get_by_text(re.compile(f"{re.escape(about)}|{re.escape(bold(experiment))}")).wait_for()


def bold(experiment: str) -> str:
    """The question of an experiment in Korean."""
    return told(lab_texts.EXPERIMENTS[experiment].about, "ko").strip().split("**")[1]


def give(visitor: Any, recording: Path, where: str = "first") -> None:
    """Upload a recording, in place of one that is there."""
    place = visitor.locator(f"#lab-{where}")
    if place.locator("[data-testid^=waveform]").count():
        place.get_by_role("button", name="Clear").click()
    place.locator("input[type=file]").first.set_input_files(recording)
    place.locator("[data-testid^=waveform]").wait_for()


def compare(visitor: Any, name: str = lab_texts.COMPARE) -> None:
    visitor.get_by_role("button", name=name, exact=True).click()


def finished(visitor: Any, experiment: str, language: str = "en") -> None:
    name = told(lab_texts.EXPERIMENTS[experiment].name, language)
    visitor.locator("#lab-result h2", has_text=name).wait_for(timeout=60_000)
    visitor.wait_for_function(DRAWN, timeout=30_000)


@pytest.mark.parametrize("experiment", list(RESULTS))
def test_each_experiment_has_sounds_pictures_and_figures(
    visit: Callable[..., Any], recordings: dict[str, Path], experiment: str
) -> None:
    visitor = visit()
    choose(visitor, experiment)
    give(visitor, recordings["melody"])
    if experiment == "sounds":
        give(visitor, recordings["later"], "second")
    compare(visitor)
    finished(visitor, experiment)
    n_sounds, pictures, figure = RESULTS[experiment]
    assert visitor.locator("#lab-view .sounds button:enabled").count() == n_sounds
    shown = visitor.locator("#lab-view figure").evaluate_all("all => all.map((each) => each.className)")
    assert shown == pictures
    row = visitor.locator("#lab-numbers tbody tr").first.inner_text()
    measure = lab_texts.MEASURES[figure]
    assert measure.name in row
    assert measure.meaning in row
    assert re.search(rf"\d\.\d\s{measure.unit}$", row)
    if experiment == "sounds":
        offset = visitor.locator("#lab-numbers tr", has_text=lab_texts.MEASURES["offset_s"].name)
        assert "0.250" in offset.inner_text()


def test_an_example_is_compared_by_one_click_with_its_licence_beside_it(visit: Callable[..., Any]) -> None:
    visitor = visit()
    link = visitor.get_by_role("link", name="CC BY 4.0")
    assert link.get_attribute("href") == "https://creativecommons.org/licenses/by/4.0/"
    choose(visitor, "sounds")
    visitor.get_by_text(next(iter(lab_texts.EXPERIMENTS["sounds"].examples.values())), exact=True).click()
    finished(visitor, "sounds")
    assert lab_texts.LABELS["second"] in visitor.locator("#lab-view .sounds").inner_text()


def test_the_mel_of_several_sounds_follows_the_sound_that_plays(
    visit: Callable[..., Any], recordings: dict[str, Path]
) -> None:
    visitor = visit()
    choose(visitor, "inversions")
    give(visitor, recordings["melody"])
    compare(visitor)
    finished(visitor, "inversions")
    visitor.locator("#lab-view .playhead").focus()
    picture = "document.querySelector('#lab-view figure canvas').toDataURL()"
    before = visitor.evaluate(picture)
    visitor.keyboard.press("4")
    visitor.wait_for_function(f"(before) => {picture} !== before", arg=before)


def test_what_cannot_be_compared_is_said_beside_the_button_and_the_result_stays(
    visit: Callable[..., Any], recordings: dict[str, Path]
) -> None:
    visitor = visit()
    alert = visitor.locator("#lab-said [role=alert]")
    compare(visitor)
    alert.filter(has_text="There is no recording yet").wait_for()
    choose(visitor, "sounds")
    give(visitor, recordings["melody"])
    compare(visitor)
    alert.filter(has_text="There is only one recording").wait_for()
    choose(visitor, "trackers")
    compare(visitor)
    finished(visitor, "trackers")
    assert alert.count() == 0
    for name, sentence in {
        "short": "The recording lasts 0.20 s",
        "silent": "The recording is silent",
        "long": "longer than 2 minutes",
        "hiss": "heard a pitch in the recording; choose one with a melody.",
    }.items():
        give(visitor, recordings[name])
        compare(visitor)
        alert.filter(has_text=sentence).wait_for(timeout=30_000)
        assert visitor.locator(".toast-body").count() == 0
        assert visitor.get_by_role("button", name=lab_texts.COMPARE, exact=True).is_visible()
    finished(visitor, "trackers")


def test_cancel_is_there_while_something_runs_and_says_what_became_of_it(visit: Callable[..., Any]) -> None:
    visitor = visit()
    cancel = visitor.locator("#lab-cancel")
    assert not cancel.is_visible()
    choose(visitor, "inversions")
    visitor.get_by_text(lab_texts.EXPERIMENTS["inversions"].examples["guitarset-rock-solo.flac",]).first.click()
    cancel.click()
    visitor.get_by_role("status").filter(has_text=lab_texts.CANCELLED).wait_for()
    visitor.get_by_role("button", name=lab_texts.COMPARE, exact=True).wait_for()
    assert not cancel.is_visible()
    assert visitor.locator("#lab-result h2").count() == 0


def test_keys_reach_one_view_and_the_other_tab_pauses_it_and_draws_it_again(
    visit: Callable[..., Any], recordings: dict[str, Path]
) -> None:
    visitor = visit()
    choose(visitor, "trackers")
    visitor.get_by_text(lab_texts.EXPERIMENTS["trackers"].examples["ode-to-joy-low-voice.flac",]).last.click()
    finished(visitor, "trackers")
    visitor.locator("#lab-view .playhead").focus()
    visitor.keyboard.press(" ")
    visitor.wait_for_function(PLAYING.format("#lab-view"))
    visitor.get_by_role("tab").nth(0).click()
    visitor.wait_for_function(f"!({PLAYING.format('#lab-view')})")
    if not visitor.locator("#view .play:enabled").count():
        visitor.get_by_text(next(iter(texts.EXAMPLES.values())), exact=True).first.click()
    visitor.locator("#view .play:enabled").wait_for(timeout=60_000)
    visitor.locator("#view .playhead").focus()
    visitor.keyboard.press(" ")
    visitor.wait_for_function(PLAYING.format("#view"))
    assert not visitor.evaluate(PLAYING.format("#lab-view"))
    visitor.set_viewport_size({"width": 800, "height": 900})
    visitor.get_by_role("tab").nth(1).click()
    visitor.wait_for_function(f"!({PLAYING.format('#view')})")
    visitor.wait_for_function(DRAWN)


def test_the_keyboard_alone_chooses_compares_and_plays(visit: Callable[..., Any], recordings: dict[str, Path]) -> None:
    visitor = visit()
    give(visitor, recordings["melody"])
    press = visitor.keyboard.press
    visitor.locator("#lab-experiment input").first.focus()
    press("ArrowDown")
    press("ArrowDown")
    visitor.get_by_text(lab_texts.FIRST_TRACKER, exact=True).wait_for()
    reached = ""
    for _ in range(30):
        press("Tab")
        reached = visitor.evaluate("document.activeElement.innerText || ''")
        if reached == lab_texts.COMPARE:
            break
    assert reached == lab_texts.COMPARE
    press("Enter")
    finished(visitor, "trackers")
    for _ in range(30):
        press("Tab")
        if visitor.evaluate("document.activeElement.matches('#lab-view .play')"):
            break
    press("Enter")
    visitor.wait_for_function(PLAYING.format("#lab-view"))


def test_a_phone_shows_all_of_it_without_overflow(visit: Callable[..., Any], recordings: dict[str, Path]) -> None:
    visitor = visit(viewport=PHONE, is_mobile=True, has_touch=True)
    width = "document.documentElement.scrollWidth"
    assert visitor.evaluate(width) == PHONE["width"]
    choose(visitor, "inversions")
    give(visitor, recordings["melody"])
    compare(visitor)
    finished(visitor, "inversions")
    assert visitor.evaluate(width) == PHONE["width"]


def test_a_visitor_from_korea_reads_korean(visit: Callable[..., Any], recordings: dict[str, Path]) -> None:
    visitor = visit(locale="ko-KR")
    choose(visitor, "trackers")
    compare(visitor, "비교하기")
    visitor.locator("#lab-said [role=alert]", has_text="아직 녹음이 없").wait_for()
    visitor.get_by_text(told(lab_texts.HUMS["ode-to-joy-low-voice.flac",], "ko"), exact=True).last.click()
    finished(visitor, "trackers", "ko")
    shown = visitor.locator("body").inner_text()
    assert "__i18n__" not in shown
    measures = [each.meaning for each in lab_texts.MEASURES.values()]
    said = [lab_texts.COMPARE, *lab_texts.CURVES.values(), *lab_texts.LABELS.values(), "Cepstrum", *measures]
    assert [text for text in said if text in shown] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_before_and_after_a_comparison(
    visit: Callable[..., Any], recordings: dict[str, Path], theme: str
) -> None:
    visitor = visit(theme)
    assert serious(visitor) == []
    choose(visitor, "trackers")
    compare(visitor)
    visitor.locator("#lab-said [role=alert]").wait_for()
    assert serious(visitor) == []
    choose(visitor, "guitar")
    give(visitor, recordings["melody"])
    compare(visitor)
    finished(visitor, "guitar")
    assert serious(visitor) == []


def serious(visitor: Any) -> list[str]:
    """The serious and the critical findings of axe-core, once the colours rest."""
    visitor.wait_for_timeout(500)
    found = axe.Axe().run(visitor).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
