"""Check the settings of a Space, which are the front matter of the README, against what is installed."""

from __future__ import annotations

import re
import unicodedata
from importlib.metadata import version

import yaml

from hum2guitar.errors import UserError

from .contents import ROOT, front_matter

COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
MAX_DESCRIPTION = 60  # characters; the Hub refuses more
PYTHONS = ("3.10", "3.12")  # those of ZeroGPU


def read(text: str | None = None) -> dict[str, str]:
    """Return the front matter as values by name; None for the README's own."""
    values: dict[str, str] = yaml.safe_load((text or front_matter()).strip("-\n"))
    return values


def check(settings: dict[str, str]) -> None:
    """Raise UserError for a setting that the Hub would refuse, or that does not fit what is installed here."""
    for name, wrong, wanted in (
        ("sdk", settings.get("sdk") != "gradio", "gradio"),
        ("sdk_version", settings.get("sdk_version") != version("gradio"), f"{version('gradio')}, the Gradio of here"),
        ("python_version", settings.get("python_version") not in PYTHONS, f"one of ZeroGPU's, {' or '.join(PYTHONS)}"),
        ("app_file", not (ROOT / str(settings.get("app_file"))).is_file(), "a file of the repository"),
        ("license", settings.get("license") != licence(), f"{licence()}, as in pyproject.toml"),
        ("emoji", not is_emoji(str(settings.get("emoji", ""))), "one emoji"),
        ("colorFrom", settings.get("colorFrom") not in COLOURS, f"one of {', '.join(COLOURS)}"),
        ("colorTo", settings.get("colorTo") not in COLOURS, f"one of {', '.join(COLOURS)}"),
        (
            "short_description",
            not 0 < len(str(settings.get("short_description", ""))) <= MAX_DESCRIPTION,
            f"1 to {MAX_DESCRIPTION} characters",
        ),
    ):
        if wrong:
            raise UserError(f"{name} at the top of README.md is {settings.get(name)!r}; it must be {wanted}")


def licence() -> str:
    """Return the licence of the project, as the Hub writes it."""
    found = re.search(r'^license = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1].lower() if found else ""


def is_emoji(text: str) -> bool:
    """Whether a text is a symbol, perhaps with a variation selector."""
    return 1 <= len(text) <= 2 and unicodedata.category(text[0]) == "So"
