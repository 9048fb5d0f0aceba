"""The results in this repository: of the checkpoint that ships, and the same in every page that shows them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from untrained import random_generator

from hum2guitar import Config
from hum2guitar.synthesis.checkpoint import bundled, save
from train.__main__ import build_parser
from train.evaluate.note_eval import TUNED_ON
from train.evaluate.origin import describe, neutral_command
from train.evaluate.report import PAGES, RESULTS, fill, read


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_the_tables_of_a_page_are_those_of_the_results(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert fill(text, RESULTS) == text, "run python -m train report"


@pytest.mark.parametrize("file", ["checkpoint", "vocoder"])
def test_the_results_are_those_of_the_files_that_ship(file: str) -> None:
    described = read(RESULTS / "shipped.json")[file]
    assert hashlib.sha256(bundled(described["name"]).read_bytes()).hexdigest() == described["sha256"]


def test_the_results_name_no_folder_of_the_machine_that_measured() -> None:
    for path in RESULTS.glob("*.json"):
        command = read(path)["command"]
        assert "/" not in command.replace(f"results/{path.name}", "")


@pytest.mark.parametrize("page", ["docs/evaluation.md", "checkpoints/README.md"])
def test_every_page_of_figures_names_the_recordings_that_tuned_the_notes(page: str) -> None:
    text = (RESULTS.parent / page).read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in TUNED_ON)


def test_the_command_is_kept_without_the_folders_of_this_machine(tmp_path: Path) -> None:
    folders = ["--guitar", f"{tmp_path}/a", "--corpus", f"{tmp_path}/c", "--json", f"{tmp_path}/mine.json"]
    options = build_parser().parse_args(["evaluate", "--checkpoint", f"{tmp_path}/x.safetensors", *folders])
    assert neutral_command(options) == (
        "python -m train evaluate --checkpoint x.safetensors --guitar GUITAR --corpus CORPUS --json results/mine.json"
    )


def test_the_vocoder_is_described_where_it_fits_the_checkpoint(tmp_path: Path, tiny: Config) -> None:
    path = tmp_path / "tiny.safetensors"
    save(path, random_generator(tiny).state_dict(), tiny, {"commit": "0123456789"})
    described = describe(build_parser().parse_args(["evaluate", "--checkpoint", str(path)]))
    assert described["checkpoint"]["name"] == "tiny.safetensors"
    assert described["checkpoint"]["commit"] == "0123456"
    assert "vocoder" not in described
    assert "vocoder" in describe(build_parser().parse_args(["evaluate"]))
