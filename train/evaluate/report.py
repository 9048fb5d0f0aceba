"""Tables of results in pages: each stands between two comments, and is rendered from the JSON that was measured.

``<!-- results: NAME TABLE -->`` begins a table of ``results/NAME.json``, and ``<!-- end -->`` ends it. Each stands on a
line of its own. TABLE is one of ``tables.TABLES``; left out, it is ``summary``. A third word, ``before=OTHER``, puts
the figures of ``results/OTHER.json`` beside those of ``targets``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from hum2guitar.errors import UserError
from hum2guitar.files import replacing
from train.evaluate.tables import Results, render

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"
PAGES = tuple(
    ROOT / page for page in ("README.md", "docs/evaluation.md", "docs/performance.md", "checkpoints/README.md")
)
BEGIN = re.compile(r"^<!-- results: (?P<name>[\w-]+)(?: (?P<table>[\w-]+))?(?: before=(?P<before>[\w-]+))? -->$")
END = "<!-- end -->"


def fill(text: str, folder: Path) -> str:
    """Render every table of a page.

    Parameters
    ----------
    text : the page
    folder : has the results, NAME.json

    Returns
    -------
    text : the page with what stands between each two comments replaced

    Raises
    ------
    UserError
        For a table without an end, without its results, or that does not exist.
    """
    lines: list[str] = []
    inside = ""
    for line in text.splitlines():
        found = BEGIN.match(line)
        if inside and found:
            break
        if line == END:
            inside = ""
        if not inside:
            lines.append(line)
        if found:
            inside = line
            results = read(folder / f"{found['name']}.json")
            if found["before"]:
                results["before"] = read(folder / f"{found['before']}.json")
            lines += ["", render(results, found["table"] or "summary"), ""]
    if inside:
        raise UserError(f"the table {inside} has no end; write {END} on a line after it")
    return "\n".join(lines) + "\n"


def read(path: Path) -> Results:
    """Read a file of results. Raises UserError where there is none."""
    if not path.is_file():
        command = "make bench" if path.stem == "bench" else f"python -m train evaluate --json {path}"
        raise UserError(f"there are no results {path}; measure them with {command}")
    results: Results = json.loads(path.read_text(encoding="utf-8"))
    return results


def fill_pages(pages: Iterable[Path], folder: Path) -> list[Path]:
    """Render the tables of pages in their files, and return the pages that changed. Raises as ``fill_page``."""
    return [page for page in pages if fill_page(page, folder)]


def fill_page(page: Path, folder: Path) -> bool:
    """Render the tables of one page in its file, all or nothing; returns whether it changed.

    Raises UserError, naming the page, where that cannot be.
    """
    try:
        text = page.read_text(encoding="utf-8")
        filled = fill(text, folder)
        if filled != text:
            with replacing(page) as partial:
                partial.write_text(filled, encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot fill {page} ({error.strerror}); name a page that can be read and written") from error
    except UserError as error:
        raise UserError(f"{page}: {error}") from error
    return filled != text
