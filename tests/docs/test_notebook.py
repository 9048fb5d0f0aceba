"""The notebook to listen by runs, and plays what its rule chooses."""

from __future__ import annotations

import os
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from served import ROOT

NOTEBOOK = ROOT / "docs" / "listen.ipynb"


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(cell: Any, kind: str) -> list[str]:
    """What a cell showed of one MIME type."""
    return [output.data[kind] for output in cell.outputs if kind in getattr(output, "data", {})]


def test_no_output_of_a_checkpoint_is_committed() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert [cell.outputs for cell in code_cells(notebook)] == [[]] * len(code_cells(notebook))
    assert {cell.execution_count for cell in code_cells(notebook)} == {None}


@pytest.mark.filterwarnings("default")  # the client of Jupyter has warnings about its own event loops and folders
def test_every_cell_runs_and_the_first_three_hums_by_name_are_played() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(NOTEBOOK.parent)}})
    client.execute(env=environment)
    _, hums, again, inverted = code_cells(notebook)
    names = [text.strip("*") for text in texts(hums, "text/markdown")]
    examples = sorted(path.stem for path in (ROOT / "assets").glob("*.flac") if not path.stem.startswith("guitarset"))
    assert [name for name in names if name in examples] == examples[:3]
    assert len(texts(hums, "image/png")) == 3
    heard = [sum("<audio" in html for html in texts(cell, "text/html")) for cell in (hums, again, inverted)]
    assert heard == [3 * 3, 2, 4]  # hum and two guitars; recording and guitar; recording and three inversions
    assert "mel_l1_db" in texts(again, "text/plain")[-1]
