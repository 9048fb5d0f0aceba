"""A take in a real browser: one server and one browser for all tests, and hums of 1.6 s."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from browsing import NEEDS_CHROMIUM, chromium, hearing, keep, serious, upload_file
from encoded import encode
from sounds import sung, voice

from page import texts
from page.language import told

pytest.importorskip("playwright.sync_api", reason="the browser tests need the package playwright")
pytestmark = NEEDS_CHROMIUM
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
RATE = 48000
ODE, GREENSLEEVES, _ = texts.EXAMPLES.values()
SLOW_MS = 60_000
# every picture has several colours
DRAWN = """() => [...document.querySelectorAll('#view figure canvas')].every((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size > 20;
})"""
# from now on window.states has every state of the heading, with the number of pictures and sounds that are there
RECORD_STATES = """() => {
    window.states = [];
    const look = () => {
        const heading = document.querySelector('#take h2');
        const sounds = document.querySelectorAll('#view .sounds button:enabled').length;
        const now = JSON.stringify([heading && heading.dataset.state, sounds]);
        if (window.states[window.states.length - 1] !== now) window.states.push(now);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""
DROP = """async ([name, url]) => {
    const file = new File([await (await fetch(url)).blob()], name);
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(file);
    const drag = (kind) => new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer });
    const target = document.querySelector('h1');
    target.dispatchEvent(drag('dragover'));
    const marked = document.body.classList.contains('dropping');
    target.dispatchEvent(drag('drop'));
    return [marked, document.body.classList.contains('dropping')];
}"""


@pytest.fixture(scope="module")
def hums(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Hums of one and two notes, one of each format, and what cannot be converted."""
    folder = tmp_path_factory.mktemp("hums")
    two = sung([(0.1, 0.7, 57), (0.8, 1.4, 61)], RATE, 1.6)
    for suffix in ("wav", "flac", "mp3", "ogg"):
        soundfile.write(folder / f"hum.{suffix}", two, RATE)
    encode(folder / "hum.m4a", two[:, None], RATE, "aac", container="mp4")
    encode(folder / "hum.mp4", two[:, None], RATE, "aac", picture=True)
    encode(folder / "hum.webm", two[:, None], RATE, "libopus")
    soundfile.write(folder / "silent.wav", np.zeros(RATE), RATE)
    soundfile.write(folder / "long.wav", sung([(0.2 + i, 1.0 + i, 57 + i % 5) for i in range(40)], RATE, 40.5), RATE)
    hum = voice(220.0, RATE, 3.0)
    soundfile.write(folder / "microphone.wav", 0.3 * hum / np.abs(hum).max(), RATE, subtype="PCM_16")
    return {path.name: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def browser(hums: dict[str, Path]) -> Iterator[Any]:
    with chromium(hearing(hums["microphone.wav"])) as launched:
        yield launched


@pytest.fixture(scope="module")
def visit(address: str, browser: Any) -> Iterator[Callable[..., Any]]:
    """Open the page; in the end, no visit had an error."""
    errors: list[str] = []

    def open_page(theme: str = "light", viewport: dict[str, int] = DESK, **options: Any) -> Any:
        visitor = browser.new_context(viewport=viewport, permissions=["microphone"], **options).new_page()
        visitor.on("pageerror", lambda error: errors.append(str(error)))
        visitor.goto(f"{address}?__theme={theme}")
        visitor.locator("#take [data-state=arrival]").wait_for(timeout=SLOW_MS)
        return visitor

    yield open_page
    assert errors == []


@pytest.fixture(scope="module")
def desk(visit: Callable[..., Any]) -> Any:
    """One visit for several tests: the page is large, and takes seconds to load."""
    return visit()


def wait_for(visitor: Any, state: str, name: str = "") -> Any:
    """Wait for a state of the result, and for its name."""
    found = visitor.locator(f"#take [data-state={state}]", has_text=name)
    found.wait_for(timeout=SLOW_MS)
    return found


def finished(visitor: Any, name: str = "") -> None:
    """Wait until a take is complete and nothing is left to cancel."""
    wait_for(visitor, "current", name)
    visitor.locator("#cancel").wait_for(state="hidden", timeout=SLOW_MS)
    visitor.wait_for_function(DRAWN, timeout=SLOW_MS)


def said(visitor: Any, role: str) -> str:
    found = visitor.locator(f"#said [role={role}]")
    found.wait_for(timeout=SLOW_MS)
    return str(found.inner_text())


def click_example(visitor: Any, title: str) -> None:
    visitor.get_by_text(title, exact=True).filter(visible=True).first.click()


def test_on_arrival_there_is_something_to_hear_and_see(desk: Any) -> None:
    assert ODE in desk.locator("#take").get_by_role("heading", level=2).inner_text()
    assert "15 notes" in desk.locator("#heard").inner_text()
    assert desk.locator("#view .sounds button:enabled").count() == 2
    desk.wait_for_function(DRAWN, timeout=SLOW_MS)
    assert serious(desk) == []
    desk.locator("#view .play").click()
    desk.wait_for_function("parseFloat(document.querySelector('#view .clock').innerText.slice(2)) > 0.3")
    desk.locator("#view .play").click()
    assert not desk.locator("#cancel").is_visible()


def test_a_recording_is_converted_when_it_stops_part_by_part_and_scrolled_to(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.evaluate(RECORD_STATES)
    recorder = visitor.locator("#hum")
    visitor.locator("#view .play").click()
    recorder.get_by_role("button", name="Record", exact=True).click()
    visitor.locator("#recorder-level[data-level=good]").wait_for(timeout=15_000)
    assert visitor.locator("#view .play").get_attribute("aria-pressed") == "false"  # it would be recorded
    visitor.wait_for_timeout(1500)
    recorder.get_by_role("button", name="Stop", exact=True).click()
    finished(visitor, "Take 1")
    steps = visitor.evaluate("window.states.map((each) => JSON.parse(each))")
    order = [each for i, each in enumerate(steps) if each not in steps[:i]]
    assert next(state for state, _ in order if state in ("arriving", "current")) == "arriving"
    assert ["arriving", 1] in order  # the hum can be played before the guitar is there
    assert order[-1] == ["current", 2]
    top = visitor.locator("#take").bounding_box()["y"]
    assert 0 <= top < DESK["height"] / 2
    assert visitor.locator("#view .play").is_enabled()
    assert float(visitor.locator("#heard").inner_text().rpartition("(")[2].split()[0]) > 0.1  # how long it took, in s
    keep(visitor, "recorded")


def test_an_example_is_converted_by_a_click(desk: Any) -> None:
    click_example(desk, GREENSLEEVES)
    finished(desk, GREENSLEEVES)
    assert "notes" in desk.locator("#heard").inner_text()
    assert serious(desk) == []


def test_the_one_upload_takes_every_format(desk: Any, hums: dict[str, Path]) -> None:
    formats = sorted(name for name in hums if name.startswith("hum."))
    assert len(formats) == 7
    assert desk.get_by_role("button", name=texts.UPLOAD, exact=True).filter(visible=True).count() == 1
    for number, name in enumerate(formats, start=1):
        upload_file(desk, hums[name])
        finished(desk, f"Take {number}")
        assert "2 notes, A3 to C♯4" in desk.locator("#heard").inner_text(), name


def test_what_is_dropped_on_the_page_is_converted(desk: Any, address: str) -> None:
    config = desk.evaluate("window.gradio_config.components.map((each) => each.props.value?.sounds?.[0].file.url)")
    hum = next(url for url in config if url)
    assert desk.evaluate(DROP, ["dropped.flac", hum]) == [True, False]
    finished(desk, "Take 8")
    assert "15 notes" in desk.locator("#heard").inner_text()


def test_another_setting_plays_the_take_again_at_the_same_place(desk: Any) -> None:
    desk.locator("#view .playhead").focus()
    for _ in range(3):
        desk.keyboard.press("Shift+ArrowRight")
    desk.get_by_label(texts.CHOICES["tune"].options["nearest"], exact=True).check()
    desk.locator("#heard", has_text="tuned to semitones").wait_for(timeout=SLOW_MS)
    finished(desk, "Take 8")
    assert desk.locator("#view .clock").inner_text().startswith("0:03.0")


def test_a_setting_that_needs_a_new_analysis_marks_the_result_as_stale(desk: Any) -> None:
    desk.get_by_text(texts.CHOICES_HEADING, exact=True).click()
    desk.get_by_label(texts.CHOICES["tracker"].label, exact=True).click()
    desk.get_by_role("option", name=texts.CHOICES["tracker"].options["cepstrum"]).click()
    wait_for(desk, "stale", "Take 8")
    assert said(desk, "status") == texts.NEW_ANALYSIS
    assert dimmed(desk)
    keep(desk, "stale")
    assert serious(desk) == []
    desk.get_by_role("button", name=texts.CONVERT, exact=True).click()
    finished(desk, "Take 8")
    assert not dimmed(desk)


def dimmed(visitor: Any) -> bool:
    opacity = "getComputedStyle(document.querySelector('#view figure canvas')).opacity"
    return bool(visitor.evaluate(f"parseFloat({opacity}) < 1"))


def test_an_error_stays_where_it_happened_and_the_take_before_is_named_and_dimmed(
    desk: Any, hums: dict[str, Path]
) -> None:
    upload_file(desk, hums["silent.wav"])
    assert said(desk, "alert").startswith("The recording is silent")
    assert desk.locator("#take").inner_text() == "Previous take: Take 8"
    assert dimmed(desk)
    desk.wait_for_timeout(1000)
    assert said(desk, "alert").startswith("The recording is silent")
    assert desk.locator(".toast-body").count() == 0
    assert serious(desk) == []
    desk.evaluate("scrollTo(0, 0)")
    keep(desk, "error")
    upload_file(desk, hums["hum.webm"])
    finished(desk, "Take 7")  # which is the same recording
    assert desk.locator("#said p").count() == 0
    assert not dimmed(desk)


def test_an_earlier_take_comes_back_with_its_settings(desk: Any) -> None:
    tuned = desk.get_by_label(texts.CHOICES["tune"].options["nearest"], exact=True)
    assert tuned.is_checked()
    desk.locator("#takes").get_by_text("Take 6", exact=True).click()
    finished(desk, "Take 6")
    assert not tuned.is_checked()
    assert "tuned" not in desk.locator("#heard").inner_text()
    desk.locator("#takes").get_by_text("Take 8", exact=True).click()
    finished(desk, "Take 8")
    assert tuned.is_checked()


def test_cancel_is_there_while_there_is_something_to_cancel_and_says_what_became_of_it(
    desk: Any, hums: dict[str, Path]
) -> None:
    cancel = desk.locator("#cancel")
    assert not cancel.is_visible()
    upload_file(desk, hums["long.wav"])
    wait_for(desk, "arriving", "Take 9")
    cancel.click()
    assert said(desk, "status") == texts.CANCELLED["unfinished"]
    cancel.wait_for(state="hidden")
    wait_for(desk, "unfinished", "Take 9")
    assert desk.locator("#view .sounds button:enabled").count() == 1
    keep(desk, "cancelled")
    desk.get_by_role("button", name=texts.CONVERT, exact=True).click()
    finished(desk, "Take 9")


def test_the_keyboard_alone_converts_an_example_and_plays_it(desk: Any) -> None:
    desk.evaluate("scrollTo(0, 0)")
    desk.get_by_role("button", name=texts.CONVERT, exact=True).focus()
    tab_to(desk, f"innerText.includes({ODE!r})")
    desk.keyboard.press("Enter")
    finished(desk, ODE)
    tab_to(desk, "matches('#view .play')", most=60)
    desk.keyboard.press("Enter")
    desk.wait_for_function("document.querySelector('#view .play').ariaPressed === 'true'")
    desk.keyboard.press("Enter")


def tab_to(visitor: Any, what: str, most: int = 20) -> None:
    """Press Tab until the element in focus is the one that JavaScript describes."""
    for _ in range(most):
        visitor.keyboard.press("Tab")
        if visitor.evaluate(f"document.activeElement.{what}"):
            return
    raise AssertionError(f"Tab never reached what {what}")


def test_a_dark_phone_shows_all_of_it_without_overflow_and_axe_finds_nothing_serious(
    visit: Callable[..., Any], hums: dict[str, Path]
) -> None:
    visitor = visit("dark", PHONE, is_mobile=True, has_touch=True)
    width = "document.documentElement.scrollWidth"
    assert visitor.evaluate(width) == PHONE["width"]
    assert serious(visitor) == []
    keep(visitor, "phone-arrival")
    upload_file(visitor, hums["hum.wav"])
    finished(visitor, "Take 1")
    assert 0 <= visitor.locator("#take").bounding_box()["y"] < PHONE["height"] / 2  # scrolled to
    keep(visitor, "phone")
    assert visitor.evaluate(width) == PHONE["width"]
    assert serious(visitor) == []


def test_a_visitor_from_korea_reads_of_his_take_in_korean(visit: Callable[..., Any], hums: dict[str, Path]) -> None:
    visitor = visit(locale="ko-KR")
    assert told(ODE, "ko") in visitor.locator("#take").inner_text()
    upload_file(visitor, hums["silent.wav"])
    assert said(visitor, "alert").startswith("녹음에 소리가 없어요")
    assert visitor.locator("#take").inner_text().startswith("이전 테이크")
    upload_file(visitor, hums["hum.wav"])
    finished(visitor, "테이크 1")
    assert visitor.locator("#heard").inner_text().startswith("들은 멜로디")
    shown = visitor.locator("body").inner_text()
    assert "__i18n__" not in shown
    assert [text for text in (texts.UPLOAD, texts.TAKES, *texts.SOUNDS.values()) if text in shown] == []
