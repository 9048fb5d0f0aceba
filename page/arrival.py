"""What the page shows on arrival: an example that is converted already, so that there is something to hear and see.

``assets/make_arrival.py`` makes its files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .takes import take_of
from .view import kept, with_files

FILE_NAME = "arrival/arrival.json"


@dataclass(frozen=True)
class Arrival:
    """An example that is converted.

    Attributes
    ----------
    value : of the view; ``load`` gives it as Gradio sends it
    summary : what was heard
    warnings : about the recording
    checkpoint : SHA-256 of the checkpoint that it was made with
    """

    value: dict[str, Any]
    summary: str
    warnings: tuple[str, ...]
    checkpoint: str


def load(folder: Path) -> Arrival:
    """Read the example from the folder of ``make_arrival.py``, and copy its files to where Gradio serves them."""
    read = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    value = with_files(read.pop("value"), lambda path: str(folder / path))
    take = take_of(value["sounds"][0]["file"])  # so a conversion of it with other notes is the same take
    return Arrival(kept(value | {"take": take}), warnings=tuple(read.pop("warnings")), **read)


def save(folder: Path, arrival: Arrival) -> None:
    """Write the description for ``load``; the files of its value are paths from the folder."""
    text = json.dumps(vars(arrival), ensure_ascii=False, separators=(",", ":"))
    (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")
