"""The command line of training without the packages of the extra [train]: a sentence from every command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from train.__main__ import EXTRA, main

WITHOUT_EXTRA = """
import contextlib, io, json, sys

absent, commands = json.load(sys.stdin)

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.split(".")[0] in absent else self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = map(Without, sys.meta_path)
from train.__main__ import main

for command in commands:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(command.split())
        except SystemExit as stop:  # argparse prints the help and ends so
            code = stop.code
    print(json.dumps([code, out.getvalue(), err.getvalue()]))
"""
HELP = ("", "corpus sampled", "fit", "bench", "search", "export", "evaluate", "vocoder fit", "judge test", "presets")
NEEDING = (
    "fit --corpus NONE --out NONE",
    "search --corpus NONE --storage NONE --runs NONE",
    "evaluate",
    "inversions",
    "decay-curve --notes NONE",
    "vocoder fit --corpus NONE --out NONE",
    "judge fit --out NONE",
)


def without_extra(commands: list[str]) -> list[tuple[int, str, str]]:
    """(exit code, stdout, stderr) of each command in an interpreter that does not find the extra's packages."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRA],
        input=json.dumps([list(EXTRA), commands]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_every_command_answers_with_its_help_or_a_sentence_where_only_requirements_txt_is_installed(
    tmp_path: Path,
) -> None:
    needing = [command.replace("NONE", str(tmp_path / "none")) for command in NEEDING]
    answers = without_extra([f"{command} --help" for command in HELP] + needing)
    helped, missing = answers[: len(HELP)], answers[len(HELP) :]
    assert all(code == 0 and "usage: python -m train" in out for code, out, _ in helped)
    packages = "|".join(EXTRA.values())
    sentence = rf"train: this command needs the package ({packages}); pip install -e \.\[train\]\n"
    for command, (code, _, err) in zip(NEEDING, missing, strict=True):
        assert (code, bool(re.fullmatch(sentence, err))) == (2, True), (command, err)


def test_the_extra_lists_the_packages_that_a_missing_one_is_named_by() -> None:
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    listed = re.search(r"^train = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    assert listed is not None
    assert set(re.findall(r'"([\w-]+)', listed[1])) == set(EXTRA.values())


def test_a_module_that_no_extra_has_stays_an_error_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "train.run.presets", None)
    with pytest.raises(ModuleNotFoundError):
        main(["presets"])
