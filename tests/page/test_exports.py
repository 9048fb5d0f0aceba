"""Files that are made for a visitor, without a browser."""

from __future__ import annotations

import asyncio
import csv
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hum2guitar import Hum2Guitar
from hum2guitar.export import EXPORTS
from page import texts
from page.exports import KINDS, Exports, file_name
from page.jobs import Jobs
from page.showing import Showing
from page.takes import Taken, Visits
from page.view.texts import FILES

REQUEST = SimpleNamespace(session_hash="mine", client=SimpleNamespace(host="127.0.0.1"))


@pytest.fixture
def exports(converter: Hum2Guitar, short_hum: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Exports:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    visits = Visits(str(short_hum))
    visits.of("mine")  # the page was opened
    return Exports(Showing(converter, "pghi", Jobs(check_s=0.01), visits))


def make(exports: Exports, sent: Any) -> dict[str, Any]:
    async def listening() -> Any:
        with exports.showing.jobs.listening("mine"):
            return await exports.make(SimpleNamespace(_data=sent), REQUEST, lambda share, desc: None)

    made: dict[str, Any] = asyncio.run(listening())["made"]
    return made


def test_every_export_is_in_the_menu() -> None:
    assert {export for export, _ in KINDS.values()} == set(EXPORTS)
    assert set(FILES) == set(KINDS)
    assert all(suffix in EXPORTS[export].suffixes for export, suffix in KINDS.values())


def test_a_file_of_notes_is_made_without_rendering(exports: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hum2Guitar, "generate", None)
    for kind in ("midi", "midi_bends", "tab", "gp", "musicxml", "csv", "notes"):
        made = make(exports, {"id": kind, "sound": "guitar", "number": 3})
        assert made["number"] == 3
        assert Path(made["file"]["path"]).stat().st_size > 50
        assert made["file"]["orig_name"].startswith("Ode to Joy, low voice")


def test_a_page_that_was_opened_before_the_server_started_gets_no_file(exports: Exports, short_hum: Path) -> None:
    restarted = Exports(replace(exports.showing, visits=Visits(str(short_hum))))
    made = make(restarted, {"id": "csv", "number": 4})
    assert made["said"].startswith("The server no longer has the recording")
    assert made["number"] == 4


def test_a_file_has_the_notes_that_were_corrected(exports: Exports, short_hum: Path) -> None:
    visit = exports.showing.visits.of("mine")
    visit.show(str(short_hum), "Take 1")
    analysed = exports.showing.analysed(str(short_hum), exports.showing.read({"sound": "guitar"})[0], lambda *_: None)
    visit.keep("Take 1", Taken(str(short_hum), {"sound": "guitar"}, analysed.heard.notes[:1]))
    made = make(exports, {"id": "csv", "number": 1})
    with Path(made["file"]["path"]).open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 1
    assert made["file"]["orig_name"] == "Take 1.csv"


def test_without_a_guitar_there_is_a_sentence(exports: Exports, short_hum: Path) -> None:
    exports.showing.visits.of("mine").show(str(short_hum), "Take 1")
    assert "press Convert" in make(exports, {"id": "csv"})["said"]


@pytest.mark.parametrize("sent", [None, [], {}, {"id": "exe"}, {"id": 7}])
def test_anything_else_that_is_asked_for_gets_a_sentence(exports: Exports, sent: Any) -> None:
    assert make(exports, sent)["said"] == texts.UNUSABLE


def test_a_name_can_be_kept_by_every_system() -> None:
    assert file_name("Take 1", "wav", "guitar", ".wav") == "Take 1.wav"
    assert file_name("Take 1", "wav", "other", ".wav") == "Take 1, classic.wav"
    assert file_name("Take 1", "notes", "other", ".json") == "Take 1, Notes as hummed.json"
    assert file_name('a/b: "c"', "csv", "guitar", ".csv") == "a b c.csv"
