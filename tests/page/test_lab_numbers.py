"""The table of the lab's figures, and the texts of the lab."""

from __future__ import annotations

from typing import Any

import pytest

from page import korean, lab_korean, lab_numbers, lab_texts
from page.language import told

LEVELS = {"5-10 kHz, 10 ms": -24.54, "5-10 kHz, 40 ms": None, "10-18 kHz, 10 ms": -40.0, "10-18 kHz, 40 ms": -49.4}
LIKENESS = {
    "mel_l1_db": 5.869,
    "delta_mel_ratio": 1.014,
    "delta_mel_correlation": None,
    "log_spectral_distance_db": 8.7,
}
LABELS = {"recording": "Recording", "guitar": "Guitar", "one": "One", "two": "Two"}


def cells(numbers: dict[str, Any], sounds: list[str]) -> dict[str, dict[str, str]]:
    """What is written for each figure by its name and column."""
    found = lab_numbers.rows(numbers, sounds, LABELS)
    return {row.measure.name: {name: lab_numbers._cell(row, name) for name in row.values} for row in found}


def test_the_distances_of_a_pair_are_those_of_the_second_and_the_stages_are_added_up() -> None:
    numbers = LIKENESS | {"seconds": {"f0": 0.5, "generator": 1.25}, "warnings": []}
    written = cells(numbers, ["recording", "guitar"])
    assert written == {
        "Distance of the mels (mel_l1)": {"guitar": "5.9\xa0dB"},
        "Log-spectral distance": {"guitar": "8.7\xa0dB"},
        "Delta-mel correlation": {"guitar": "–"},
        "Delta-mel ratio": {"guitar": "1.01"},
        "Computing time": {"guitar": "1.75\xa0s"},
    }


def test_each_inversion_has_a_column() -> None:
    written = cells({"inversions": {"one": {"seconds": 1.0}, "two": {"seconds": 2.0}}}, ["recording", "one", "two"])
    assert written == {"Computing time": {"one": "1.00\xa0s", "two": "2.00\xa0s"}}


def test_the_treble_has_a_row_for_each_band_with_the_levels_in_time() -> None:
    written = cells({"treble_db": {"recording": LEVELS, "guitar": LEVELS}}, ["recording", "guitar"])
    assert written["Treble, 5–10 kHz"]["recording"] == "−25 · –\xa0dB"
    assert written["Treble, 10–18 kHz"]["guitar"] == "−40 · −49\xa0dB"


def test_shares_are_in_percent_and_each_tracker_has_its_time() -> None:
    numbers = {"trackers": ["one", "two"], "disagree_share": 0.123, "seconds": {"one": 0.2, "two": 0.4}}
    written = cells(numbers, ["recording"])
    assert [*written.values()] == [{"recording": each} for each in ("12.3\xa0%", "0.20\xa0s", "0.40\xa0s")]
    assert list(written)[1:] == ["Computing time: One", "Computing time: Two"]


def test_the_table_has_no_column_without_figures_and_escapes_what_it_writes() -> None:
    made = lab_numbers.table(LIKENESS | {"warnings": ["a <b> & c"]}, ["recording", "guitar"], LABELS)
    assert "A &lt;b&gt; &amp; c." in made
    assert made.count('<th scope="col">') == 2
    assert "<small>" in made


@pytest.mark.parametrize(("count", "expected"), [(0, ""), (2, "at 0.00–0.10, 1.00–1.10 s."), (15, "and 3 more times.")])
def test_where_trackers_disagree_is_written_too(count: int, expected: str) -> None:
    spans = [[float(i), i + 0.1] for i in range(count)]
    written = lab_numbers._disagreements({"disagreements": spans})
    assert expected in written
    assert bool(written) == bool(count)


def test_every_text_of_the_lab_is_there_in_korean() -> None:
    read = {text for text in texts_of(vars(lab_texts)) if any(letter.isalpha() for letter in text)}
    shared = {text for text in read if text in korean.KOREAN}
    assert {"dB"} == read - set(lab_korean.KOREAN) - shared
    assert set(lab_korean.KOREAN) <= read
    assert all(any("가" <= letter <= "힣" for letter in told(text, "ko")) for text in read - {"dB"})


def texts_of(given: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for name, value in given.items():
        if name.isupper():
            found |= strings(value)
    return found


def strings(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return set().union(*(strings(each) for each in value.values()))
    if isinstance(value, lab_texts.Experiment):
        return {value.name, value.about, *value.examples.values()}
    return {value.name, value.unit, value.meaning}
