"""Notes that are edited in a real browser, what the guitar then plays, the tablature, and the files to take away."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import mido
import numpy as np
import pytest
import soundfile
from browsing import NEEDS_CHROMIUM, chromium, fingers, keep, serious, upload_file
from PIL import Image
from sounds import sung

from hum2guitar import Config
from hum2guitar.analysis import audio, f0
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.note import hz_to_midi
from page import texts
from page.exports import KINDS
from page.language import told
from page.view.texts import FILES, VIEW

pytest.importorskip("playwright.sync_api", reason="the browser tests need the package playwright")
guitarpro = pytest.importorskip("guitarpro", reason="needs PyGuitarPro")
pytestmark = NEEDS_CHROMIUM
DESK = {"width": 1280, "height": 1200}
PHONE = {"width": 390, "height": 844}
RATE = 44100
HUM = [(0.2, 0.9, 57), (1.0, 1.7, 61), (1.8, 2.5, 64)]  # A3 C♯4 E4, then silence
SECONDS = 3.4
SLOW_MS = 90_000
FRESH = "() => !document.querySelector('#view .view').classList.contains('stale')"
# from now on window.played has the offset and the duration of each note that is played, and window.joined says how many
# sounds were started that go on
RECORD_PLAYED = """() => {
    window.played = [];
    window.joined = 0;
    const start = AudioBufferSourceNode.prototype.start;
    AudioBufferSourceNode.prototype.start = function (...given) {
        if (given.length === 3) window.played.push(given.slice(1));
        if (given.length === 2) window.joined += 1;
        return start.apply(this, given);
    };
}"""
SMALL = """[...document.querySelectorAll('#view button, #view a, #view summary, #view input')]
    .map((each) => [each.outerHTML.slice(0, 60), each.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.height < 44 || box.width < 44)).map(([what]) => what)"""


class Editor:
    """A visit in which notes are edited."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.guitars: list[str] = []
        page.on("request", lambda request: "/guitar.wav" in request.url and self.guitars.append(request.url))

    def find(self, selector: str, **options: Any) -> Any:
        return self.page.locator(f"#view {selector}", **options)

    def press(self, name: str) -> None:
        self.find(f"[data-edit={name}]").click()

    @property
    def notes(self) -> list[str]:
        """The name of each note, and its times."""
        labels = self.find("[role=option]").evaluate_all("all => all.map((each) => each.ariaLabel)")
        return [label.partition(", loudness")[0] for label in labels]

    @property
    def names(self) -> list[str]:
        return [label.split()[0] for label in self.notes]

    @property
    def chosen(self) -> list[int]:
        each = self.find("[role=option]").evaluate_all("all => all.map((each) => each.ariaSelected)")
        return [i for i, selected in enumerate(each) if selected == "true"]

    def box(self, i: int) -> dict[str, float]:
        found: dict[str, float] = self.find("[role=option]").nth(i).bounding_box()
        return found

    def middle(self, i: int) -> tuple[float, float]:
        box = self.box(i)
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def place(self, seconds: float, midi: float) -> tuple[float, float]:
        """Where a time and a pitch are on the screen. A note is a semitone high."""
        first, layer = self.box(0), self.find(".notes-list").bounding_box()
        _, y = self.middle(0)
        return layer["x"] + layer["width"] * seconds / SECONDS, y - first["height"] * (midi - HUM[0][2])

    def choose(self, i: int) -> None:
        self.find(".pictures").evaluate("each => each.scrollIntoView()")
        self.page.mouse.click(*self.middle(i))

    def seek(self, seconds: float) -> None:
        """Click into the second picture."""
        canvas = self.find("figure.mel canvas").first.bounding_box()
        self.page.mouse.click(self.place(seconds, 60)[0], canvas["y"] + canvas["height"] / 2)

    def drag(self, start: tuple[float, float], by: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(start[0] + by[0] / 2, start[1] + by[1] / 2, steps=3)
        mouse.move(start[0] + by[0], start[1] + by[1], steps=3)
        mouse.up()

    def played(self) -> None:
        """Wait until the guitar plays the notes that are shown."""
        self.page.wait_for_function(FRESH, timeout=SLOW_MS)
        self.page.locator("#cancel").wait_for(state="hidden", timeout=SLOW_MS)

    def guitar(self) -> tuple[np.ndarray, int]:
        """The newest guitar that the page serves."""
        with urllib.request.urlopen(self.guitars[-1], timeout=30) as answer:
            waveform, rate = soundfile.read(io.BytesIO(answer.read()), dtype="float32")
        return waveform, rate

    def pitch(self, start_s: float, stop_s: float, config: Config) -> float:
        """The pitch of the guitar there, as the tracker hears it: MIDI number."""
        waveform, rate = self.guitar()
        prepared = audio.prepare(waveform, rate, config.sample_rate, config.loudness_db)
        f0_hz, _ = f0.track(f0.condition(prepared, config), config, load_tracker("swift"))
        frames_s = np.arange(len(f0_hz)) * config.frame_s
        inside = f0_hz[(frames_s > start_s + 0.1) & (frames_s < stop_s - 0.1)]
        assert np.isfinite(inside).mean() > 0.5
        return float(np.nanmedian(hz_to_midi(inside)))

    def level_db(self, start_s: float, stop_s: float) -> float:
        waveform, rate = self.guitar()
        return float(10 * np.log10(np.mean(waveform[int(start_s * rate) : int(stop_s * rate)] ** 2) + 1e-12))


@pytest.fixture(scope="module")
def hum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hum") / "hum.wav"
    soundfile.write(path, sung(HUM, RATE, SECONDS), RATE)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def visit(address: str, browser: Any, hum: Path) -> Iterator[Callable[..., Editor]]:
    """Open the page, convert the hum and edit its notes; in the end, no visit had an error."""
    errors: list[str] = []

    def open_page(theme: str = "light", edit: str = VIEW["edit"], **more: Any) -> Editor:
        page = browser.new_context(**{"viewport": DESK, **more}).new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if "callback" in line.text else None)  # Gradio's
        page.goto(f"{address}?__theme={theme}")
        page.locator("#take [data-state=arrival]").wait_for(timeout=SLOW_MS)
        editor = Editor(page)
        upload_file(page, hum)
        page.locator("#take [data-state=current]").wait_for(timeout=SLOW_MS)
        editor.played()
        page.get_by_role("button", name=edit, exact=True).click()
        editor.find(".pictures").evaluate("each => each.scrollIntoView()")
        return editor

    yield open_page
    assert errors == []


@pytest.fixture(scope="module")
def desk(visit: Callable[..., Editor]) -> Editor:
    return visit()


@pytest.fixture
def editor(desk: Editor) -> Editor:
    """The one visit of most tests, with the notes that were heard."""
    if desk.find("[data-edit=heard]").is_enabled():
        desk.press("heard")
    desk.find(".pictures").evaluate("each => each.scrollIntoView()")
    desk.played()
    assert desk.names == ["A3", "C♯4", "E4"]
    return desk


def test_a_note_that_is_dragged_a_semitone_up_is_played_100_cents_higher(editor: Editor, default: Config) -> None:
    spans = [(start, stop) for start, stop, _ in HUM]
    before = [editor.pitch(*span, default) for span in spans]
    drawn = editor.find("figure.f0 canvas").screenshot()
    editor.drag(editor.middle(1), (0, -editor.box(1)["height"]))
    assert editor.names == ["A3", "D4", "E4"]
    assert editor.chosen == [1]
    assert "stale" in editor.find(".view").get_attribute("class")
    editor.played()
    after = [editor.pitch(*span, default) for span in spans]
    assert 100 * (after[1] - before[1]) == pytest.approx(100, abs=15)
    assert [after[0], after[2]] == pytest.approx([before[0], before[2]], abs=0.15)
    assert editor.find("figure.f0 canvas").screenshot() != drawn
    assert editor.find(".notes summary").inner_text() == "Notes (3)"
    assert "D4" in editor.find(".notes tbody").evaluate("each => each.textContent")


def test_undo_and_redo_go_back_and_forth_and_are_played(editor: Editor, default: Config) -> None:
    heard = editor.notes
    first = editor.pitch(0.2, 0.9, default)
    editor.choose(0)
    editor.press("lower")
    editor.press("lower")
    assert editor.names[0] == "G3"
    editor.press("undo")
    assert editor.names[0] == "G♯3"
    editor.press("redo")
    assert editor.names[0] == "G3"
    editor.page.keyboard.press("Control+z")
    editor.page.keyboard.press("Control+z")
    assert editor.notes == heard
    editor.played()
    assert editor.pitch(0.2, 0.9, default) == pytest.approx(first, abs=0.05)


def test_a_note_is_split_at_the_playhead_and_joined_again(editor: Editor) -> None:
    editor.seek(1.35)
    editor.press("split")
    assert editor.names == ["A3", "C♯4", "C♯4", "E4"]
    assert editor.notes[1].endswith("to 1.35 s")
    editor.played()
    assert editor.find(".notes summary").inner_text() == "Notes (4)"
    editor.choose(1)
    editor.page.keyboard.down("Shift")
    editor.choose(2)
    editor.page.keyboard.up("Shift")
    assert editor.chosen == [1, 2]
    editor.press("join")
    assert editor.names == ["A3", "C♯4", "E4"]


def test_a_note_that_is_deleted_is_silent(editor: Editor) -> None:
    before_db = editor.level_db(1.85, 2.4)
    editor.choose(2)
    editor.press("delete")
    assert editor.names == ["A3", "C♯4"]
    editor.played()
    assert editor.level_db(1.85, 2.4) < before_db - 20
    editor.page.keyboard.press("Control+a")  # no note has the focus
    assert editor.chosen == []


def test_a_double_click_adds_a_note_at_its_pitch(editor: Editor, default: Config) -> None:
    offset = editor.pitch(*HUM[0][:2], default) - HUM[0][2]
    editor.page.mouse.dblclick(*editor.place(2.7, 59))
    assert editor.names == ["A3", "C♯4", "E4", "B3"]
    assert re.search(r"2\.7\d to 3\.1\d s", editor.notes[3])
    editor.played()
    assert editor.pitch(2.7, 3.1, default) - offset == pytest.approx(59, abs=0.2)


def test_a_double_click_plays_a_note_for_as_long_as_it_lasts(editor: Editor) -> None:
    editor.page.evaluate(RECORD_PLAYED)
    editor.page.mouse.dblclick(*editor.middle(1))
    editor.page.wait_for_function("window.played.length > 0")
    ((start_s, length_s),) = editor.page.evaluate("window.played")
    assert editor.notes[1].endswith(f"{start_s:.2f} to {start_s + length_s:.2f} s")


def test_a_new_guitar_is_heard_in_place_of_the_one_that_plays(editor: Editor) -> None:
    editor.find(".loop").click()
    editor.find(".play").click()
    editor.find(".play[aria-pressed=true]").wait_for(timeout=SLOW_MS)
    editor.page.evaluate(RECORD_PLAYED)
    editor.choose(2)
    editor.press("lower")
    editor.page.wait_for_function("window.joined > 0", timeout=SLOW_MS)
    assert editor.find(".play").get_attribute("aria-pressed") == "true"
    editor.find(".play").click()
    editor.find(".loop").click()
    editor.find(".playhead").focus()
    editor.page.keyboard.press("Home")


def test_the_end_of_a_note_is_dragged_and_its_neighbour_gives_way(editor: Editor) -> None:
    box = editor.box(1)
    pixels = editor.place(1.0, 60)[0] - editor.place(0.0, 60)[0]
    editor.drag((box["x"] + box["width"] - 3, box["y"] + box["height"] / 2), (0.3 * pixels, 0))
    end = float(editor.notes[1].split()[-2])
    assert end == pytest.approx(2.0, abs=0.06)
    assert float(editor.notes[2].split()[3]) == end


def test_several_notes_move_by_cents_with_the_mouse_alone(editor: Editor) -> None:
    editor.find("[data-mode=several]").click()
    editor.find("[data-mode=cents]").click()
    editor.choose(0)
    editor.choose(2)
    assert editor.chosen == [0, 2]
    before = [cents(label) for label in editor.notes]
    editor.drag(editor.middle(2), (0, -editor.box(2)["height"] / 3))
    moved = [after - cents_before for after, cents_before in zip(map(cents, editor.notes), before, strict=True)]
    assert moved[1] == 0
    assert moved[0] == moved[2] == pytest.approx(33, abs=12)
    for mode in ("several", "cents"):
        editor.find(f"[data-mode={mode}]").click()


def cents(label: str) -> float:
    """The cents of a note from its semitone, in what is read of it."""
    return float(label.split()[1].replace("−", "-"))


def test_the_keyboard_alone_can_do_all_of_it(editor: Editor) -> None:
    press = editor.page.keyboard.press
    press("Escape")
    assert editor.find(".notes-list").is_hidden()
    assert editor.page.evaluate("document.activeElement.className") == "edit"
    press("Enter")
    for _ in range(40):
        press("Tab")
        if editor.page.evaluate("document.activeElement.getAttribute('role')") == "option":
            break
    press("Home")
    press("ArrowUp")
    press("ArrowRight")
    assert editor.chosen == [1]
    press("Shift+ArrowRight")
    assert editor.chosen == [1, 2]
    press("ArrowDown")
    assert editor.names == ["A♯3", "C4", "D♯4"]
    press("Home")
    before = editor.notes[0].split()
    for key in (".", ".", "<"):
        press(key)
    after = editor.notes[0].split()
    assert float(after[-2]) - float(before[-2]) == pytest.approx(0.04, abs=0.011)
    assert float(after[-4]) - float(before[-4]) == pytest.approx(-0.02, abs=0.011)
    press("PageDown")
    press("p")
    assert editor.find("[role=option]").first.get_attribute("aria-label").endswith("begins with a slide")
    press("Alt+ArrowUp")
    press("j")
    assert len(editor.notes) == 2
    press("Delete")
    assert len(editor.notes) == 1
    press("Delete")
    assert VIEW["keep_one"] in editor.find(".said").inner_text()
    for _ in range(12):
        press("Control+z")
    assert editor.names == ["A3", "C♯4", "E4"]
    editor.find(".playhead").focus()
    for key in ("Home", "Shift+ArrowRight", "ArrowRight", "ArrowRight"):
        press(key)
    editor.find("[role=option][tabindex='0']").focus()
    press("s")
    assert editor.names == ["A3", "C♯4", "C♯4", "E4"]
    editor.find(".playhead").focus()
    press("End")
    for _ in range(6):
        press("ArrowLeft")
    editor.find("[role=option][tabindex='0']").focus()
    press("n")
    assert len(editor.notes) == 5
    editor.page.evaluate(RECORD_PLAYED)
    press("Enter")
    editor.page.wait_for_function("window.played.length > 0")


def test_another_setting_plays_the_same_notes(editor: Editor, default: Config) -> None:
    before = editor.pitch(1.0, 1.7, default)
    editor.choose(1)
    editor.press("higher")
    editor.press("higher")
    editor.played()
    count = len(editor.guitars)
    editor.page.get_by_label("Follow: swells as the hum does").click()
    editor.page.wait_for_function(FRESH)
    wait_until(editor, lambda: len(editor.guitars) > count)
    assert editor.pitch(1.0, 1.7, default) - before == pytest.approx(2, abs=0.2)
    editor.page.get_by_label("Plucked: every note rings like a string").click()
    wait_until(editor, lambda: len(editor.guitars) > count + 1)
    editor.played()


def wait_until(editor: Editor, ready: Callable[[], bool]) -> None:
    for _ in range(SLOW_MS // 100):
        if ready():
            return
        editor.page.wait_for_timeout(100)
    raise AssertionError("nothing came")


def test_the_tablature_shows_the_notes_and_can_be_copied(editor: Editor) -> None:
    editor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    editor.find(".tab-text summary").click()
    shown = editor.find(".tab-text pre").inner_text()
    assert shown.startswith("Tuning E A D G B E")
    assert len(re.findall(r"\d+", "".join(re.findall(r"\|[-/\\\d~b|]+", shown)))) == 3
    editor.find(".copy").click()
    editor.find(".copied", has_text=VIEW["copied"]).wait_for()
    assert editor.page.evaluate("navigator.clipboard.readText()").rstrip() == shown.rstrip()
    editor.find(".tab-text summary").click()
    editor.choose(1)
    editor.press("higher")
    editor.played()
    assert editor.find(".tab-text pre").evaluate("each => each.textContent") != shown


def test_notes_are_moved_to_the_beat_and_the_tempo_can_be_set(editor: Editor) -> None:
    tempo = editor.find("figure.tab input")
    editor.page.wait_for_timeout(1000)  # until nothing is drawn again
    tempo.select_text()
    editor.page.keyboard.type("120")  # none of which is a key of the view
    editor.page.evaluate("document.documentElement.lang += '-x'")  # which draws all of it again
    editor.page.wait_for_timeout(100)
    assert tempo.input_value() == "120"
    tempo.select_text()
    editor.page.keyboard.type("96")
    editor.page.keyboard.press("Enter")
    editor.find(".tab-text pre", has_text="96 beats a minute").wait_for(state="attached", timeout=SLOW_MS)
    toggle = editor.page.get_by_role("button", name=VIEW["to_beat"], exact=True)
    toggle.click()
    editor.find("figure.tab button[aria-pressed=true]").wait_for(timeout=SLOW_MS)
    times = [float(text) for text in editor.find(".notes tbody td:first-child").all_text_contents()]
    sixteenths = np.diff(times) / (60 / 96 / 4)
    assert sixteenths == pytest.approx(np.round(sixteenths), abs=0.1)
    toggle.click()
    editor.find("figure.tab button[aria-pressed=false]").wait_for(timeout=SLOW_MS)


def picture_width(path: Path) -> int:
    with Image.open(path) as image:
        return image.width


def arrays_of(path: Path) -> list[str]:
    with np.load(path) as arrays:
        return list(arrays.files)


OPEN: dict[str, Callable[[Path], Any]] = {  # something that a file of its kind has
    ".wav": lambda path: soundfile.info(path).frames,
    ".flac": lambda path: soundfile.info(path).frames,
    ".mp3": lambda path: soundfile.info(path).frames,
    ".mid": lambda path: mido.MidiFile(path).tracks,
    ".txt": lambda path: "beats a minute" in path.read_text(encoding="utf-8"),
    ".gp5": lambda path: guitarpro.parse(str(path)).tracks[0].measures,
    ".musicxml": lambda path: ElementTree.parse(path).getroot().findall("part/measure"),
    ".csv": lambda path: list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())),
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8"))["notes"],
    ".npz": arrays_of,
    ".png": picture_width,
    ".svg": lambda path: list(ElementTree.parse(path).getroot()),
}


def test_every_file_is_made_when_it_is_asked_for_and_opens(editor: Editor, tmp_path: Path) -> None:
    editor.find(".files summary").click()
    made = editor.find(".made")
    names = set()
    for file, (_, suffix) in KINDS.items():
        button = editor.page.locator(".menu button", has_text=re.compile(f"^{re.escape(FILES[file])}$"))
        with editor.page.expect_download(timeout=SLOW_MS) as download:
            button.click()
        names.add(download.value.suggested_filename)
        path = tmp_path / f"{file}{suffix}"
        download.value.save_as(path)
        assert OPEN[suffix](path)
        assert download.value.suggested_filename in made.inner_text()
    assert len(names) == len(KINDS)
    assert {"Take 1.wav", "Take 1.mid", "Take 1, MIDI with bends.mid"} <= names
    assert soundfile.info(tmp_path / "wav.wav").subtype == "PCM_24"
    with editor.page.expect_download() as download:
        editor.find(".save").click()
    assert picture_width(download.value.path()) == 2400
    editor.find(".files summary").click()


def test_a_file_that_is_asked_for_right_after_an_edit_has_the_edit(editor: Editor) -> None:
    editor.choose(0)
    editor.press("delete")
    editor.find(".files summary").click()
    with editor.page.expect_download(timeout=SLOW_MS) as download:
        editor.page.get_by_role("button", name=FILES["csv"]).click()
    assert len(OPEN[".csv"](Path(download.value.path()))) == 2
    editor.find(".files summary").click()


def test_a_file_that_waits_for_notes_that_cannot_be_played_is_no_longer_promised(editor: Editor) -> None:
    transposition = editor.page.get_by_label(texts.CHOICES["transpose"].label, exact=True)

    def transpose(wanted: str) -> None:
        transposition.fill(wanted)
        transposition.press("Enter")

    transpose("high")
    editor.page.locator("#said [role=alert]").wait_for(timeout=SLOW_MS)
    editor.choose(0)
    editor.press("higher")
    editor.find(".files summary").click()
    editor.page.get_by_role("button", name=FILES["csv"]).click()
    assert editor.find(".made").inner_text() == VIEW["making"]
    editor.page.wait_for_function("!document.querySelector('#view .made').innerText", timeout=SLOW_MS)
    editor.find(".files summary").click()
    transpose(texts.CHOICES["transpose"].options["auto"])
    editor.played()


def test_nothing_that_axe_calls_serious_is_there_while_notes_are_edited(editor: Editor) -> None:
    editor.choose(1)
    editor.press("higher")
    editor.find(".files summary").click()
    editor.played()
    assert serious(editor.page) == []
    keep(editor.page, "edit-desk-light", full_page=True)
    editor.page.evaluate("document.body.classList.add('dark')")
    assert serious(editor.page) == []
    keep(editor.page, "edit-desk-dark", full_page=True)
    editor.page.evaluate("document.body.classList.remove('dark')")
    editor.find(".files summary").click()


def test_fingers_alone_can_edit_on_a_phone_that_speaks_korean(visit: Callable[..., Editor]) -> None:
    editor = visit("dark", told(VIEW["edit"], "ko"), viewport=PHONE, locale="ko-KR", has_touch=True, is_mobile=True)
    assert editor.find("[data-edit=split]").inner_text() == told(VIEW["split"], "ko")
    assert editor.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert editor.page.evaluate(SMALL) == []
    names = editor.names
    touch = fingers(editor.page)
    (x, y), height = editor.middle(1), editor.box(1)["height"]
    touch("touchStart", (x, y))
    for part in (0.5, 1, 2):
        touch("touchMove", (x, y - part * height))
    touch("touchEnd")
    assert editor.names == [names[0], "D♯4", names[2]]
    start_s = time.time()
    for seconds in (0.0, 0.2):  # two taps, however busy the machine is
        touch("touchStart", editor.place(2.8, 60), timestamp=start_s + seconds)
        touch("touchEnd", timestamp=start_s + seconds + 0.05)
    assert editor.names == [names[0], "D♯4", names[2], "C4"]
    editor.find("[data-edit=delete]").tap()
    assert len(editor.names) == 3
    editor.played()
    keep(editor.page, "edit-phone-dark", full_page=True)
    editor.find("[data-edit=heard]").tap()
    assert editor.names == names
    editor.find(".edit").tap()
    assert editor.find(".notes-list").is_hidden()
