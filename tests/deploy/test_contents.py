from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from served import ROOT

from deploy import contents, settings
from hum2guitar import UserError


@pytest.mark.parametrize("hardware", ["cpu-basic", "zero-a10g", "t4-small"])
def test_only_a_space_on_a_cpu_takes_torch_from_pytorchs_own_index(hardware: str) -> None:
    lines = contents.requirements(hardware).splitlines()
    assert (contents.CPU_INDEX in lines) == (hardware == "cpu-basic")
    assert len([line for line in lines if line.startswith("torch>")]) == 1
    project = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    assert {line for line in project if line and not line.startswith("torch>")} <= set(lines)


def test_what_a_space_gets_imports_without_the_rest_of_the_repository(tmp_path: Path) -> None:
    contents.build(tmp_path, contents.CPU)
    code = "import app, page.layout; from hum2guitar.synthesis import checkpoint; print(checkpoint.bundled().is_file())"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.stdout.strip() == "True", done.stderr


def test_every_file_that_a_space_gets_is_committed() -> None:
    committed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert contents.files().keys() <= set(committed.splitlines())


def test_the_settings_in_the_readme_fit_what_is_installed() -> None:
    settings.check(settings.read())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sdk_version", "6.0.0"),
        ("python_version", "3.13"),
        ("emoji", "guitar"),
        ("license", "gpl"),
        ("colorTo", "brown"),
        ("short_description", "long " * 20),
        ("app_file", "main.py"),
    ],
)
def test_a_setting_that_the_hub_would_refuse_is_named(name: str, value: str) -> None:
    with pytest.raises(UserError, match=f"{name} at the top of README.md is '{value}'; it must be"):
        settings.check(settings.read() | {name: value})
