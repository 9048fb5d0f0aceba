"""What a run's folder says of the code."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from served import ROOT

from train.run.folder import commit


def test_the_commit_is_that_of_the_code_wherever_the_command_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    of_the_code = commit()
    monkeypatch.chdir(tmp_path)
    person = ["-c", "user.name=anna", "-c", "user.email=anna@example.org"]
    for words in (["init", "-q"], [*person, "commit", "-q", "--allow-empty", "-m", "another project"]):
        subprocess.run(["git", *words], check=True)
    assert commit() == of_the_code
