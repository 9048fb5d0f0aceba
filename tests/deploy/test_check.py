"""The rehearsal of a Space: which Python it takes, and its bounds. The rehearsal itself is ``make check-space``."""

from __future__ import annotations

import sys

import pytest

from deploy import check
from hum2guitar.errors import UserError

OTHER = "/opt/other/bin/python"


@pytest.mark.parametrize(
    ("there", "torch_of_other", "torch_here", "taken", "said"),
    [
        (True, "2.9.0+cpu", "2.9.0+cpu", OTHER, ""),
        (True, "2.9.0", "2.9.0", OTHER, ""),  # with CUDA for both, or on macOS
        (True, "2.9.0", "2.9.0+cpu", sys.executable, "torch comes with CUDA for Python 3.12"),
        (False, "", "2.9.0+cpu", sys.executable, "there is no Python 3.12 here"),
    ],
)
def test_the_python_of_a_space_is_taken_where_it_does_not_bring_cuda_for_nothing(
    monkeypatch: pytest.MonkeyPatch, there: bool, torch_of_other: str, torch_here: str, taken: str, said: str
) -> None:
    monkeypatch.setattr(check, "_output", lambda command: OTHER if there else None)
    monkeypatch.setattr(check, "_torch_of", {OTHER: torch_of_other, sys.executable: torch_here}.get)
    monkeypatch.setattr(check, "runs_for_others", lambda python: True)
    lines: list[str] = []
    assert check.python_of_a_space("3.12", lines.append) == taken
    assert said in "".join(lines)
    assert bool(lines) == bool(said)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((2.2, 1.0, 1.0), "2.20 GB are installed, more than 2.1"),
        ((2.0, 5.1, 1.0), "5.10 s for the first conversion, more than 5"),
        ((2.0, 1.0, 1.6), "1.60 GB at the server's peak, more than 1.5"),
    ],
)
def test_each_figure_above_its_bound_is_a_sentence(figures: tuple[float, float, float], said: str) -> None:
    with pytest.raises(UserError, match=said):
        check.compare(*figures)
    check.compare(2.1, 5.0, 1.5)
