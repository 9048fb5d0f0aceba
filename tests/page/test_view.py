"""The view in a real browser: one server and one browser for all tests, a take of random weights, and no network."""

from __future__ import annotations

import asyncio
import gzip
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from browsing import NEEDS_CHROMIUM, chromium, fingers
from PIL import Image
from sounds import sung
from untrained import TINY, random_generator

from hum2guitar import Conversion, Hum2Guitar
from hum2guitar.analysis import audio
from hum2guitar.mel import mel_frequencies
from hum2guitar.synthesis.checkpoint import Checkpoint
from page import view
from page.folder import own_folder
from page.head import read_scripts
from page.view import value
from page.view.component import HERE, read_script, read_style
from page.view.take import Take
from page.view.texts import VIEW

pytest.importorskip("playwright.sync_api", reason="the browser tests need the package playwright")
pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")  # how Gradio calls pandas
SECONDS = 8.0  # longer than a busy machine needs for a test of what plays
GUITAR_DB = 9.0
NOTES = [(0.3, 1.2, 57), (1.4, 2.3, 61), (2.5, 3.6, 64)]  # A3 C♯4 E4
PHONE = {"width": 390, "height": 844}
# the buttons may be small where they are inside a line of text; there are none
SMALL = """[...document.querySelectorAll('#view button, #view a, #view summary, #view input')]
    .map((each) => [each.outerHTML.slice(0, 60), each.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.height < 44 || box.width < 44)).map(([what]) => what)"""

# from now on window.ramps has the level before, the level after and the end of each ramp of a gain
RECORD_RAMPS = """() => {
    window.ramps = [];
    const ramp = AudioParam.prototype.linearRampToValueAtTime;
    AudioParam.prototype.linearRampToValueAtTime = function (level, end) {
        window.ramps.push([this.value, level, end]);
        return ramp.call(this, level, end);
    };
}"""

# from now on window.images has the images that the view keeps, by their addresses
RECORD_IMAGES = """
    const set = Map.prototype.set;
    Map.prototype.set = function (key, image) {
        if (String(key).endsWith('.png')) window.images = this;
        return set.call(this, key, image);
    };
"""


@pytest.fixture(scope="module")
def conversion() -> Conversion:
    converter = Hum2Guitar(Checkpoint(random_generator(TINY), TINY, {}))
    return converter.convert(sung(NOTES, TINY.sample_rate, SECONDS), TINY.sample_rate, iterations=1)


def steps(folder: Path, conversion: Conversion, name: str = "take") -> list[dict[str, Any]]:
    """The values of one take, from the first part to the last; its guitar is the hum, ``GUITAR_DB`` louder."""
    rate, hum, guitar = conversion.sample_rate, folder / "hum.wav", folder / "guitar.wav"
    audio.save(hum, sung(NOTES, rate, SECONDS), rate)
    audio.save(guitar, 10 ** (GUITAR_DB / 20) * sung(NOTES, rate, SECONDS), rate)
    take = Take(name, folder, conversion.config, guitars=("guitar",))
    return [
        take.hear(conversion.heard, hum),
        take.play(conversion.played, conversion.sound.label),
        take.generate(conversion.sound.mel_db),
        take.sound("guitar", conversion.sound, guitar),
    ]


def with_other_mel(folder: Path, conversion: Conversion, shown: dict[str, Any]) -> dict[str, Any]:
    """The value of a take after a change of a setting: the images of its last picture are others."""
    *panels, last = shown["panels"]
    image = value.mel_image(folder / "other.png", conversion.heard.mel_db - 6, conversion.config, "other")
    return shown | {"panels": [*panels, last | {"images": [image]}]}


def comparison(folder: Path, conversion: Conversion) -> dict[str, Any]:
    """What a lab shows: two F0 curves, the cents between them, and the difference of two mels."""
    config, heard = conversion.config, conversion.heard
    two = (("one", heard.f0_hz), ("two", heard.f0_hz * 1.02))
    curves = [value.curve(name, hz, None, config.frame_s) for name, hz in two]
    cents = [value.curve("cents", np.where(np.isfinite(heard.f0_hz), 34.3, np.nan), None, config.frame_s)]
    image = value.difference_image(folder / "d.png", conversion.sound.mel_db - heard.mel_db, config, "difference")
    panels = [
        value.f0_panel("Two trackers", curves, spans=[(1.0, 2.0)]),
        value.f0_panel("Cents between them", cents, kind="cents"),
        value.mel_panel("Difference", config, [image], kind="difference"),
    ]
    return {"take": "lab", "duration_s": SECONDS, "panels": panels}


@pytest.fixture(scope="module")
def served_view(conversion: Conversion, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page of one view, with a button for each thing that it can show."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def start() -> gr.Blocks:
        folder = tmp_path_factory.mktemp("take")
        values = steps(folder, conversion)
        other = with_other_mel(folder, conversion, values[-1])
        shows = {"First part": values[0], "Take": values[-1], "Other": other, "Lab": comparison(folder, conversion)}
        with gr.Blocks(analytics_enabled=False) as page:
            shown = view.draw(elem_id="view")
            for name, each in shows.items():
                ready = view.kept(each)
                gr.Button(name).click(lambda ready=ready: ready, None, shown)
        page.launch(
            server_port=port, prevent_thread_lock=True, quiet=True, ssr_mode=False, css_paths=HERE.parent / "style.css"
        )
        return page

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("served")))
        with own_folder():
            page = asyncio.run(start())
            yield f"http://127.0.0.1:{port}"
            page.close(verbose=False)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def visit(served_view: str, browser: Any) -> Iterator[Callable[..., Any]]:
    """Open the page and show something; in the end, no visit had an error."""
    contexts, errors = [], []

    def open_page(
        shows: str = "Take", query: str = "", before: Callable[[Any], Any] = lambda _: None, **options: Any
    ) -> Any:
        context = browser.new_context(accept_downloads=True, **options)
        contexts.append(context)
        visitor = context.new_page()
        before(visitor)
        visitor.on("pageerror", lambda error: errors.append(str(error)))
        visitor.goto(f"{served_view}/{query}")
        visitor.get_by_role("button", name=shows, exact=True).click()
        visitor.locator("#view canvas").nth(1).wait_for()
        if shows == "Take":
            visitor.locator("#view .sounds button:nth-child(2):enabled").wait_for()
        return visitor

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def position(visitor: Any) -> float:
    return float(visitor.locator("#view .playhead").get_attribute("aria-valuenow"))


def playing(visitor: Any) -> bool:
    return visitor.locator("#view .play").get_attribute("aria-pressed") == "true"


def at(visitor: Any, seconds: float, panel: int = 0) -> tuple[float, float]:
    """Where a time is on the screen, in the middle of a picture."""
    layer, canvas = (
        visitor.locator(f"#view {each}").bounding_box()
        for each in (".pictures > .layer", f"figure:nth-child({panel + 1}) canvas")
    )
    return layer["x"] + layer["width"] * seconds / SECONDS, canvas["y"] + canvas["height"] / 2


def start_playing(visitor: Any) -> None:
    visitor.locator("#view .play").click()
    visitor.wait_for_function("document.querySelector('#view .playhead').ariaValueNow > 0.2")


@NEEDS_CHROMIUM
def test_a_switch_of_the_sound_keeps_the_position_and_goes_on_playing(visit: Callable[..., Any]) -> None:
    visitor = visit()
    start_playing(visitor)
    before = position(visitor)
    visitor.keyboard.press("1")
    after = position(visitor)
    pressed = visitor.locator("#view .sounds button").evaluate_all("all => all.map(each => each.ariaPressed)")
    assert pressed == ["true", "false"]
    assert playing(visitor)
    assert before <= after < before + 1.5
    visitor.keyboard.press(" ")
    assert not playing(visitor)
    paused = position(visitor)
    visitor.keyboard.press("2")
    assert position(visitor) == paused


@NEEDS_CHROMIUM
def test_a_switch_is_a_crossfade_of_10_ms_between_sounds_of_one_loudness(visit: Callable[..., Any]) -> None:
    visitor = visit()
    start_playing(visitor)
    visitor.evaluate(RECORD_RAMPS)
    visitor.keyboard.press("1")
    (hum_before, hum, hum_end), (guitar_before, guitar, guitar_end) = visitor.evaluate("window.ramps")
    assert (hum_before, guitar) == (0, 0)
    assert hum_end == guitar_end
    assert 20 * np.log10(hum / guitar_before) == pytest.approx(GUITAR_DB, abs=0.2)


@NEEDS_CHROMIUM
def test_what_has_ended_can_be_played_again_from_the_beginning(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.mouse.click(*at(visitor, SECONDS - 0.3))
    visitor.keyboard.press(" ")
    visitor.wait_for_function("document.querySelector('#view .playhead').ariaValueNow == 0")
    assert not playing(visitor)
    visitor.keyboard.press(" ")
    visitor.wait_for_function("document.querySelector('#view .playhead').ariaValueNow > 0.2")
    assert playing(visitor)


@NEEDS_CHROMIUM
def test_a_sound_that_comes_while_another_plays_can_be_switched_to(visit: Callable[..., Any]) -> None:
    visitor = visit("First part")
    start_playing(visitor)
    visitor.get_by_role("button", name="Take", exact=True).click()
    visitor.locator("#view .sounds button:nth-child(2):enabled").click()
    assert playing(visitor)
    assert visitor.locator("#view .sounds button:nth-child(2)").get_attribute("aria-pressed") == "true"
    visitor.evaluate(RECORD_RAMPS)
    visitor.keyboard.press("1")
    visitor.keyboard.press("2")
    (_, hum_off, _), (_, guitar_on, _) = visitor.evaluate("window.ramps.slice(-2)")
    assert hum_off == 0 < guitar_on


@NEEDS_CHROMIUM
def test_a_sound_that_could_not_be_loaded_is_tried_again(visit: Callable[..., Any]) -> None:
    offline = lambda page: page.route("**/*.wav", lambda route: route.abort())  # noqa: E731
    visitor = visit(before=offline)
    visitor.locator("#view .play").click()
    visitor.locator("#view .sounds button", has_text="could not be loaded").nth(1).wait_for()
    assert not playing(visitor)
    visitor.unroute("**/*.wav")
    start_playing(visitor)
    visitor.locator("#view .sounds button", has_text="could not be loaded").first.wait_for(state="detached")


@NEEDS_CHROMIUM
def test_a_click_and_a_drag_seek_to_the_time_under_the_pointer(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.mouse.click(*at(visitor, 3.0, panel=1))
    assert position(visitor) == pytest.approx(3.0, abs=0.02)
    visitor.mouse.move(*at(visitor, 1.0))
    visitor.mouse.down()
    visitor.mouse.move(*at(visitor, 2.0), steps=3)
    visitor.mouse.up()
    visitor.wait_for_function("Math.abs(document.querySelector('#view .playhead').ariaValueNow - 2) < 0.02")
    assert not playing(visitor)


@NEEDS_CHROMIUM
def test_a_dragged_region_repeats(visit: Callable[..., Any]) -> None:
    visitor = visit()
    y = visitor.locator("#view .ruler").bounding_box()["y"] + 20
    visitor.mouse.move(at(visitor, 1.0)[0], y)
    visitor.mouse.down()
    visitor.mouse.move(at(visitor, 1.5)[0], y, steps=3)
    visitor.mouse.up()
    assert visitor.locator("#view .loop").get_attribute("aria-pressed") == "true"
    assert position(visitor) == pytest.approx(1.0, abs=0.02)
    visitor.locator("#view .play").click()
    seen = []
    for _ in range(12):
        visitor.wait_for_timeout(130)
        seen.append(position(visitor))
    assert playing(visitor)
    assert all(0.98 <= each <= 1.52 for each in seen)
    assert (np.diff(seen) < 0).any()  # it went back


@NEEDS_CHROMIUM
def test_hover_reads_time_pitch_note_and_level(visit: Callable[..., Any]) -> None:
    visitor = visit()
    readout = visitor.locator("#view .readout")
    visitor.mouse.move(*at(visitor, 0.8, panel=0))
    assert "A3 " in readout.inner_text()  # F0 of the first note, wherever in the picture the pointer is
    assert "0.80 s" in readout.inner_text()
    assert "confidence" in readout.inner_text()
    visitor.mouse.move(*at(visitor, 0.8, panel=1))
    visitor.wait_for_function("document.querySelector('#view .readout').textContent.includes('dB')")
    assert " Hz" in readout.inner_text()


@NEEDS_CHROMIUM
def test_the_level_that_hover_reads_is_that_of_the_mel(visit: Callable[..., Any], conversion: Conversion) -> None:
    visitor = visit()
    visitor.mouse.move(*at(visitor, 0.8, panel=1))
    visitor.wait_for_function("document.querySelector('#view .readout').textContent.includes('dB')")
    read = visitor.locator("#view .readout").inner_text().replace("−", "-").split(" · ")
    frequencies = mel_frequencies(conversion.config)
    hz, db = float(read[1].split()[0]), float(read[-1].split()[0])
    frame = round(0.8 / conversion.config.frame_s)
    near = int(np.abs(frequencies - hz).argmin())
    around = conversion.heard.mel_db[max(0, near - 1) : near + 2, frame - 1 : frame + 2]
    assert around.min() - 1 <= db <= around.max() + 1


@NEEDS_CHROMIUM
def test_the_keyboard_alone_can_do_everything(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.locator("#view .playhead").focus()
    press = visitor.keyboard.press
    press("Shift+ArrowRight")
    press("ArrowRight")
    assert position(visitor) == pytest.approx(1.1, abs=0.01)
    press("[")
    press("Shift+ArrowRight")
    press("]")
    assert visitor.locator("#view .loop").get_attribute("aria-pressed") == "true"
    press("Escape")
    assert visitor.locator("#view .loop").get_attribute("aria-pressed") == "false"
    press("ArrowDown")
    assert " Hz" in visitor.locator("#view .playhead").get_attribute("aria-valuetext")
    press("+")
    visitor.locator("#view .scroll").wait_for()  # zoomed in
    press("0")
    visitor.locator("#view .scroll").wait_for(state="hidden")
    press("Home")
    press(" ")
    visitor.wait_for_function("document.querySelector('#view .play').ariaPressed == 'true'")
    visitor.locator("#view .play").focus()
    reached = []
    for _ in range(25):
        press("Tab")
        reached.append(visitor.evaluate("document.activeElement.className || document.activeElement.tagName"))
    assert {"loop", "edit", "playhead", "SUMMARY"} <= set(reached)


@NEEDS_CHROMIUM
def test_a_phone_shows_all_of_it_without_overflow_and_every_target_is_large(visit: Callable[..., Any]) -> None:
    visitor = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    assert visitor.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    visitor.locator("#view .notes summary").click()
    assert visitor.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert visitor.evaluate(SMALL) == []
    visitor.evaluate("document.querySelector('#view figure:last-of-type canvas').scrollIntoView({ block: 'center' })")
    assert visitor.locator("#view .ruler").bounding_box()["y"] == 0  # the time axis stays in view


def on_a_phone(visit: Callable[..., Any]) -> tuple[Any, Callable[..., None]]:
    """The visitor of a phone, with the pictures in front, and the fingers."""
    visitor = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    visitor.locator("#view .pictures").evaluate("each => each.scrollIntoView()")
    return visitor, fingers(visitor)


@NEEDS_CHROMIUM
def test_two_fingers_zoom_and_the_one_that_stays_a_moment_longer_changes_nothing(visit: Callable[..., Any]) -> None:
    visitor, touch = on_a_phone(visit)
    (left, y), (right, _) = at(visitor, 3.0, panel=1), at(visitor, 5.0, panel=1)
    touch("touchStart", (left, y))
    touch("touchStart", (left, y), (right, y))
    for by in (10, 30, 50):
        touch("touchMove", (left - by, y), (right + by, y))
    visitor.locator("#view .scroll").wait_for()  # zoomed in
    touch("touchEnd", (right + 50, y), first=1)
    touch("touchMove", (left - 51, y))
    touch("touchMove", (left - 52, y))
    touch("touchEnd")
    assert visitor.locator("#view .scroll").is_visible()


@NEEDS_CHROMIUM
def test_a_finger_that_scrolls_the_page_changes_neither_the_position_nor_the_loop(visit: Callable[..., Any]) -> None:
    visitor, touch = on_a_phone(visit)
    (x, y), (later, _) = at(visitor, 3.0, panel=1), at(visitor, 5.0, panel=1)
    axis = visitor.locator("#view .ruler").bounding_box()["y"] + 20
    touch("touchStart", (x, y))
    touch("touchEnd", (x, y))
    assert position(visitor) == pytest.approx(3.0, abs=0.05)  # a tap
    touch("touchStart", (x, axis))
    for by in (0.3, 0.6, 1):
        touch("touchMove", (x + by * (later - x), axis))
    touch("touchEnd", (later, axis))
    chosen = visitor.locator("#view .ruler .region").get_attribute("style")
    assert visitor.locator("#view .loop").get_attribute("aria-pressed") == "true"
    for start in (y, axis + 10):
        before = visitor.evaluate("scrollY")
        touch("touchStart", (later + 40, start))
        for by in (10, 60, 120):
            touch("touchMove", (later + 40, start - by))
        touch("touchEnd", (later + 40, start - 120))
        assert visitor.evaluate("scrollY") > before
        visitor.evaluate(f"scrollTo(0, {before})")
        assert position(visitor) == pytest.approx(3.0, abs=0.05)
        assert visitor.locator("#view .ruler .region").get_attribute("style") == chosen
        assert visitor.locator("#view .loop").get_attribute("aria-pressed") == "true"
    touch("touchStart", (x, y))
    for by in (0.1, 0.3, 0.5):
        touch("touchMove", (x + by * (later - x), y))
    touch("touchEnd", (x + (later - x) / 2, y))
    assert position(visitor) == pytest.approx(4.0, abs=0.05)  # a drag along time
    visitor.dispatch_event("#view .plots", "pointerdown", {"pointerId": 1, "clientX": later, "clientY": y})
    assert position(visitor) == pytest.approx(5.0, abs=0.05)
    visitor.dispatch_event("#view .plots", "pointercancel", {"pointerId": 1})
    assert position(visitor) == pytest.approx(4.0, abs=0.05)


@NEEDS_CHROMIUM
def test_the_pictures_are_dark_where_the_theme_is(visit: Callable[..., Any]) -> None:
    corner = "(canvas) => [...canvas.getContext('2d').getImageData(canvas.width / 2, 2, 1, 1).data].slice(0, 3)"
    for query, quiet in (("?__theme=light", 230), ("?__theme=dark", 25)):
        visitor = visit(query=query)
        colour = visitor.locator("#view figure:nth-child(1) canvas").evaluate(corner)
        assert min(colour) >= quiet if quiet > 128 else max(colour) <= quiet


@NEEDS_CHROMIUM
def test_the_note_table_says_what_was_played(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.locator("#view .notes summary").click()
    rows = visitor.locator("#view tbody tr")
    assert [name.strip() for name in rows.locator("td:nth-child(2)").all_inner_texts()] == ["A3", "C♯4", "E4"]


@NEEDS_CHROMIUM
def test_the_picture_is_a_file_too(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.locator("#view .files summary").click()
    assert visitor.locator("#view .files a").get_attribute("download") == "guitar.wav"
    with visitor.expect_download() as download:
        visitor.locator("#view .save").click()
    with Image.open(download.value.path()) as image:
        assert image.format == "PNG"
        assert image.width == 2400
        assert len(image.convert("RGB").resize((64, 64)).getcolors(4096)) > 50  # something is drawn


@NEEDS_CHROMIUM
def test_the_first_part_of_a_take_is_shown_before_the_rest(visit: Callable[..., Any]) -> None:
    visitor = visit("First part")
    assert visitor.locator("#view figure").count() == 4
    assert visitor.locator("#view .sounds button").evaluate_all("all => all.map(each => each.disabled)") == [
        False,
        True,
    ]
    visitor.mouse.click(*at(visitor, 2.0))
    visitor.get_by_role("button", name="Take", exact=True).click()
    visitor.locator("#view .sounds button:nth-child(2):enabled").wait_for()
    assert position(visitor) == pytest.approx(2.0, abs=0.02)  # the same take goes on


@NEEDS_CHROMIUM
def test_images_that_are_no_longer_shown_are_not_kept(visit: Callable[..., Any]) -> None:
    visitor = visit(before=lambda page: page.add_init_script(RECORD_IMAGES))
    for shows in ("Other", "Take", "Other"):
        visitor.get_by_role("button", name=shows, exact=True).click()
        has_other = "[...window.images.keys()].some((url) => url.endsWith('other.png'))"
        visitor.wait_for_function(f"{has_other} == {shows == 'Other':d} && window.images.size == 3", timeout=10_000)


@NEEDS_CHROMIUM
def test_a_lab_shows_two_curves_the_cents_between_them_and_a_difference(visit: Callable[..., Any]) -> None:
    visitor = visit("Lab")
    assert visitor.locator("#view figure:first-child .key").all_inner_texts() == ["one", "two"]
    assert "−24 to 24 dB" in visitor.locator("#view .bar.difference span").inner_text()
    assert visitor.locator("#view .play").is_disabled()
    visitor.mouse.move(*at(visitor, 0.8, panel=1))
    assert visitor.locator("#view .readout").inner_text().endswith("+34 ¢")


def test_the_scripts_and_the_styles_are_light_as_they_are_sent() -> None:
    page_style = (HERE.parent / "style.css").read_text(encoding="utf-8")
    sent = "".join([read_script(), read_style(), page_style, *read_scripts()])
    assert len(gzip.compress(sent.encode(), 6)) < 32_000  # page/compressed.py compresses them so


def test_the_script_and_the_style_are_safe_for_the_templates() -> None:
    template, style, script = (HERE / "view.html").read_text(encoding="utf-8"), read_style(), read_script()
    for text in (template, style):  # Gradio compiles them
        assert not any(mark in text for mark in ("`", "${", "{{"))
    assert "http" not in script + style + template  # nothing comes from another server


def test_every_text_of_the_view_is_used_and_none_is_missing() -> None:
    read = read_script() + (HERE / "view.html").read_text(encoding="utf-8")
    asked = set(re.findall(r"texts\.(\w+)", read)) | set(re.findall(r'data-(?:text|label)="(\w+)"', read))
    asked |= {f"key_{name}" for name in re.findall(r""": ["'](\w+)["']""", read) if f"key_{name}" in VIEW}
    columns = {"time", "name", "cents", "length", "velocity", "begins"}
    assert asked | columns >= set(VIEW)
    assert asked <= set(VIEW)
