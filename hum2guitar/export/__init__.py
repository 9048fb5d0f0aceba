"""A conversion → files: one module each, one entry each in ``EXPORTS``."""

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
    """A kind of file. Its module is imported when it is first written, for some need much to be loaded.

    Attributes
    ----------
    module : holds ``save(path, conversion)``
    suffix : how the file's name must end
    help : one line for the command line
    """

    module: str
    suffix: str
    help: str

    @property
    def save(self) -> Save:
        """The function that writes the file, all or nothing. Raises UserError where it cannot."""
        save: Save = importlib.import_module(self.module).save
        return save

    def check(self, path: Path) -> None:
        """Raise UserError for a file that cannot be written, before anything is computed for it."""
        if path.suffix.lower() != self.suffix:
            raise UserError(f"cannot write {path.name}; use a name that ends in {self.suffix}")
        if not path.parent.is_dir():
            raise UserError(f"cannot write {path}; the folder {path.parent} is not there")


EXPORTS: dict[str, Export] = {
    "figure": Export("hum2guitar.export.figure", ".png", "a picture of what was heard and played"),
    "details": Export("hum2guitar.export.details", ".json", "notes, choices and timings"),
}
