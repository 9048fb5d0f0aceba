"""Write a conversion to files: one module and one entry in ``EXPORTS`` for each kind of file."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hum2guitar.errors import UserError
from hum2guitar.pipeline import Conversion

Save = Callable[[str | os.PathLike[str], Conversion], None]


@dataclass(frozen=True)
class Export:
    """A kind of file. Its module is imported when it is first used, because matplotlib takes a second to import.

    Attributes
    ----------
    module : name of the module with ``save(path, conversion)``
    suffix : suffix of the file name
    help : one line for ``--help``
    """

    module: str
    suffix: str
    help: str

    @property
    def save(self) -> Save:
        """The function that writes the file atomically. It raises UserError if that fails."""
        save: Save = importlib.import_module(self.module).save
        return save

    def check(self, path: Path) -> None:
        """Raise UserError if the suffix is wrong or the folder does not exist. Call it before the conversion."""
        if path.suffix.lower() != self.suffix:
            raise UserError(f"cannot write {path.name}; use a name that ends in {self.suffix}")
        if not path.parent.is_dir():
            raise UserError(f"cannot write {path}; choose a folder that exists")


EXPORTS: dict[str, Export] = {
    "figure": Export("hum2guitar.export.figure", ".png", "a picture of the hum and the guitar"),
    "details": Export("hum2guitar.export.details", ".json", "notes, choices and timings"),
}
