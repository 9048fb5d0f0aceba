from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sounds import sung
from untrained import TINY

from hum2guitar import Heard, Hum2Guitar
from page import texts
from page.takes import MAX_TAKES, Analysed, Analyses, Taken, Visit, Visits


@pytest.fixture
def heard(converter: Hum2Guitar) -> Heard:
    return converter.analyse(sung([(0.1, 0.9, 57)], TINY.sample_rate, 1.0), TINY.sample_rate)


def analysed(heard: Heard, folder: Path, name: str = "hum.wav") -> Analysed:
    (folder / name).touch()
    return Analysed(heard, {"path": str(folder / name)}, name)


def test_an_analysis_is_kept_for_its_recording_and_its_tracker(heard: Heard, tmp_path: Path) -> None:
    analyses, one = Analyses(), analysed(heard, tmp_path)
    analyses.keep("a.wav", "swift", one)
    assert analyses.get("a.wav", "swift") is one
    assert analyses.get("a.wav", "pyin") is None
    assert analyses.get("b.wav", "swift") is None


def test_the_analysis_that_was_used_last_is_kept_where_there_is_room_for_two(heard: Heard, tmp_path: Path) -> None:
    one = analysed(heard, tmp_path)
    assert one.n_bytes == 4 * (4 * heard.f0_hz.size + heard.mel_db.size)
    analyses = Analyses(max_bytes=2 * one.n_bytes)
    for name in "ab":
        analyses.keep(name, "swift", replace(one, take=name))
    assert analyses.get("a", "swift") is not None
    analyses.keep("c", "swift", one)
    assert analyses.get("b", "swift") is None
    assert analyses.get("a", "swift") is not None
    assert analyses.get("c", "swift") is one


def test_an_analysis_whose_sound_was_deleted_is_made_again(heard: Heard, tmp_path: Path) -> None:
    analyses = Analyses()
    analyses.keep("a.wav", "swift", analysed(heard, tmp_path))
    (tmp_path / "hum.wav").unlink()
    assert analyses.get("a.wav", "swift") is None


def test_takes_have_numbers_and_examples_have_their_titles() -> None:
    visit = Visit("arrival.flac")
    file_name, title = next(iter(texts.EXAMPLES.items()))
    names = []
    for path in ("cache/1/audio.wav", f"cache/2/{file_name}", "cache/3/audio.wav", "cache/1/audio.wav"):
        names.append(visit.name_of(path))
        visit.keep(names[-1], Taken(path, {}))
    assert names == ["Take 1", title, "Take 2", "Take 1"]
    assert list(visit.takes) == ["Take 1", title, "Take 2"]


def test_a_take_that_failed_has_no_number() -> None:
    visit = Visit("arrival.flac")
    assert visit.name_of("silent.wav") == visit.name_of("audio.wav") == "Take 1"


def test_the_latest_takes_are_kept() -> None:
    visit = Visit("arrival.flac")
    for i in range(MAX_TAKES + 2):
        visit.keep(visit.name_of(f"{i}.wav"), Taken(f"{i}.wav", {}))
    assert list(visit.takes) == [f"Take {i + 1}" for i in range(2, MAX_TAKES + 2)]


def test_a_visit_belongs_to_its_session_and_the_oldest_is_forgotten() -> None:
    visits = Visits("arrival.flac", max_visits=2)
    one = visits.of("one")
    assert one.recording == "arrival.flac"
    assert visits.of("two") is not one
    assert visits.of("one") is one
    visits.of("three")
    assert visits.of("one") is one
    assert visits.of("two").takes == {}
    assert visits.of("three") is not one
    assert visits.get("one") is None
    assert visits.get("three") is visits.of("three")
