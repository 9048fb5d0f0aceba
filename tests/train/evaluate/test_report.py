"""Tables of results in pages: rendered from JSON, between two comments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hum2guitar.errors import UserError
from train.__main__ import main
from train.evaluate import tables
from train.evaluate.report import fill

COLUMNS = ("model", "label alone", "note playback")
RESULTS: dict[str, Any] = {
    "guitar": {
        "figures": {"mel_l1 (dB)": dict(zip(COLUMNS, (5.0, 7.0, 8.0), strict=True))},
        "intervals": {"mel_l1 (dB)": [4.5, 5.5]},
    },
    "hum": {
        "figures": {"attacked": dict(zip(COLUMNS, (0.875, 0.02, None), strict=True))},
        "intervals": {"attacked": [0.8, 0.9]},
    },
    "clips": {"a.flac": {"kind": "hum", "figures": {name: {"model": 0.5} for name in tables.LEADING["hum"]}}},
    "notes": {"sung": {"recordings": 5.0, "onset F1": 0.875}, "computed": {"recordings": 20.0, "slide recall": 0.5}},
}
PAGE = """# A page

<!-- results: shipped hum -->
what stood here before
<!-- end -->

The end.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shipped.json").write_text(json.dumps(RESULTS))
    return tmp_path


def test_a_table_stands_between_the_comments_and_the_rest_of_the_page_stays(folder: Path) -> None:
    filled = fill(PAGE, folder)
    assert "what stood here before" not in filled
    assert "| attacked      | 0.875 | 0.800 to 0.900 |       0.020 |             – |" in filled.splitlines()
    assert filled.startswith("# A page\n\n<!-- results: shipped hum -->\n")
    assert filled.endswith("<!-- end -->\n\nThe end.\n")
    assert fill(filled, folder) == filled


def test_a_page_without_tables_stays_as_it_is(folder: Path) -> None:
    assert fill("# A page\n\n<!-- end -->\n", folder) == "# A page\n\n<!-- end -->\n"


def test_the_shortest_table_has_few_rows_of_both_kinds(folder: Path) -> None:
    filled = fill("<!-- results: shipped -->\n<!-- end -->\n", folder)
    rows = [line for line in filled.splitlines() if line.startswith("|")]
    assert len(rows) == 4  # head, rule, and the two measures that the results have
    assert "sung: notes that begin with a pluck" in rows[2]
    assert [cell.strip() for cell in rows[2].split("|")[2:-1]] == ["0.88", "0.02", "–"]


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("<!-- results: shipped hum -->\n", "has no end"),
        ("<!-- results: shipped hum -->\n<!-- results: shipped hum -->\n<!-- end -->\n", "has no end"),
        ("<!-- results: shipped oboes -->\n<!-- end -->\n", "there is no table 'oboes'; choose one of summary"),
        ("<!-- results: shipped inversions -->\n<!-- end -->\n", "the results have no table 'inversions'"),
        ("<!-- results: other hum -->\n<!-- end -->\n", "there are no results .*other.json"),
    ],
)
def test_a_table_that_cannot_be_rendered_is_a_sentence(folder: Path, page: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        fill(page, folder)


def test_a_table_can_show_the_figures_of_another_file_beside_its_own(folder: Path) -> None:
    other = {**RESULTS, "hum": {"figures": {"attacked": {"model": 0.75}}}}
    (folder / "earlier.json").write_text(json.dumps(other))
    filled = fill("<!-- results: shipped targets before=earlier -->\n<!-- end -->\n", folder)
    row = next(line for line in filled.splitlines() if "hums: attacked" in line)
    assert [cell.strip() for cell in row.split("|")[2:-1]] == ["at least 0.90", "0.88", "no", "0.75"]
    with pytest.raises(UserError, match="there are no results"):
        fill("<!-- results: shipped targets before=never -->\n<!-- end -->\n", folder)


def test_the_command_writes_the_pages_that_differ_and_names_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = folder / "page.md"
    page.write_text(PAGE)
    assert main(["report", str(page), "--results", str(folder)]) == 0
    assert "page.md" in capsys.readouterr().out
    assert "0.875" in page.read_text()
    assert main(["report", str(page), "--results", str(folder)]) == 0
    assert capsys.readouterr().out == ""


def test_a_page_that_cannot_be_rendered_is_named_and_stays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = folder / "page.md"
    page.write_text("<!-- results: shipped hum -->\n")
    assert main(["report", str(page), "--results", str(folder)]) == 2
    assert "page.md: the table" in capsys.readouterr().err
    assert page.read_text() == "<!-- results: shipped hum -->\n"


def test_a_table_is_aligned_and_a_missing_figure_is_a_dash() -> None:
    text = tables.render(RESULTS, "notes")
    assert len({len(line) for line in text.splitlines()}) == 1
    assert text.splitlines()[2:] == [
        "| sung        |          5 |    0.875 |            – |",
        "| computed    |         20 |        – |        0.500 |",
    ]
