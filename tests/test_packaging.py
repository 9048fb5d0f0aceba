from __future__ import annotations

import importlib

import pytest
from served import ROOT

tomllib = pytest.importorskip("tomllib", reason="the standard library has it from Python 3.11 on")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PROJECT["tool"]["setuptools"]


def test_a_wheel_has_every_package_of_hum2guitar() -> None:
    packages = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "hum2guitar").rglob("__init__.py")}
    assert packages <= set(SETUPTOOLS["packages"])


def test_every_package_of_a_wheel_exists() -> None:
    folders = {
        name: ROOT / SETUPTOOLS["package-dir"].get(name, name.replace(".", "/")) for name in SETUPTOOLS["packages"]
    }
    assert [name for name, folder in folders.items() if not folder.is_dir()] == []


def test_a_wheel_has_the_data_files_of_the_page_and_the_checkpoints() -> None:
    for package, patterns in SETUPTOOLS["package-data"].items():
        folder = ROOT / SETUPTOOLS["package-dir"][package]
        assert all(list(folder.glob(pattern)) for pattern in patterns), package


@pytest.mark.parametrize("script", PROJECT["project"]["scripts"])
def test_a_script_names_a_function_that_exists(script: str) -> None:
    module, _, function = PROJECT["project"]["scripts"][script].partition(":")
    package, _, rest = module.partition(".")
    folder = SETUPTOOLS["package-dir"].get(package, package)  # hum2guitar_page is page/ in the repository
    assert callable(getattr(importlib.import_module(f"{folder}.{rest}"), function))
