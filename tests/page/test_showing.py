"""A take as the page shows it, without a browser: which updates come, and when F0 is tracked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from sounds import sung

from hum2guitar import Choices, Hum2Guitar
from hum2guitar.analysis import heard as analysis
from page import api, texts
from page.jobs import Jobs
from page.showing import OUTPUTS, SOUND, Showing, heading, heard_line
from page.takes import MAX_NOTES, Visits, take_of

REQUEST = SimpleNamespace(session_hash="mine", client=SimpleNamespace(host="127.0.0.1"))
Shown = dict[str, Any]


@pytest.fixture
def showing(converter: Hum2Guitar, short_hum: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Showing:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    made = Showing(converter, "pghi", Jobs(check_s=0.01), Visits(str(short_hum)))
    made.visits.of("mine")  # the page was opened
    return made


@pytest.fixture
def tracked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that F0 is tracked."""
    calls, track = [], analysis.f0.track

    def counted(*given: Any, **options: Any) -> Any:
        calls.append(1)
        return track(*given, **options)

    monkeypatch.setattr(analysis.f0, "track", counted)
    return calls


@pytest.fixture
def other_hum(tmp_path: Path) -> str:
    path = tmp_path / "other.wav"
    soundfile.write(path, sung([(0.1, 0.9, 64)], 22050, 1.0), 22050)
    return str(path)


@pytest.fixture
def silence(tmp_path: Path) -> str:
    path = tmp_path / "silence.wav"
    soundfile.write(path, np.zeros(22050), 22050)
    return str(path)


REPEATED = ("view", "heard")


def settings(**changed: Any) -> dict[str, Any]:
    defaults = vars(Choices())
    chosen = {parameter: defaults[name] for parameter, name in api.PARAMETERS.items() if name in defaults}
    return chosen | {"iterations": 1, SOUND: "guitar"} | changed


def run(scene: Callable[[], Any], showing: Showing) -> Any:
    async def listening() -> Any:
        with showing.jobs.listening("mine"):
            result = await asyncio.wait_for(scene(), 60)
            while showing.jobs.running:
                await asyncio.sleep(0.01)
            return result

    return asyncio.run(listening())


async def updates(generator: AsyncIterator[tuple[Any, ...]]) -> list[Shown]:
    """What each update changes. The last one brings the view and what was heard again, which changes neither."""
    seen: dict[str, Any] = {}
    found = []
    async for each in generator:
        update = changes(each)
        found.append({name: new for name, new in update.items() if name not in REPEATED or new != seen.get(name)})
        seen |= update
    return found


def changes(update: tuple[Any, ...]) -> Shown:
    skip = {"__type__": "update"}
    return {name: each for name, each in zip(OUTPUTS, update, strict=True) if each != skip}


def states(shown: list[Shown]) -> list[str]:
    return [each["heading"].split('"')[1] for each in shown if "heading" in each]


def ready(view: dict[str, Any]) -> list[bool]:
    """Whether each picture of a take is there, then whether there is a guitar."""
    return [bool(panel.get("curves") or panel.get("images")) for panel in view["panels"]] + [
        bool(view["sounds"][1]["file"])
    ]


def progress(share: float, desc: str) -> None:
    """Show it nowhere."""


def convert(showing: Showing, recording: str | None, **changed: Any) -> list[Shown]:
    return run(lambda: updates(showing.convert(recording, REQUEST, progress, **settings(**changed))), showing)


def again(showing: Showing, **changed: Any) -> list[Shown]:
    return run(lambda: updates(showing.again(REQUEST, progress, **settings(**changed))), showing)


def test_f0_is_shown_first_then_the_harmonics_the_mel_and_the_sound(showing: Showing, other_hum: str) -> None:
    shown = convert(showing, other_hum)
    assert [ready(each["view"]) for each in shown if "view" in each] == [
        [True, True, False, False, False],
        [True, True, True, False, False],
        [True, True, True, True, False],
        [True, True, True, True, True],
    ]
    assert states(shown) == ["previous", "arriving", "arriving", "arriving", "current", "current"]
    assert [each["cancel"]["visible"] for each in shown if "cancel" in each] == [True, False]
    assert shown[0]["said"] == shown[-1]["said"] == ""
    assert shown[-2]["heard"].startswith("**Heard:** 1 note, E4")


def test_the_last_update_has_the_view_because_a_busy_browser_sees_no_other(showing: Showing, other_hum: str) -> None:
    async def all_updates() -> list[tuple[Any, ...]]:
        return [each async for each in showing.convert(other_hum, REQUEST, progress, **settings())]

    *_, before, last = (changes(each) for each in run(all_updates, showing))
    assert ready(last["view"]) == [True] * 5
    assert (last["view"], last["heard"]) == (before["view"], before["heard"])


def test_both_sounds_are_made_of_one_mel(showing: Showing, other_hum: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mels, generate = [], showing.converter.generate
    monkeypatch.setattr(
        showing.converter, "generate", lambda *given, **options: mels.append(1) or generate(*given, **options)
    )
    views = [each["view"] for each in convert(showing, other_hum, sound="both") if "view" in each]
    assert [sound["file"] is not None for sound in views[-2]["sounds"]] == [True, True, False]
    assert [sound["file"] is not None for sound in views[-1]["sounds"]] == [True, True, True]
    assert len(mels) == 1
    classic = [each["view"] for each in convert(showing, other_hum, sound="other") if "view" in each]
    assert [sound["id"] for sound in classic[-1]["sounds"]] == ["hum", "other"]


def test_a_setting_that_needs_no_analysis_is_rendered_from_the_one_that_is_kept(
    showing: Showing, other_hum: str, tracked: list[int]
) -> None:
    first = convert(showing, other_hum)
    assert len(tracked) == 1
    for changed in ({"transposition": -12}, {"articulation": "follow"}, {"tuning": "key"}, {"seed": 3}):
        shown = again(showing, **changed)
        assert states(shown) == ["stale", "current", "current"]
        views = [each["view"] for each in shown if "view" in each]
        assert [ready(view) for view in views] == [[True] * 5]  # the guitar before stays until this one is there
        assert views[0]["take"] == first[1]["view"]["take"]  # so the view keeps its position
    assert len(tracked) == 1


def edit(showing: Showing, recording: str, notes: list[dict[str, Any]] | None, **changed: Any) -> list[Shown]:
    event = SimpleNamespace(_data={"take": take_of(recording), "notes": notes})
    return run(lambda: updates(showing.edit(event, REQUEST, progress, **settings(**changed))), showing)


def test_corrected_notes_are_played_from_the_analysis_that_is_kept_and_stay_with_the_take(
    showing: Showing, other_hum: str, tracked: list[int]
) -> None:
    (heard,) = convert(showing, other_hum)[-2]["view"]["panels"][0]["notes"]
    split = [heard | {"offset_s": 0.5}, heard | {"onset_s": 0.5, "midi": heard["midi"] + 1}]
    shown = edit(showing, other_hum, split)
    assert states(shown) == ["stale", "current", "current"]
    (view,) = [each["view"] for each in shown if "view" in each]
    assert view["panels"][0]["edited"] == split
    assert view["panels"][0]["notes"] == [heard]
    assert len(view["notes"]) == len(view["tab"]["marks"]) == 2
    assert [each["view"]["panels"][0]["edited"] for each in again(showing, seed=4) if "view" in each] == [split]
    back = edit(showing, other_hum, None, seed=4)
    assert [each["view"]["panels"][0]["edited"] for each in back if "view" in each] == [[heard]]
    assert tracked == [1]


def test_notes_that_cannot_be_played_are_said_and_notes_of_another_take_change_nothing(
    showing: Showing, short_hum: Path, other_hum: str
) -> None:
    (heard,) = convert(showing, other_hum)[-2]["view"]["panels"][0]["notes"]
    reasons = ([], "keep at least one"), ([heard, heard], "begins before"), ("a", "not JSON"), ([7], "needs exactly")
    for wrong, why in reasons:
        shown = edit(showing, other_hum, wrong)
        assert why in shown[-1]["said"]
        assert list(shown[-1]["view"]) == ["unplayed", "__type__"]  # a file that waits for them does not come
    assert "more than" in edit(showing, other_hum, [heard] * (MAX_NOTES + 1))[-1]["said"]
    assert edit(showing, str(short_hum), [heard]) == [{}]


def test_a_setting_that_needs_a_new_analysis_makes_the_result_stale_until_convert_is_pressed(
    showing: Showing, other_hum: str, tracked: list[int]
) -> None:
    convert(showing, other_hum)
    shown = again(showing, tracker="cepstrum")
    assert states(shown) == ["stale"]
    assert texts.NEW_ANALYSIS in shown[0]["said"]
    assert len(tracked) == 1
    assert states(again(showing)) == ["current"]  # set back
    assert states(convert(showing, other_hum, tracker="cepstrum"))[-1] == "current"
    assert len(tracked) == 2


def test_an_impossible_setting_is_said_and_the_result_is_stale(showing: Showing, other_hum: str) -> None:
    convert(showing, other_hum)
    shown = again(showing, transposition="high")
    assert "neither auto nor a whole number" in shown[-1]["said"]
    assert states(shown) == ["stale"]


def test_a_take_that_fails_leaves_the_one_before_and_names_it_so(
    showing: Showing, other_hum: str, silence: str, tracked: list[int]
) -> None:
    convert(showing, other_hum)
    shown = convert(showing, silence)
    assert [each for each in shown if "value" in each.get("view", {})] == []
    assert states(shown) == ["previous", "previous"]
    assert "Previous take: Take 1" in shown[-1]["heading"]
    assert 'role="alert"' in shown[-1]["said"]
    assert "The recording is silent" in shown[-1]["said"]
    tracked.clear()
    assert states(again(showing, seed=1))[-1] == "current"  # of the take that is shown
    assert tracked == []


def test_without_a_recording_there_is_a_sentence_and_nothing_else(showing: Showing) -> None:
    (shown,) = convert(showing, None)
    assert list(shown) == ["said"]
    assert "There is no recording yet" in shown["said"]


def test_a_recorder_that_is_emptied_changes_nothing(showing: Showing) -> None:
    assert run(lambda: updates(showing.arrive(None, REQUEST, progress, **settings())), showing) == [{}]


def test_what_is_shown_on_arrival_follows_the_settings_too(showing: Showing) -> None:
    shown = again(showing, seed=2)
    assert states(shown)[0] == "stale"
    assert states(shown)[-1] == "current"


def test_a_page_that_was_opened_before_the_server_started_is_told_that_its_take_is_gone(
    showing: Showing, short_hum: Path, other_hum: str
) -> None:
    convert(showing, other_hum)
    restarted = replace(showing, visits=Visits(str(short_hum)))
    assert run(lambda: restarted.cancel(REQUEST), restarted)["visible"] is False
    assert restarted.settings_of("Take 1", REQUEST) == {}
    assert run(lambda: updates(restarted.arrive(None, REQUEST, progress, **settings())), restarted) == [{}]
    back = run(lambda: updates(restarted.back("Take 1", REQUEST, progress, **settings())), restarted)
    for shown in (back, again(restarted, seed=1), edit(restarted, other_hum, None)):
        assert [list(each) for each in shown] == [["view", "said"]]
        assert "record or upload it again" in shown[0]["said"]
    assert states(convert(restarted, other_hum))[-1] == "current"
    assert states(again(restarted, seed=1))[-1] == "current"


def test_an_earlier_take_comes_back_with_its_settings(
    showing: Showing, short_hum: Path, other_hum: str, tracked: list[int]
) -> None:
    convert(showing, other_hum, seed=5)
    shown = convert(showing, str(short_hum))
    assert shown[-1]["takes"]["choices"] == [("Take 1", "Take 1"), ("Take 2", "Take 2")]
    assert shown[-1]["takes"]["visible"]
    kept = showing.settings_of("Take 1", REQUEST)
    assert kept["seed"] == 5
    back = run(lambda: updates(showing.back("Take 1", REQUEST, progress, **kept)), showing)
    assert "Take 1" in back[-1]["heading"]
    assert "arriving" in states(back)  # which the page scrolls to
    assert states(back)[-1] == "current"
    assert len(tracked) == 2
    stranger = SimpleNamespace(session_hash="another", client=REQUEST.client)
    assert showing.settings_of("Take 1", stranger) == {}


async def cancelled(showing: Showing, generator: AsyncIterator[Any], when: str) -> list[Shown]:
    """Press Cancel as soon as the heading has a state."""
    shown = []
    async for each in generator:
        shown.append(changes(each))
        if states(shown)[-1:] == [when]:
            await showing.cancel(REQUEST)
    return shown


@pytest.mark.parametrize(("when", "then"), [("previous", "previous"), ("arriving", "unfinished")])
def test_cancel_stops_the_work_and_says_what_became_of_it(
    showing: Showing, other_hum: str, monkeypatch: pytest.MonkeyPatch, when: str, then: str
) -> None:
    generate = showing.converter.generate

    def slow(*given: Any, report: Callable[[float], None], **options: Any) -> Any:
        for _ in range(200):
            time.sleep(0.01)
            report(0.5)
        return generate(*given, report=report, **options)

    monkeypatch.setattr(showing.converter, "generate", slow)
    generator = showing.convert(other_hum, REQUEST, progress, **settings())
    shown = run(lambda: cancelled(showing, generator, when), showing)
    assert texts.CANCELLED[then] in shown[-1]["said"]
    assert states(shown)[-1] == then
    assert "unplayed" in shown[-1]["view"]
    assert not shown[-1]["cancel"]["visible"]
    nothing_left = run(lambda: showing.cancel(REQUEST), showing)
    assert nothing_left == {"__type__": "update", "visible": False}


def test_the_newest_take_replaces_the_one_that_is_converted(showing: Showing, short_hum: Path, other_hum: str) -> None:
    async def scene() -> tuple[list[Shown], list[Shown]]:
        first = asyncio.create_task(updates(showing.convert(str(short_hum), REQUEST, progress, **settings())))
        await asyncio.sleep(0)
        second = asyncio.create_task(updates(showing.convert(other_hum, REQUEST, progress, **settings())))
        return await first, await second

    first, second = run(scene, showing)
    assert first[-1] == {}
    assert "current" not in states(first)
    assert states(second)[-1] == "current"
    assert "E4" in second[-2]["heard"]


def test_the_line_about_what_was_heard_has_the_summary_the_seconds_and_the_warnings() -> None:
    assert heard_line("2 notes", 1.5, ["it is clipped"]) == "**Heard:** 2 notes (1.5 s).\n\n⚠️ It is clipped."
    assert heard_line("2 notes", None, []) == "**Heard:** 2 notes."


def test_a_heading_is_safe_html() -> None:
    made = '<h2 data-state="stale"><span role="status">&lt;b&gt;: before your latest change</span></h2>'
    assert heading("stale", "<b>") == made
