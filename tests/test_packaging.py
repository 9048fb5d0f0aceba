from __future__ import annotations

import importlib

import pytest
from served import ROOT

tomllib = pytest.importorskip("tomllib", reason="the standard library has it from Python 3.11 on")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PROJECT["tool"]["setuptools"]


def test_a_wheel_holds_every_room_of_hum2guitar() -> None:
    rooms = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "hum2guitar").rglob("__init__.py")}
    assert rooms <= set(SETUPTOOLS["packages"])


def test_a_wheel_holds_no_room_that_is_not_there() -> None:
    folders = {
        name: ROOT / SETUPTOOLS["package-dir"].get(name, name.replace(".", "/")) for name in SETUPTOOLS["packages"]
    }
    assert [name for name, folder in folders.items() if not folder.is_dir()] == []


def test_a_wheel_holds_the_files_that_the_page_and_the_checkpoints_need() -> None:
    for package, patterns in SETUPTOOLS["package-data"].items():
        folder = ROOT / SETUPTOOLS["package-dir"][package]
        assert all(list(folder.glob(pattern)) for pattern in patterns), package


@pytest.mark.parametrize("script", PROJECT["project"]["scripts"])
def test_a_script_names_a_function_that_exists(script: str) -> None:
    module, _, function = PROJECT["project"]["scripts"][script].partition(":")
    package, _, rest = module.partition(".")
    folder = SETUPTOOLS["package-dir"].get(package, package)  # hum2guitar_page is page/ in the repository
    assert callable(getattr(importlib.import_module(f"{folder}.{rest}"), function))
