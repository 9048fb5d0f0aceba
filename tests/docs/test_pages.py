"""The pages point to what is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from pages import LOGS, PAGES, blocks
from served import ROOT

from hum2guitar import __version__

LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_FILE = re.compile(r"`((?:hum2guitar|train|page|tests|checkpoints|assets|docs|results)/[a-z0-9_/.-]*)`")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
each_page = pytest.mark.parametrize("page", [*PAGES, *LOGS], ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    """The text of a page without its blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_every_relative_link_and_image_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(linked), f"{page.name} links to {target}, which is no heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    for name in NAMED_FILE.findall(prose(page)):
        assert (ROOT / name).exists(), f"{page.name} names {name}"


def test_the_readme_names_every_page() -> None:
    linked = set(LINK.findall(prose(ROOT / "README.md")))
    pages = {path.relative_to(ROOT).as_posix() for path in (*PAGES, *LOGS, ROOT / "docs" / "listen.ipynb")}
    assert pages - linked == {"README.md"}


def test_every_markdown_file_of_the_repository_is_one_of_the_pages() -> None:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(listed.splitlines()) == {path.relative_to(ROOT).as_posix() for path in (*PAGES, *LOGS)}


def test_the_citation_names_the_original_first_and_has_the_version_and_the_licence_of_the_package() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert list(citation).index("preferred-citation") < list(citation).index("authors")
    assert citation["preferred-citation"]["url"] == "https://github.com/hwang9u/hum2guitar"
    assert (citation["version"], citation["license"]) == (__version__, "MIT")
    assert {"cff-version", "message", "title", "authors"} <= set(citation)


def test_the_readme_has_at_most_150_lines() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_picture_of_the_folders_shows_what_is_there() -> None:
    architecture = ROOT / "docs" / "architecture.md"
    picture = next(block for block in blocks(architecture) if any(line.startswith("app.py") for line in block.lines))
    parent = ROOT
    for line in picture.lines:
        names = re.match(r"\s*((?:[\w.]+(?:/|\.\w+)\s+)+)", line)
        assert names, f"the line {line!r} begins with no name"
        indented = line.startswith(" ")
        for name in names[1].split():
            path = (parent if indented else ROOT) / name
            assert path.is_dir() if name.endswith("/") else path.is_file(), f"the picture shows {name}: {line}"
            if not indented:
                parent = path
